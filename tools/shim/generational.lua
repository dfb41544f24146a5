-- A busted helper: the generational collector, with a minor collection at every percent of growth
-- and a major one at every few.
collectgarbage("generational", 1, 5)
