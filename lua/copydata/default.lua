-- SPDX-License-Identifier: MIT

--- The default endpoint, whose methods are the module's functions. For init.lua and extensions.
local Endpoint = require "copydata.endpoint"

local default = {}

local endpoint -- or nil

--- Makes the default endpoint. The options are already checked.
-- @return true, or nil, "NAME: message", "NAME"
function default.open(options)
  local message, name
  endpoint, message, name = Endpoint.new(options)
  if not endpoint then
    return nil, message, name
  end
  return true
end

--- The default endpoint, if it is open; otherwise nil.
function default.current()
  return endpoint and endpoint:is_open() and endpoint or nil
end

--- Closes the default endpoint; the next function that needs one makes a new one.
function default.close()
  if endpoint then
    endpoint:close()
    endpoint = nil
  end
end

--- Makes a function that calls a method of the default endpoint, and makes the endpoint first if
-- there is none. Uses a tail call, so that errors point at the script.
-- @param module the table that has the function: used to reject calls with a colon
-- @param name the method's name, and the function's unless `shown` is given
function default.method(module, name, shown)
  return function(...)
    if (...) == module and name ~= "hwnd" then -- which has no parameters, so a colon does no harm
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
