-- SPDX-License-Identifier: MIT

--- Programs that are to run once: the first instance gets the arguments of the later ones.
-- @submodule endpoint
local Endpoint = require "copydata.endpoint"
local first = require "copydata.single_instance.first"
local Jobs = require "copydata.single_instance.jobs"
local Later = require "copydata.single_instance.later"
local check = require "copydata.check"
local core = require "copydata.core"
local msgpack = require "copydata.msgpack"

local CHANNEL = "copydata.single."
local TIMEOUT = 30 -- seconds: a program that loads may take so long
local OPTIONS = { timeout = "number" }

-- The DLL, which only programs need that run once.
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

-- What is said of the first instance, and within how many seconds.
local LATE = "TIMEOUT: %s has not taken the arguments within %.15g s, and will not"
local UNREADY = "TIMEOUT: %s has not become ready to take arguments within %.15g s"
local UNANSWERED = "TIMEOUT: %s has the arguments, but has not answered within %.15g s"

-- By what the last attempt failed with.
local TEXTS = {
  HUNG = "HUNG: %s has not looked for messages within %.15g s: it did not get the arguments",
  TIMEOUT = LATE,
  [Jobs.LATE] = LATE,
  DENIED = "DENIED: %s is trusted more than this program, as one that runs elevated is, and "
    .. "Windows lets nobody send to it: start both alike, or make the first one's endpoint with "
    .. "allow_lower_integrity = true",
  BUSY = UNREADY, [Jobs.NOT_READY] = UNREADY, REFUSED = UNREADY, NO_PEER = UNREADY, GONE = UNREADY,
  ABSENT = UNREADY,
}

-- Tells a failure, and which process is to blame, as far as known.
-- @return "NAME: message", "NAME", peer
local function told(text, name, peer, seconds)
  local who = ("the first instance of %q"):format(name)
  if peer then
    who = ("%s, process %d (%s),"):format(who, peer.pid, peer.exe or "program unknown")
  end
  local message = text:format(who, seconds)
  return message, message:match "^%u+", peer
end

-- What is returned to the script of a program that is not the first.
-- @param later whose last attempt returned the other arguments
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
--       os.exit(0)                        -- another one runs, and has them
--     end
--     assert(first, answer):on(function(arguments, message) ... end)
--
-- Of two that start at the same moment one is the first. Where the first one ends or is killed
-- before it has answered, this one becomes it. There is one first for each name and session.
--
-- A first one that looks for no messages, as while it loads, is waited for. What it has not taken
-- when the time is over it never handles: so this program may say that it failed, and the user may
-- try again.
-- @param name what the program is called: 1 to 230 UTF-16 units of UTF-8 without NUL and backslash,
-- compared without case
-- @param arguments anything `copydata.msgpack.encode` takes, such as `arg`
-- @param[opt] options `timeout`: seconds in all that the first one has to take the arguments and to
-- answer, 30
-- @return the first instance, if that is this one. Otherwise false and what the handler of the
-- first one returned; when it has the arguments, but did not answer in time, false, nil,
-- "TIMEOUT: message", "TIMEOUT". Or nil, "NAME: message", "NAME": HUNG (the first one has not
-- looked for messages), TIMEOUT (it has not taken the arguments, or takes none yet), REMOTE (its
-- handler failed), DENIED (it runs elevated and this one does not, and its endpoint was made
-- without `allow_lower_integrity`; Windows trusts this program less than ordinary ones; another
-- user on this desktop has the name), and what else a request may fail with. After HUNG, TIMEOUT
-- and DENIED the first one's process is told by the message, and by a fourth value, a peer, where
-- it is known.
-- @function single_instance
function methods:single_instance(name, arguments, options)
  check.member(self)
  check.instance_name(name, CHANNEL)
  options = check.timed(options, OPTIONS, TIMEOUT)
  local directory = single().current_directory()
  local encodable, problem = pcall(msgpack.encode, { arguments = arguments }) -- also when nobody
  if not encodable then -- is to get them
    error(problem, 2)
  end
  local channel = CHANNEL .. name
  if is_here(self, channel) then
    error(("this process is the first instance of %q already"):format(name), 2)
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
