-- SPDX-License-Identifier: MIT

--- Errors that nobody waits for: the script's handler gets them, or else the outermost loop raises
-- them, one at a time. For loop.lua and those who call the script's code.
--
-- The list itself has those that are to be raised, in order: { problem }.
local errors = require "copydata.errors"

local problems = {}

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
  table.insert(problems, { problem })
end

--- Raises the first.
function problems.raise()
  error(table.remove(problems, 1)[1], 0)
end

return problems
