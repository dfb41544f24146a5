-- SPDX-License-Identifier: MIT

--- How the program ends: its exit statuses, and the errors that lead to them. Any other error is a
-- fault of ours and ends it with a traceback.
local status = {
  DONE = 0,
  FAILED = 1, -- it failed, or found nothing
  USAGE = 2, -- the command line is wrong
  INTERRUPTED = 130, -- by Ctrl+C, unless the command normally ends that way; as in shells
}

local Problem = { __name = "copydata.cli.problem" }

local function raise(code, name, message, remote)
  local problem = { status = code, name = name, message = message, remote = remote }
  error(setmetatable(problem, Problem), 0)
end

--- Whether an error is one of these: a table with `status`, `name`, `message` and perhaps `remote`.
function status.is_problem(value)
  return getmetatable(value) == Problem
end

--- Ends the command: the command line is wrong.
function status.usage(format, ...)
  raise(status.USAGE, "USAGE", format:format(...))
end

--- Ends the command: it found nothing.
function status.nothing(format, ...)
  raise(status.FAILED, "NOTHING", format:format(...))
end

--- Ends the command if a call failed, that is, if `value` is nil.
-- @param[opt] remote what the other program reported of a REMOTE failure: `message`, `name`,
-- `traceback`
-- @return the value
function status.must(value, message, name, remote)
  if value == nil then
    raise(name == "INTERRUPTED" and status.INTERRUPTED or status.FAILED, name,
      (message:gsub("^" .. name .. ": ", "")), remote)
  end
  return value
end

return status
