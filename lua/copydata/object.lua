-- SPDX-License-Identifier: MIT

--- Classes whose objects reject unknown fields: setting a misspelt or read-only field raises.
local object = {}

--- Makes the metatable of a class. An object is made with all of its private fields, none nil.
-- @param name for `type` names in messages, such as "copydata.channel"
-- @param methods a table; `close` among them is `__close` and `__gc` too
-- @param[opt] fields what can be read beside these: name -> function(self) that returns it
-- @param[opt] setters what can be set: name -> function(self, value), which raises what is wrong
function object.class(name, methods, fields, setters)
  local class = { __name = name, __close = methods.close, __gc = methods.close }
  if fields then
    function class.__index(self, key)
      local method = methods[key]
      if method ~= nil then
        return method
      end
      local read = fields[key]
      if read then
        return read(self)
      end
    end
  else
    class.__index = methods
  end

  function class.__newindex(self, key, value)
    local set = setters and setters[key]
    if not set then
      error(("%s: field '%s' cannot be set"):format(name, tostring(key)), 2)
    end
    set(self, value)
  end

  return class
end

--- Raises at the line that called a method, which calls this, if the call used a dot or another
-- object.
-- @param self
-- @param class its metatable
-- @param call the correct call, such as "channel:close()"
function object.check(self, class, call)
  if getmetatable(self) ~= class then
    error(("expected a %s: call its functions with a colon, as %s"):format(class.__name, call), 3)
  end
end

return object
