-- A busted helper: the collector starts a new cycle whenever memory has grown by 1 %.
collectgarbage("generational", 1, 1)
