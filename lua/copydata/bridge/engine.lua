-- SPDX-License-Identifier: MIT

--- What bridges need of an engine, by Redis Streams: streams of entries, positions in them, leases,
-- and values that are kept. Another engine would take this file's place. For link.lua.
--
-- Times are seconds but for ids, which begin with milliseconds of the server's clock. What fails
-- returns nil, "NAME: message", "NAME", as in connection.lua.
local Connection = require "copydata.bridge.connection"
local Position = require "copydata.bridge.position"
local Turns = require "copydata.bridge.turns"

local Engine = {}
Engine.__index = Engine

local REPLY = 5 -- seconds for a reply, besides the time that a read waits
local READ_MOST = 16 * 1024 * 1024 -- bytes that one read keeps
local INBOX_KEEP = 300 -- seconds for which an inbox keeps entries
local INBOX_UNUSED = 3600 -- seconds after which the inbox of an absent desk is deleted

--- Makes it; nothing is connected yet.
-- @param settings `where`, `password`, `prefix`, `keep` (seconds), `value_most` (bytes of an entry
-- that are read); `waits` as for connection.lua, with `event()`
function Engine.new(settings)
  local function connection()
    return Connection.new {
      where = settings.where, password = settings.password, waits = settings.waits,
      lock = Turns.new(settings.waits.event), value_most = settings.value_most,
      reply_most = math.max(READ_MOST, settings.value_most),
    }
  end
  return setmetatable({
    writer = connection(), -- for all that is short
    reader = connection(), -- waits for entries of streams
    listener = connection(), -- and of the inbox
    _keep = settings.keep,
    _prefix = "copydata:" .. settings.prefix .. ":",
    _waits = settings.waits,
    _ahead = 0, -- milliseconds of the server's clock at the zero of ours
  }, Engine)
end

-- Names ------------------------------------------------------------------------------------------

--- The stream of a channel.
function Engine:stream(channel)
  return ("%s{%s}"):format(self._prefix, channel)
end

--- The stream of requests and answers to one desk.
function Engine:inbox(desk)
  return self._prefix .. "inbox:" .. desk
end

local function servers(self, channel)
  return ("%sserves:{%s}"):format(self._prefix, channel)
end

local function kept(self, channel)
  return ("%sretained:{%s}"):format(self._prefix, channel)
end

local function positions(self, desk)
  return self._prefix .. "position:" .. desk
end

-- The fields of a hash: redis-lua returns names and values in turn.
local function hash(client, key)
  local found, reply = {}, client:hgetall(key)
  for i = 1, #reply, 2 do
    found[reply[i]] = reply[i + 1]
  end
  return found
end

-- Time -------------------------------------------------------------------------------------------

--- Asks what time it is there.
-- @return true; or nil, …
function Engine:synchronize()
  local ms, why, code = self.writer:call(REPLY, function(client)
    local time = client:time()
    return tonumber(time[1]) * 1000 + tonumber(time[2]) / 1000
  end)
  if not ms then
    return nil, why, code
  end
  self._ahead = ms - self._waits.seconds() * 1000
  return true
end

--- What time it is there, as far as known.
-- @return milliseconds since 1970
function Engine:now()
  return self._waits.seconds() * 1000 + self._ahead
end

--- How old an entry is.
-- @return seconds
function Engine:age(id)
  local ms = tonumber(id:match "^%d+") or 0
  return math.max(0, (self:now() - ms) / 1000)
end

