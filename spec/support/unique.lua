-- SPDX-License-Identifier: MIT

--- Channel names that no other program on the desktop uses, nor another run of the specs.
local process = require "support.process"

local count = 0

return function(name)
  count = count + 1
  return ("%s.%d.%d"):format(name or "spec", process.own_pid, count)
end
