-- SPDX-License-Identifier: MIT

--- The first instance of a program that is to run once. Made by `copydata.single_instance` or
-- `endpoint:single_instance`.
--
-- One with a handler is kept by its endpoint until it is closed; another that the script lets go of
-- is closed when the collector gets to it.
--
-- @classmod instance
-- @alias Instance
local check = require "copydata.check"
local single = require "copydata.single"

--- What there is to read, and to set.
-- @table fields
-- @tfield string name what the program is called
-- @tfield ?integer window to be set, when there is one: the handle of the program's main window,
-- which then comes to the foreground whenever a later instance hands over its arguments

local Instance = {}
Instance.__index = Instance
Instance.__name = "copydata.instance"

-- For single_instance.lua: `channel`, which it serves.
function Instance.new(name, channel)
  return setmetatable({ name = name, window = nil, _channel = channel }, Instance)
end

--- Sets the handler for what later instances hand over, which `poll` and `run` then call:
-- `handler(arguments, message)`. Later ones wait until there is one, up to their timeout.
--
-- message: as of a channel's handler, and `directory`, the later one's current directory, to which
-- file names in the arguments may be relative; nil where Windows does not tell.
--
-- What it returns, a value or `nil, "NAME: message", "NAME"` or a `copydata.later`, is what the
-- later one gets; an error in it is a failure there.
-- @param handler a function, or nil: later ones wait from now on
-- @return the instance
function Instance:on(handler)
  if handler ~= nil then
    check.handler(handler)
  end
  self._channel:serve(handler and function(data, message)
    if type(data) ~= "table" then
      return nil, "MALFORMED: not what an instance hands over", "MALFORMED"
    end
    if self.window then
      single.foreground(self.window)
    end
    message.directory = type(data.directory) == "string" and data.directory or nil
    return handler(data.arguments, message)
  end)
  return self
end

--- Makes room for another first instance. Idempotent; the same as `__close`. Closing the endpoint
-- does it too.
function Instance:close()
  self._channel:close()
end

Instance.__close = Instance.close

function Instance:__tostring()
  return ("copydata.instance %q (%s)"):format(self.name, self._channel)
end

return Instance
