-- SPDX-License-Identifier: MIT

--- How the program ends: its exit statuses, and the errors that lead to them. An error that is none
-- of these is a fault of the program's own and leaves it with a traceback.
local status = {
  DONE = 0,
  FAILED = 1, -- a failure of the world, or nobody and nothing found
  USAGE = 2, -- the command line is wrong
  INTERRUPTED = 130, -- Ctrl+C, where that is not how the command is ended; as shells have it
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

--- Ends the command: nothing, or nobody, was found.
function status.nothing(format, ...)
  raise(status.FAILED, "NOTHING", format:format(...))
end

--- Ends the command when a call failed: `value` is nil then.
-- @param[opt] remote what the other side told of a REMOTE failure: `message`, `name`, `traceback`
-- @return the value
function status.must(value, message, name, remote)
  if value == nil then
    raise(name == "INTERRUPTED" and status.INTERRUPTED or status.FAILED, name,
      (message:gsub("^" .. name .. ": ", "")), remote)
  end
  return value
end

return status
