-- SPDX-License-Identifier: MIT

--- The options of a bridge, for init.lua, which describes them, and for the command line.
local address = require "copydata.bridge.address"
local core = require "copydata.core"

local options = {}

local TYPES = {
  url = "string", servers = "table", name = "string", prefix = "string", channels = "table",
  from = "string", keep = "number", max_message = "number", buffer = "number",
  password = "string", wait = "boolean", on_problem = "function",
}
local WAYS = { both = true, out = true, ["in"] = true, none = true }
local CHANNEL_TYPES = { "string", remote = "string", way = "string", requests = "boolean",
  server = "string" }

local KEEP = 600 -- seconds
local MAX_MESSAGE = 1024 * 1024
local MESSAGE_MOST = 64 * 1024 * 1024
local BUFFER = 64 * 1024 * 1024
local NAME_MOST = 64
local OWN = "copydata." -- begins the names of channels that do not cross

local function is_name(name)
  return #name <= NAME_MOST and name:find "^[%w._-]+$" ~= nil
end

--- Whether channels of this name can be carried.
-- @return true, or nil and why not
function options.carries(name)
  local ok, why = core.valid_name(name)
  if not ok then
    return nil, ("the channel's name %s: %q"):format(why, name:sub(1, NAME_MOST))
  elseif name:sub(1, #OWN):lower() == OWN then
    return nil, ("%q is a channel of copydata's own, and stays on its desktop: remote objects do "
      .. "not cross a bridge"):format(name)
  end
  return true
end

-- Checks one channel.
-- @return `{ name =, remote =, way =, requests =, server = }`; or nil and what is wrong
local function channel_of(given, servers)
  if type(given) == "string" then
    given = { given }
  elseif type(given) ~= "table" then
    return nil, "option 'channels': expected names, or tables"
  end
  for key, value in pairs(given) do
    local expected = key == 1 and "string" or key ~= 1 and CHANNEL_TYPES[key]
    if not expected or type(value) ~= expected then
      return nil, ("option 'channels': '%s' is no field of a channel's, or of the wrong type")
        :format(tostring(key))
    end
  end
  local name, way = given[1], given.way or given.requests and "none" or "both"
  local remote = given.remote or name
  if not name then
    return nil, "option 'channels': a channel without a name"
  elseif not WAYS[way] then
    return nil, ("option 'channels': a way is both, out, in or none, not '%s'"):format(way)
  end
  local ok, why = options.carries(name)
  if ok then
    ok, why = options.carries(remote)
  end
  if not ok then
    return nil, why
  end
  local server = given.server or ""
  if not servers[server] then
    return nil, server == "" and "an address is missing: option 'url'"
      or ("option 'channels': there is no server '%s'"):format(server)
  end
  return { name = name, remote = remote, way = way, requests = given.requests or false,
    server = server }
end

-- Both ways together.
local function both(way, other)
  if way == "none" or way == other then
    return other
  end
  return other == "none" and way or "both"
end

-- Adds a channel, or merges it with the same one.
-- @return true, or nil and what is wrong
local function add(list, channel)
  for _, other in ipairs(list) do
    if core.same_name(other.name, channel.name) then
      if other.remote ~= channel.remote or other.server ~= channel.server then
        return nil, ("channel %q is given twice, to different places"):format(channel.name)
      end
      other.way = both(other.way, channel.way)
      other.requests = other.requests or channel.requests
      return true
    elseif other.remote == channel.remote and other.server == channel.server then
      return nil, ("channels %q and %q go to the same place"):format(other.name, channel.name)
    end
  end
  list[#list + 1] = channel
  return true
end

local function servers_of(given)
  local servers, any, _ = {}, false, nil
  local function put(name, url)
    if type(url) ~= "string" then
      return ("option 'servers': expected addresses, got a %s"):format(type(url))
    end
    local where, why = address.parse(url)
    servers[name], any = where, true
    if where then
      _, why = address.check_password(where, given.password)
    end
    return why
  end
  local why = given.url and put("", given.url)
  for name, url in pairs(given.servers or {}) do
    if type(name) ~= "string" or not is_name(name) then
      return nil, "option 'servers': a name has letters, digits, and . _ -"
    end
    why = why or put(name, url)
  end
  if not why and not any then
    why = "an address is missing: option 'url', such as redis://HOST:6379/0"
  end
  if why then
    return nil, why
  end
  return servers
end

local function whole(name, value, least, most)
  if math.tointeger(value) == nil or value < least or value > most then
    return ("option '%s': expected an integer from %d to %d, got %s"):format(name, least, most,
      tostring(value))
  end
end

local function check_values(read)
  if not is_name(read.name) or not is_name(read.prefix) then
    return "options 'name' and 'prefix': up to 64 letters, digits, and . _ -"
  elseif read.from ~= "now" and read.from ~= "saved" then
    return ("option 'from': expected 'now' or 'saved', got '%s'"):format(read.from)
  elseif not (read.keep >= 1 and read.keep < math.huge) then
    return ("option 'keep': expected a second at least, got %s"):format(read.keep)
  end
  return whole("max_message", read.max_message, 1024, MESSAGE_MOST)
    or whole("buffer", read.buffer, 2 * read.max_message, 1 << 40)
end

local function known()
  local names = {}
  for name in pairs(TYPES) do
    names[#names + 1] = name
  end
  table.sort(names)
  return table.concat(names, ", ")
end

--- Reads options.
-- @param given a table
-- @return settings: the same with the defaults, `servers` as addresses and `channels` as tables; or
-- nil and what is wrong
function options.read(given)
  if type(given) ~= "table" then
    return nil, ("options: expected table, got %s"):format(type(given))
  end
  for name, value in pairs(given) do
    if not TYPES[name] then
      return nil, ("unknown option '%s' (known: %s)"):format(tostring(name), known())
    elseif type(value) ~= TYPES[name] then
      return nil, ("option '%s': expected %s, got %s"):format(name, TYPES[name], type(value))
    end
  end
  local read = {
    name = given.name or os.getenv "COMPUTERNAME" or "",
    prefix = given.prefix or "default",
    from = given.from or "saved",
    keep = given.keep or KEEP,
    max_message = given.max_message or MAX_MESSAGE,
    buffer = given.buffer or BUFFER,
    password = given.password,
    wait = given.wait or false,
    on_problem = given.on_problem,
    channels = {},
  }
  local why
  read.servers, why = servers_of(given)
  why = why or check_values(read)
  for _, channel in ipairs(given.channels or {}) do
    if why then
      break
    end
    channel, why = channel_of(channel, read.servers)
    if channel then
      local _, twice = add(read.channels, channel)
      why = twice
    end
  end
  if not why and #read.channels == 0 then
    why = "no channels: name at least one to carry"
  end
  if why then
    return nil, why
  end
  return read
end

return options
