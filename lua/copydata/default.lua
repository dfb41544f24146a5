-- SPDX-License-Identifier: MIT

--- The default endpoint, whose methods the functions of the module are. For init.lua and
-- extensions.
local Endpoint = require "copydata.endpoint"

local default = {}

local endpoint -- or nil

--- Makes it, with options that have been checked.
-- @return true, or nil, "NAME: message", "NAME"
function default.open(options)
  local message, name
  endpoint, message, name = Endpoint.new(options)
  if not endpoint then
    return nil, message, name
  end
  return true
end

--- It, if it is open; nil otherwise.
function default.current()
  return endpoint and endpoint:is_open() and endpoint or nil
end

--- Closes it; the next function that needs one makes a new one.
function default.close()
  if endpoint then
    endpoint:close()
    endpoint = nil
  end
end

--- Makes a function that calls a method of the default endpoint, which it makes first if there is
-- none. In a tail call, so that errors point at the script.
-- @param module the table that the function is in: a call by a colon is told so
-- @param name of the method, and of the function unless that is given
function default.method(module, name, shown)
  return function(...)
    if (...) == module and name ~= "hwnd" then -- which takes nothing, so a colon does no harm
      error(("call it with a dot, not a colon: %s(...)"):format(shown or "copydata." .. name), 2)
    end
    if not (endpoint and endpoint._window:is_open()) then
      local ok, message, code = default.open {}
      if not ok then
        return nil, message, code
      end
    end
    return Endpoint[name](endpoint, ...)
  end
end

return default
