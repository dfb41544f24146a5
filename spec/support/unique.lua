-- SPDX-License-Identifier: MIT

--- Channel names that nobody else on the desktop uses, another run of the specs included.
local process = require "support.process"

local count = 0

return function(name)
  count = count + 1
  return ("%s.%d.%d"):format(name or "spec", process.own_pid, count)
end
