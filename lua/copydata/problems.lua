-- SPDX-License-Identifier: MIT

--- Errors that nobody waits for: the script's handler gets them, or else the outermost loop raises
-- them, one at a time. For loop.lua and those who call the script's code.
local errors = require "copydata.errors"

local problems = {}

local untold = {} -- in order: { problem }
local handler -- the script's, or nil

--- Sets the script's handler; nil: the outermost loop raises them.
function problems.on_error(f)
  handler = f
end

--- Tells one.
function problems.report(problem)
  if handler then
    local ok, worse = xpcall(handler, errors.traced, problem)
    if ok then
      return
    end
    problem = worse
  end
  table.insert(untold, { problem })
end

--- Whether there is one to raise.
function problems.is_any()
  return untold[1] ~= nil
end

--- Raises the first.
function problems.raise()
  error(table.remove(untold, 1)[1], 0)
end

return problems
