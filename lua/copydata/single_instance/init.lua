-- SPDX-License-Identifier: MIT

--- Programs that run once: the first instance gets the arguments of later ones.
-- @submodule endpoint
local Endpoint = require "copydata.endpoint"
local first = require "copydata.single_instance.first"
local Jobs = require "copydata.single_instance.jobs"
local Later = require "copydata.single_instance.later"
local check = require "copydata.check"
local core = require "copydata.core"
local msgpack = require "copydata.msgpack"

local CHANNEL = "copydata.single."
local TIMEOUT = 30 -- seconds: a program may take that long to load
local OPTIONS = { timeout = "number" }

-- The DLL, which only programs that run once need.
local function single()
  return require "copydata.single"
end

local function is_here(self, channel)
  local _, pid = core.describe(self._window:hwnd())
  for _, peer in ipairs(self:peers(channel)) do
    if peer.pid == pid then
      return true
    end
  end
  return self:joined(channel) ~= nil
end

local function become_first(self, name, mutex)
  local channel, message, code = self:channel(CHANNEL .. name)
  if not channel then
    mutex:close()
    return nil, message, code
  end
  return first.new(self, name, channel, mutex)
end

-- Failures ----------------------------------------------------------------------------------------

-- Texts about the first instance, with the time in seconds.
local LATE = "TIMEOUT: %s did not accept the arguments within %.15g s, and will not handle them"
local UNREADY = "TIMEOUT: %s was not ready to accept arguments within %.15g s"
local UNANSWERED = "TIMEOUT: %s accepted the arguments, but did not answer within %.15g s"

-- By the last attempt's failure.
local TEXTS = {
  HUNG = "HUNG: %s did not pump messages within %.15g s: it did not get the arguments",
  TIMEOUT = LATE,
  [Jobs.LATE] = LATE,
  DENIED = "DENIED: %s runs at a higher integrity level than this program (elevated, for example), "
    .. "and Windows blocks messages to it: start both in the same way, or make its endpoint with "
    .. "allow_lower_integrity = true",
  BUSY = UNREADY, [Jobs.NOT_READY] = UNREADY, REFUSED = UNREADY, NO_PEER = UNREADY, GONE = UNREADY,
  ABSENT = UNREADY,
}

-- Describes a failure, and names the process at fault if it is known.
-- @return "NAME: message", "NAME", peer
local function told(text, name, peer, seconds)
  local who = ("the first instance of %q"):format(name)
  if peer then
    who = ("%s, process %d (%s),"):format(who, peer.pid, peer.exe or "program unknown")
  end
  local message = text:format(who, seconds)
  return message, message:match "^%u+", peer
end

-- What the script of a later instance gets.
-- @param later the object whose last attempt returned the other arguments
local function outcome(later, name, seconds, taken, answer, message, code)
  if taken and not code then
    return false, answer
  elseif taken and (code == "TIMEOUT" or Later.NOT_NOW[code]) then
    return false, nil, told(UNANSWERED, name, later.peer, seconds)
  elseif taken and code ~= "REMOTE" then
    return false, nil, message, code
  elseif not taken and TEXTS[code] then
    return nil, told(TEXTS[code], name, later.peer, seconds)
  end
  return nil, message, code
end

-- The method --------------------------------------------------------------------------------------

local methods = {}

--- Makes this process the first instance of a program, or hands its arguments to the first:
--
--     local first, answer = copydata.single_instance("editor", arg)
--     if first == false then
--       os.exit(0)                        -- another instance is running and has them
--     end
--     assert(first, answer):on(function(arguments, message) ... end)
--
-- If two start at the same moment, one of them becomes the first. If the first instance ends or is
-- killed before it has answered, this one takes its place. Each session has one first instance per
-- name.
--
-- The call waits for a first instance that does not pump messages, for example while it loads.
-- Arguments that the first instance has not accepted in time are never handled, so this program
-- can report a failure, and the user can safely try again.
-- @param name the program's name: 1 to 230 UTF-16 units of UTF-8 without NUL and backslash; case is
-- ignored
-- @param arguments anything that `copydata.msgpack.encode` accepts, such as `arg`
-- @param[opt] options `timeout`: seconds for the first instance to accept the arguments and to
-- answer, 30
-- @return the first instance, if it is this one. Otherwise false and what the first instance's
-- handler returned; if it accepted the arguments but did not answer in time, false, nil, "TIMEOUT:
-- message", "TIMEOUT". Or nil, "NAME: message", "NAME": HUNG (the first instance does not pump
-- messages), TIMEOUT (it has not accepted the arguments, or has no handler yet), REMOTE (its
-- handler failed), DENIED (it runs elevated, this one does not, and its endpoint was made without
-- `allow_lower_integrity`; or Windows trusts this program less than ordinary ones; or another user
-- on this desktop has the name), and the other failures of a request. For HUNG, TIMEOUT and DENIED
-- the message names the first instance's process, and a fourth value is its peer, if known.
-- @function single_instance
function methods:single_instance(name, arguments, options)
  check.member(self)
  check.instance_name(name, CHANNEL)
  options = check.timed(options, OPTIONS, TIMEOUT)
  local directory = single().current_directory()
  local encodable, problem = pcall(msgpack.encode, { arguments = arguments })
  if not encodable then -- raises even if no other instance would get them
    error(problem, 2)
  end
  local channel = CHANNEL .. name
  if is_here(self, channel) then
    error(("this process is already the first instance of %q"):format(name), 2)
  end
  local mutex, message, code = single().mutex(name)
  if not mutex then
    return nil, message, code
  end

  local timeout = options.timeout or TIMEOUT
  local later = Later.new(self, channel, arguments, directory, options.deadline, timeout)
  local taken, answer
  repeat
    if mutex:take() then
      return become_first(self, name, mutex)
    end
    taken, answer, message, code = later:hand_over()
    local again = not taken and Later.NOT_NOW[code] and later:has_time()
    if again then
      local why, ended = later:pause()
      if ended then
        message, code, again = why, ended, false
      end
    end
  until not again
  mutex:close()
  return outcome(later, name, timeout, taken, answer, message, code)
end

Endpoint.extend(methods)

return methods
