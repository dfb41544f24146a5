-- SPDX-License-Identifier: MIT

--- Where an engine is: `redis://USER@HOST:PORT/DATABASE`. For options.lua.
local address = {}

local PORT = 6379
local PORT_MOST = 65535
local DATABASE_MOST = 65535

local TLS = "rediss:// is not spoken: run stunnel beside the bridge, and give its local port as "
  .. "redis://; see docs/bridge.md"
local PASSWORD = "no password in the address, where others read it: use a password file, or the "
  .. "environment variable COPYDATA_BRIDGE_PASSWORD"

local function number(text, default, most)
  if text == "" then
    return default
  end
  local value = text:find "^%d+$" and math.tointeger(tonumber(text))
  return value and value <= most and value or nil
end

local function unescape(text)
  return (text:gsub("%%(%x%x)", function(digits)
    return string.char(tonumber(digits, 16))
  end))
end

--- Reads one.
-- @return `{ host =, port =, database =, user = }`, user nil where there is none; or nil and what
-- is wrong
function address.parse(text)
  local scheme, rest = text:match "^(%a+)://(.*)$"
  if scheme == "rediss" then
    return nil, TLS
  elseif scheme ~= "redis" then
    return nil, ("an address such as redis://HOST:6379/0 expected, got '%s'"):format(text)
  end
  local place, path = rest:match "^([^/?#]*)/?([^?#]*)$"
  if not place then
    return nil, "the address has no parameters: " .. text
  end
  local user, machine = place:match "^(.*)@(.*)$"
  if user and user:find(":", 1, true) then
    return nil, PASSWORD
  end
  machine = machine or place
  local host, port = machine:match "^%[(.-)%]:?(.*)$" -- an IPv6 address
  if not host then
    host, port = machine:match "^([^:]*):?(.*)$"
  end
  port, path = number(port, PORT, PORT_MOST), number(path, 0, DATABASE_MOST)
  if host == "" or host:find "[%s%c]" or not port or port == 0 or not path then
    return nil, ("an address such as redis://HOST:6379/0 expected, got '%s'"):format(text)
  end
  user = user and user ~= "" and unescape(user) or nil
  return { host = host, port = port, database = path, user = user }
end

--- Checks that a user has a password: without one, the connection would be the default user's.
-- @return true; or nil and what is wrong
function address.check_password(where, password)
  if where.user and not password then
    return nil, ("a password for the user %s is missing: a password file, or the environment "
      .. "variable COPYDATA_BRIDGE_PASSWORD"):format(where.user)
  end
  return true
end

--- An address in words, without the user.
function address.text(where)
  local host = where.host:find(":", 1, true) and "[" .. where.host .. "]" or where.host
  return ("%s:%d/%d"):format(host, where.port, where.database)
end

return address
