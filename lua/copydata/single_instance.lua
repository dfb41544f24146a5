-- SPDX-License-Identifier: MIT

--- Programs that are to run once: the first instance gets the arguments of the later ones. For
-- endpoint.lua.
--
-- The first instance of NAME owns the mutex `Local\copydata.single.NAME`, NAME in capitals, which
-- Windows takes from it when it dies, and serves the channel `copydata.single.NAME`. A later one
-- sends it there the request `{ arguments =, directory = }`.
-- @submodule endpoint
local check = require "copydata.check"
local core = require "copydata.core"
local msgpack = require "copydata.msgpack"

local CHANNEL = "copydata.single."
local PAUSE = 0.02 -- seconds after which one looks again whether the first is there, or gone

-- What a request fails with when the first one is not yet there, not yet ready, or dies.
local NOT_NOW = { NO_PEER = true, REFUSED = true, GONE = true, ABSENT = true }

local function become_first(self, name, mutex)
  local channel, message, code = self:channel(CHANNEL .. name)
  if not channel then
    mutex:close()
    return nil, message, code
  end
  channel._mutex = mutex -- which it closes after itself
  return require("copydata.instance").new(name, channel)
end

-- Hands the arguments over, if there is somebody.
-- @return what became of the request, as `request` has it
local function hand_over(self, single, channel, value, timeout)
  for _, peer in ipairs(self:_peers(channel)) do
    single.allow_foreground(peer.pid)
  end
  return self:request(channel, value, { timeout = timeout })
end

local function is_here(self, channel)
  local _, pid = core.describe(self._window:hwnd())
  for _, peer in ipairs(self:_peers(channel)) do
    if peer.pid == pid then
      return true
    end
  end
  return self:joined(channel) ~= nil
end

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
-- @param name what the program is called: 1 to 230 UTF-16 units of UTF-8 without NUL and backslash,
-- compared without case
-- @param arguments anything `copydata.msgpack.encode` takes, such as `arg`
-- @param[opt] options `timeout`: seconds that the first one has to answer, by default the
-- endpoint's, 5
-- @return the first instance, if that is this one. Otherwise false and what the handler of the
-- first one returned; or, when it did not take the arguments, nil, "NAME: message", "NAME": what a
-- request may fail with; TIMEOUT also when the first one does not become ready in time; DENIED when
-- it runs elevated and this one does not, when Windows trusts this program less than ordinary ones,
-- and when another user on this desktop has the name
-- @function single_instance
function methods:single_instance(name, arguments, options)
  check.open(self)
  check.instance_name(name, CHANNEL)
  local timeout = check.sending(options, self.timeout).timeout
  local single = require "copydata.single" -- here: only who calls this needs that DLL
  local value = { arguments = arguments, directory = single.current_directory() }
  local encodable, problem = pcall(msgpack.encode, value) -- also when nobody is to get them
  if not encodable then
    error(problem, 2)
  end
  local channel = CHANNEL .. name
  if is_here(self, channel) then
    error(("this process is the first instance of %q already"):format(name), 2)
  end
  local mutex, message, code = single.mutex(name)
  if not mutex then
    return nil, message, code
  end

  local give_up = core.seconds() + timeout
  repeat
    if mutex:take() then
      return become_first(self, name, mutex)
    end
    local answer
    local left = math.max(0, give_up - core.seconds())
    answer, message, code = hand_over(self, single, channel, value, left)
    if not code then
      mutex:close()
      return false, answer
    end
    if NOT_NOW[code] then
      self._window:pause(math.min(PAUSE, left))
    end
  until not NOT_NOW[code] or core.seconds() >= give_up
  mutex:close()
  if NOT_NOW[code] then
    return nil, ("TIMEOUT: an instance of %q runs, but takes no arguments: %s"):format(name,
      message), "TIMEOUT"
  end
  return nil, message, code
end

return methods
