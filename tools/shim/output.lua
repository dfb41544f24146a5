-- busted's usual output. Also writes the counts for tools/test to the file $COPYDATA_COUNTS, and
-- names the tests that took longest, $COPYDATA_SLOWEST of them.
local busted = require "busted"

return function(options)
  local handler = require "busted.outputHandlers.plainTerminal"(options)

  local path = os.getenv "COPYDATA_COUNTS"
  if path then
    busted.subscribe({ "suite", "end" }, function()
      local failed = handler.failuresCount + handler.errorsCount
      local file <close> = assert(io.open(path, "wb"))
      file:write(handler.successesCount, " ", failed, "\n")
      return nil, true
    end)
  end

  local most = tonumber(os.getenv "COPYDATA_SLOWEST")
  if most then
    local tests, last = {}, nil -- when the test before ended: before_each is part of a test's time
    busted.subscribe({ "suite", "start" }, function()
      last = busted.monotime()
      return nil, true
    end)
    busted.subscribe({ "test", "end" }, function(element)
      local now = busted.monotime()
      table.insert(tests, {
        seconds = now - last,
        at = ("%s:%d"):format(element.trace.short_src:gsub("\\", "/"), element.trace.currentline),
        name = element.name,
      })
      last = now
      return nil, true
    end)
    busted.subscribe({ "suite", "end" }, function()
      table.sort(tests, function(a, b) return a.seconds > b.seconds end)
      print ""
      for i = 1, math.min(most, #tests) do
        local test = tests[i]
        print(("%6.2f s  %s %s"):format(test.seconds, test.at, test.name))
      end
      return nil, true
    end)
  end
  return handler
end
