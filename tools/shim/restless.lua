-- A busted helper: the collector starts its next cycle at once, and takes big steps.
collectgarbage("incremental", 1, 1000)
