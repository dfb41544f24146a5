-- SPDX-License-Identifier: MIT

--- The first instance of a program, which gets the arguments of the later ones.
--
-- It owns the mutex `Local\copydata.single.NAME`, NAME in capitals, which Windows takes from it
-- when it dies, and serves the channel `copydata.single.NAME`.
--
-- A first instance stays until it is closed.
--
-- @classmod instance
-- @alias Instance
local Jobs = require "copydata.single_instance.jobs"
local check = require "copydata.check"
local loop = require "copydata.loop"
local object = require "copydata.object"

--- What there is to read, and to set.
-- @table fields
-- @tfield string name what the program is called
-- @tfield ?integer window to be set, when there is one: the handle of the program's main window,
-- which then comes to the foreground whenever a later instance hands over its arguments

local Instance = {}
local class -- its metatable

--- Sets the handler for what later instances hand over, which the loop then calls:
-- `handler(arguments, message)`, each call in a task of its own. Later ones wait until there is
-- one, up to their timeout; what one of them has given up waiting for is not handled.
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
  self._handler = handler and function(arguments, message)
    if self._window then
      require("copydata.single").foreground(self._window)
    end
    return handler(arguments, message)
  end or false
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

local first = {}

-- Makes the first instance, of an endpoint that is on the channel and has the mutex.
function first.new(endpoint, name, channel, mutex)
  local instance = setmetatable({
    _name = name, _channel = channel, _mutex = mutex, _window = false, _handler = false,
  }, class)
  local jobs = Jobs.new()
  channel:serve(function(data, message)
    return jobs:serve(instance._handler, data, message)
  end)
  loop.keep(instance)
  endpoint:part(make_instances)[instance] = true
  return instance
end

return first
