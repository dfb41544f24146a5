-- SPDX-License-Identifier: MIT

--- Programs that are to run once: the first instance gets the arguments of the later ones.
--
-- The first instance of NAME owns the mutex `Local\copydata.single.NAME`, NAME in capitals, which
-- Windows takes from it when it dies, and serves the channel `copydata.single.NAME`. A later one
-- sends it there the request `{ arguments =, directory = }`.
--
-- A first instance stays until it is closed.
--
-- @classmod instance
-- @alias Instance
local Endpoint = require "copydata.endpoint"
local check = require "copydata.check"
local core = require "copydata.core"
local loop = require "copydata.loop"
local msgpack = require "copydata.msgpack"
local object = require "copydata.object"

local CHANNEL = "copydata.single."
local PAUSE = 0.02 -- seconds after which one looks again whether the first is there, or gone

-- The DLL, which only programs need that run once.
local function single()
  return require "copydata.single"
end

-- The first instance -----------------------------------------------------------------------------

--- What there is to read, and to set.
-- @table fields
-- @tfield string name what the program is called
-- @tfield ?integer window to be set, when there is one: the handle of the program's main window,
-- which then comes to the foreground whenever a later instance hands over its arguments

local Instance = {}
local class -- its metatable

--- Sets the handler for what later instances hand over, which the loop then calls:
-- `handler(arguments, message)`. Later ones wait until there is one, up to their timeout.
--
-- message: as of a channel's handler, and `directory`, the later one's current directory, to which
-- file names in the arguments may be relative; nil where Windows does not tell.
--
-- What it returns, a value or `nil, "NAME: message", "NAME"`, at once or later, is what the later
-- one gets; an error in it is a failure there.
-- @param handler a function, or nil: later ones wait from now on
-- @return the instance
function Instance:on(handler)
  object.check(self, class, "instance:on(handler)")
  if handler ~= nil then
    check.handler(handler)
  end
  self._channel:serve(handler and function(data, message)
    if type(data) ~= "table" then
      return nil, "MALFORMED: not what an instance hands over", "MALFORMED"
    end
    if self._window then
      single().foreground(self._window)
    end
    message.directory = type(data.directory) == "string" and data.directory or nil
    return handler(data.arguments, message)
  end)
  return self
end

--- Makes room for another first instance. Idempotent; the same as `__close`. Closing the endpoint
-- does it too.
function Instance:close()
  object.check(self, class, "instance:close()")
  loop.release(self)
  self._channel:close()
  self._mutex:close()
end

class = object.class("copydata.instance", Instance, {
  name = function(self)
    return self._name
  end,
  window = function(self)
    return self._window or nil
  end,
}, {
  window = function(self, hwnd)
    if hwnd ~= nil and math.type(hwnd) ~= "integer" then
      error(("window: expected a window handle, got %s"):format(type(hwnd)), 3)
    end
    self._window = hwnd or false
  end,
})

function class:__tostring()
  return ("copydata.instance %q (%s)"):format(self._name, self._channel)
end

-- The instances of an endpoint, which are closed with it.
local Instances = {}
Instances.__index = Instances

function Instances:close()
  for instance in pairs(self) do
    instance:close()
  end
end

local function make_instances()
  return setmetatable({}, Instances)
end

-- Becoming it ------------------------------------------------------------------------------------

-- What a request fails with when the first one is not yet there, not yet ready, or dies.
local NOT_NOW = { NO_PEER = true, REFUSED = true, GONE = true, ABSENT = true }

local function become_first(self, name, mutex)
  local channel, message, code = self:channel(CHANNEL .. name)
  if not channel then
    mutex:close()
    return nil, message, code
  end
  local instance = setmetatable({
    _name = name, _channel = channel, _mutex = mutex, _window = false,
  }, class)
  loop.keep(instance)
  self:part(make_instances)[instance] = true
  return instance
end

-- Hands the arguments over, if there is somebody.
-- @return what became of the request, as `request` has it
local function hand_over(self, channel, value, timeout)
  for _, peer in ipairs(self:peers(channel)) do
    single().allow_foreground(peer.pid)
  end
  return self:request(channel, value, { timeout = timeout })
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
-- @function endpoint:single_instance
function methods:single_instance(name, arguments, options)
  check.member(self)
  check.instance_name(name, CHANNEL)
  local give_up = check.timed(options, { timeout = "number" }, self._timeout).deadline
  local value = { arguments = arguments, directory = single().current_directory() }
  local encodable, problem = pcall(msgpack.encode, value) -- also when nobody is to get them
  if not encodable then
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

  repeat
    if mutex:take() then
      return become_first(self, name, mutex)
    end
    local answer
    local left = math.max(0, give_up - core.seconds())
    answer, message, code = hand_over(self, channel, value, left)
    if not code then
      mutex:close()
      return false, answer
    end
    if NOT_NOW[code] then
      local why, ended = loop.sleep(math.min(PAUSE, left))
      if ended then
        message, code = why, ended
      end
    end
  until not NOT_NOW[code] or core.seconds() >= give_up
  mutex:close()
  if NOT_NOW[code] then
    return nil, ("TIMEOUT: an instance of %q runs, but takes no arguments: %s"):format(name,
      message), "TIMEOUT"
  end
  return nil, message, code
end

Endpoint.extend(methods)

return methods
