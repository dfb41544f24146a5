-- SPDX-License-Identifier: MIT

--- Runs the loop, and the collector, until a condition holds.
local copydata = require "support.copydata"

local PATIENCE = 60 -- seconds

--- @param condition a function
-- @return whether it holds in the end
return function(condition)
  for _ = 1, PATIENCE * 20 do
    if condition() then
      return true
    end
    collectgarbage()
    copydata.poll(0.05)
  end
  return false
end
