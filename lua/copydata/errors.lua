-- SPDX-License-Identifier: MIT

--- Failures that several files tell, and errors of handlers as they travel to other programs.
local errors = {}

--- Makes a function that fails: it returns nil, "NAME: message", "NAME".
local function failure(name, text)
  local message = name .. ": " .. text
  return function()
    return nil, message, name
  end
end

--- What ran meanwhile closed it.
errors.closed = failure("CLOSED", "the endpoint was closed")
errors.channel_closed = failure("CLOSED", "the channel was closed")
errors.no_window = failure("TIMEOUT", "there is no such window")
errors.socket_closed = failure("CLOSED", "the socket is closed")
errors.timeout = failure("TIMEOUT", "time ran out")

-- Where tracebacks leave the script's functions for ours.
-- Lua 5.5 says "in global 'xpcall'".
local OURS = "\n%s*%[C%]: in %l+ 'xpcall'\n[^\n]*copydata[/\\][%a_/\\]+%.lua:.*$"

--- To be xpcall's message handler: makes the error of a response,
-- `{ message =, name =, traceback = }`.
-- @param[opt=1] level of the handler: 2 for the function that calls this
function errors.of(problem, level)
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

--- To be xpcall's message handler: the error with a traceback, if it is a string; objects of the
-- script's own are handed on as they are.
function errors.traced(problem)
  if type(problem) == "string" then
    return debug.traceback(problem, 2)
  end
  return problem
end

--- An error in words; does not raise, whatever it is.
function errors.describe(problem)
  if type(problem) == "table" and type(rawget(problem, "message")) == "string" then
    return rawget(problem, "message")
  end
  local ok, text = pcall(tostring, problem)
  return ok and text or ("an error of type %s"):format(type(problem))
end

return errors
