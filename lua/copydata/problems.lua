-- SPDX-License-Identifier: MIT

--- Errors in the script's handlers and tasks: the script's error handler gets them, otherwise the
-- outermost loop raises them, one at a time. For loop.lua and the files that call the script's
-- code.
--
-- The module table itself is the list of errors to raise, in order: { problem }.
local errors = require "copydata.errors"

local problems = {}

local handler -- the script's, or nil

--- Sets the script's handler; nil: the outermost loop raises them.
function problems.on_error(f)
  handler = f
end

--- Reports an error.
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

--- The field `ended` of a fiber that no call waits for.
function problems.report_end(_, ok, problem)
  if not ok then
    problems.report(problem)
  end
end

--- Raises the first.
function problems.raise()
  error(table.remove(problems, 1)[1], 0)
end

return problems
