-- SPDX-License-Identifier: MIT

--- Failures that several files return, and errors of handlers in the form sent to other programs.
local errors = {}

--- Makes a function that fails: it returns nil, "NAME: message", "NAME".
local function failure(name, text)
  local message = name .. ": " .. text
  return function()
    return nil, message, name
  end
end

--- It was closed while the call waited.
errors.closed = failure("CLOSED", "the endpoint was closed")
errors.channel_closed = failure("CLOSED", "the channel was closed")
errors.no_window = failure("TIMEOUT", "there is no such window")
errors.socket_closed = failure("CLOSED", "the socket is closed")
errors.timeout = failure("TIMEOUT", "time ran out")

-- Where tracebacks leave the script's functions for ours.
-- Lua 5.5 says "in global 'xpcall'".
local OURS = "\n%s*%[C%]: in %l+ 'xpcall'\n[^\n]*copydata[/\\][%a_/\\]+%.lua:.*$"

-- The part of a traceback that is of use to the script.
local function theirs(trace)
  return (trace:gsub(OURS, ""))
end

--- A message handler for xpcall: makes the error of a response, `{ message =, name =, traceback =
-- }`.
-- @param[opt=1] level of the handler: 2 for the function that calls this
function errors.of(problem, level)
  local seen = { traceback = theirs((debug.traceback("", (level or 1) + 1):gsub("^\n", ""))) }
  if type(problem) == "table" and type(problem.message) == "string" then
    seen.message = problem.message
    seen.name = type(problem.name) == "string" and problem.name or nil
  else
    seen.message = tostring(problem)
  end
  return seen
end

--- A message handler for xpcall: adds a traceback to an error that is a string; returns other
-- values unchanged.
function errors.traced(problem)
  if type(problem) == "string" then
    return debug.traceback(problem, 2)
  end
  return problem
end

--- Describes an error in words; never raises.
function errors.describe(problem)
  if type(problem) == "table" and type(rawget(problem, "message")) == "string" then
    return rawget(problem, "message")
  end
  local ok, text = pcall(tostring, problem)
  return ok and text or ("an error of type %s"):format(type(problem))
end

--- The error of a response, from an error that `errors.traced` has returned.
function errors.untraced(problem)
  local text = errors.describe(problem)
  local message, trace = text:match "^(.-)\n(stack traceback:.*)$"
  return { message = message or text, traceback = trace and theirs(trace) }
end

return errors
