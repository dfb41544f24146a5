-- SPDX-License-Identifier: MIT

--- Asks a program to close, as `taskkill` without `/F` does.
local process = require "support.process"

local PATIENCE = 60 -- seconds

return function(pid)
  local killer <close> = process.spawn(("taskkill /PID %d"):format(pid))
  assert(killer:wait(PATIENCE) == 0, "taskkill found no window of the program")
end