-- The id that is some seconds old.
local function since(self, seconds)
  return ("%d-0"):format(math.max(0, self:now() - seconds * 1000) // 1)
end

-- Streams ----------------------------------------------------------------------------------------

local function append(self, stream, keep, origin, n, bytes)
  return self.writer:call(REPLY, function(client)
    return client:xadd(stream, "MINID", "~", since(self, keep), "*", "o", origin,
      "n", ("%d"):format(n), "b", bytes)
  end)
end

--- Appends an entry to a channel's stream, and drops entries that are older than `keep`.
-- @param origin of the messages
-- @param n the number of its first message
-- @param bytes messages
-- @return its id; or nil, …: when the code is UNREACHABLE it may be there all the same
function Engine:append(stream, origin, n, bytes)
  return append(self, stream, self._keep, origin, n, bytes)
end

--- Appends an entry to an inbox.
function Engine:tell(desk, origin, n, bytes)
  return append(self, self:inbox(desk), INBOX_KEEP, origin, n, bytes)
end

--- Has an inbox go when its desk does not say for long that it is there.
function Engine:renew_inbox(desk)
  return self.writer:call(REPLY, function(client)
    client:pexpire(self:inbox(desk), ("%d"):format(INBOX_UNUSED * 1000))
    return true
  end)
end

-- An entry as redis-lua has it.
-- @return `{ id =, origin =, n =, bytes = }`; all but the id are nil if they are not valid
local function parse(item)
  local fields = {}
  for i = 1, type(item[2]) == "table" and #item[2] or 0, 2 do
    fields[item[2][i]] = item[2][i + 1]
  end
  local n = fields.n and #fields.n <= 18 and fields.n:find "^%d+$" and math.tointeger(fields.n)
  local origin = fields.o
  if origin and not (#origin <= 100 and origin:find "^[%w._-]+:%x+$") then
    origin = nil
  end
  return { id = item[1], origin = origin, n = n and n > 0 and n or nil, bytes = fields.b }
end

-- What redis-lua returned of streams.
local function parse_all(reply)
  local found = {}
  for _, of_stream in ipairs(reply or {}) do
    local entries = {}
    for i, item in ipairs(of_stream[2]) do
      entries[i] = parse(item)
    end
    found[of_stream[1]] = entries
  end
  return found
end

--- Reads on in some streams, and waits for something.
-- @param connection one of this engine's
-- @param from a list of `{ stream, id }`: what comes after this id
-- @param count how many entries of each at most
-- @param seconds to wait
-- @param[opt] desk whose positions to keep before, and `places`, as for Engine:save; if that fails
-- connection:late() says why, unless it is `silent`, which costs the server and us less
-- @return by stream: a list of `{ id =, origin =, n =, bytes = }`; see parse
function Engine:read(connection, from, count, seconds, desk, places, silent)
  local arguments = { "COUNT", ("%d"):format(count), "BLOCK", ("%d"):format(seconds * 1000 // 1),
    "STREAMS" }
  for _, place in ipairs(from) do
    arguments[#arguments + 1] = place[1]
  end
  for _, place in ipairs(from) do
    arguments[#arguments + 1] = place[2]
  end
  return connection:call(seconds + REPLY, function(client)
    if places and #places > 0 then
      connection.ahead(client, function()
        client:hset(positions(self, desk), table.unpack(places))
      end, silent)
    end
    return parse_all(client:xread(arguments))
  end)
end

--- The id of a stream's last entry; Position.START of an empty one.
function Engine:last(connection, stream)
  return (connection or self.writer):call(REPLY, function(client)
    local last = client:xrevrange(stream, "+", "-", "COUNT", "1")[1]
    return last and last[1] or Position.START
  end)
end

--- Whether a stream may be written to.
-- @return true; or nil, …
function Engine:may_append(stream)
  local _, why, code = self.writer:call(REPLY, function(client)
    return client:xadd(stream, "0-0", "o", "") -- which no entry can be
  end)
  if why and why:find "ID specified in XADD" then
    return true
  end
  return nil, why, code
end

-- Positions --------------------------------------------------------------------------------------

--- The positions of a desk.
-- @return by stream: bytes
function Engine:positions(desk)
  return self.writer:call(REPLY, function(client)
    return hash(client, positions(self, desk))
  end)
end

--- Keeps positions of a desk.
-- @param places a list: a stream, bytes, …
-- @return true; or nil, …
function Engine:save(connection, desk, places)
  return connection:call(REPLY, function(client)
    client:hset(positions(self, desk), table.unpack(places))
    return true
  end)
end

-- Leases -----------------------------------------------------------------------------------------

--- Takes or keeps a lease.
-- @param key what of
-- @param holder of it
-- @param seconds for how long
-- @return true; false and the other holder; or nil, …
function Engine:lease(key, holder, seconds)
  key = self._prefix .. key
  local ms = ("%d"):format(seconds * 1000 // 1)
  return self.writer:call(REPLY, function(client)
    if client:set(key, holder, "NX", "PX", ms) then
      return true
    end
    local other = client:get(key)
    if other ~= holder then
      return false, other or ""
    end
    client:pexpire(key, ms)
    return true
  end)
end

--- Keeps a lease: in one round trip, unless it has ended.
-- @return as Engine:lease
function Engine:renew(key, holder, seconds)
  local other, why, code = self.writer:call(REPLY, function(client)
    return client:getex(self._prefix .. key, "PX", ("%d"):format(seconds * 1000 // 1)) or ""
  end)
  if other == holder then
    return true
  elseif other == "" then
    return self:lease(key, holder, seconds)
  elseif other then
    return false, other
  end
  return nil, why, code
end

--- How long a lease still lasts.
-- @return seconds; 0: it is free; math.huge: it never ends, so it is not a bridge's
function Engine:lease_left(key)
  return self.writer:call(REPLY, function(client)
    local ms = client:pttl(self._prefix .. key)
    return ms == -1 and math.huge or math.max(0, ms) / 1000
  end)
end

--- The holder of a lease.
-- @return the holder; "": it is free; or nil, …
function Engine:holder(key)
  return self.writer:call(REPLY, function(client)
    return client:get(self._prefix .. key) or ""
  end)
end

--- Gives a lease back.
function Engine:release(key, holder)
  return self.writer:call(REPLY, function(client)
    if client:get(self._prefix .. key) == holder then
      client:del(self._prefix .. key)
    end
    return true
  end)
end

--- What names these keys of this server, whatever its address: a word that the first bridge chose.
-- @param word to be chosen if there is none
-- @return it; or nil, …
function Engine:identity(word)
  return self.writer:call(REPLY, function(client)
    client:set(self._prefix .. "identity", word, "NX")
    return client:get(self._prefix .. "identity") or word
  end)
end

-- Says whether a desk serves a channel.
local function serve(self, client, channel, desk, seconds)
  local key = servers(self, channel)
  if seconds > 0 then
    client:zremrangebyscore(key, "-inf", ("%d"):format(self:now() // 1))
    client:zadd(key, ("%d"):format((self:now() + seconds * 1000) // 1), desk)
  else
    client:zrem(key, desk)
  end
end

--- Says that a desk no longer serves a channel.
function Engine:stop_serving(channel, desk)
  return self.writer:call(REPLY, function(client)
    serve(self, client, channel, desk, 0)
    return true
  end)
end

--- Which desks serve a channel.
-- @param most seconds for which a desk can say so
-- @param[opt] desk says before whether it does: for `seconds`, or with 0 no longer
-- @return a list; or nil, …
function Engine:servers(channel, most, desk, seconds)
  local connection = self.writer
  local desks, why, code = connection:call(REPLY, function(client)
    if desk then
      connection.ahead(client, function()
        serve(self, client, channel, desk, seconds)
      end)
    end
    return client:zrangebyscore(servers(self, channel), ("%d"):format(self:now() // 1),
      ("%d"):format((self:now() + 2000 * most) // 1), "LIMIT", "0", "1000")
  end)
  if desks and desk and connection:late() then
    return nil, connection:late()
  end
  return desks, why, code
end

-- Values that are kept ---------------------------------------------------------------------------

--- Keeps a value for a channel's newcomers; nil: deletes it.
function Engine:keep(channel, keeper, bytes)
  return self.writer:call(REPLY, function(client)
    if bytes then
      client:hset(kept(self, channel), keeper, bytes)
    else
      client:hdel(kept(self, channel), keeper)
    end
    return true
  end)
end

--- The values that are kept for a channel.
-- @return by keeper: bytes; or nil, …
function Engine:kept(channel)
  return self.writer:call(REPLY, function(client)
    return hash(client, kept(self, channel))
  end)
end

--- Deletes everything under a channel's name and a desk's name. For `copydata doctor`.
function Engine:forget(channel, desk)
  return self.writer:call(REPLY, function(client)
    client:del(self:stream(channel), servers(self, channel), kept(self, channel),
      positions(self, desk), self._prefix .. "name:" .. desk)
    return true
  end)
end

--- Closes its connections.
function Engine:close()
  self.writer:close()
  self.reader:close()
  self.listener:close()
end

return Engine
