-- SPDX-License-Identifier: MIT

--- The first instance of a program, which gets the arguments of later instances.
--
-- It owns the mutex `Local\copydata.single.NAME`, with NAME in capitals, which Windows releases
-- when the process dies, and it serves the channel `copydata.single.NAME`.
--
-- A first instance stays open until it is closed.
--
-- @classmod instance
-- @alias Instance
local Jobs = require "copydata.single_instance.jobs"
local check = require "copydata.check"
local loop = require "copydata.loop"
local object = require "copydata.object"

--- The fields of a first instance.
-- @table fields
-- @tfield string name read only: the program's name, as passed to `single_instance`
-- @tfield ?integer window read and write: the handle of the program's main window; if set, the
-- window comes to the foreground whenever a later instance hands over its arguments

local Instance = {}
local class -- its metatable

--- Sets the handler for what later instances hand over. The loop calls `handler(arguments,
-- message)`, each call in a task of its own. Until there is a handler, later instances wait, up to
-- their timeout; arguments whose sender has stopped waiting are not handled.
--
-- `message` is as for a channel's handler, and also has `directory`: the later instance's current
-- directory, to which file names in the arguments may be relative; nil if Windows does not say.
--
-- What the handler returns, a value or `nil, "NAME: message", "NAME"`, at once or later, is passed
-- to the later instance; an error in the handler is a failure there.
-- @param handler a function, or nil: from now on later instances wait
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

--- Gives up being the first instance, so that another can become it. Idempotent; also called as
-- `__close`, and when the endpoint is closed.
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

-- An endpoint's first instances, which are closed with it.
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

-- Makes the first instance of an endpoint that is on the channel and owns the mutex.
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
