-- A busted helper: the collector starts anew whenever memory has grown by a hundredth.
collectgarbage("generational", 1, 1)
