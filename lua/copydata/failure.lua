-- SPDX-License-Identifier: MIT

--- What went wrong in a handler that answers another program, as it travels. For serving.lua and
-- remote/node.lua.
local failure = {}

-- Where tracebacks leave the script's functions for ours.
local OURS = "\n%s*%[C%]: in function 'xpcall'\n[^\n]*copydata[/\\][%a/\\]+%.lua:.*$"

--- To be xpcall's message handler: makes the error of a response,
-- `{ message =, name =, traceback = }`.
-- @param[opt=1] level of the handler: 2 for the function that calls this
function failure.of(problem, level)
  local trace = debug.traceback("", (level or 1) + 1):gsub("^\n", ""):gsub(OURS, "")
  local seen = { traceback = trace }
  if type(problem) == "table" and type(problem.message) == "string" then
    seen.message = problem.message
    seen.name = type(problem.name) == "string" and problem.name or nil
  else
    seen.message = tostring(problem)
  end
  return seen
end

--- An error, such as one made by `of`, in words; does not raise, whatever it is.
function failure.describe(problem)
  if type(problem) == "table" and type(rawget(problem, "message")) == "string" then
    return rawget(problem, "message")
  end
  local ok, text = pcall(tostring, problem)
  return ok and text or ("an error of type %s"):format(type(problem))
end

return failure
