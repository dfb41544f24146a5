-- SPDX-License-Identifier: MIT

--- What goes on between programs: joins channels, counts their messages. For `copydata monitor`.
-- Who is there is looked for when somebody comes or goes.
--
-- Whoever sees messages is a recipient of them. So that monitors do not keep a channel alive among
-- themselves, all of them are on the channel `copydata.monitor`, and none counts the others.
local Peer = require "copydata.peer"
local core = require "copydata.core"
local msgpack = require "copydata.msgpack"
local status = require "copydata.cli.status"

local Watch = {}
Watch.__index = Watch

local MONITORS = "copydata.monitor"

-- Bytes of a value; nothing is known of how it came, but this is how it came from copydata.
local function size_of(data)
  local ok, bytes = pcall(msgpack.encode, data)
  return ok and #bytes or 0
end

local function join(self, name)
  local channel = status.must(self.endpoint:channel(name))
  local record = {
    name = name,
    channel = channel,
    peers = 0, -- who is on it, monitors left out
    messages = 0, bytes = 0, -- since it was joined
    counted_messages = 0, counted_bytes = 0, -- at the last look
    messages_per_second = 0.0, bytes_per_second = 0.0, -- between the last two looks
    last = nil, -- the newest message
  }
  channel:on(function(data, message)
    record.messages = record.messages + 1
    record.bytes = record.bytes + size_of(data)
    record.last = message
  end)
  self._records[channel] = record
  return record
end

--- Makes a watch.
-- @param endpoint it belongs to the watch from now on
-- @param names the channels to watch; an empty list: all that exist
function Watch.new(endpoint, names)
  local watch = setmetatable({
    endpoint = endpoint,
    channels = {}, -- a list of records, by name
    peers = {}, -- a list of { peer =, channels = { name, ... } }
    _monitors = status.must(endpoint:channel(MONITORS)),
    _all = #names == 0,
    _records = {}, -- by channel
    _known = {}, -- peers by hwnd
    _looked = core.seconds(),
    _news = endpoint._presence.news, -- see Watch:follow
    _hold = endpoint._presence:hold(),
  }, Watch)
  watch._hold:take() -- before it looks
  watch._monitors:on(function() end) -- nobody has anything to say there
  for _, name in ipairs(names) do
    if not endpoint:joined(name) then
      join(watch, name)
    end
  end
  return watch
end

-- The peer behind a window; who it is was asked once.
local function peer_of(self, hwnd)
  local peer, known = Peer.of(hwnd), self._known[hwnd]
  return known and known.pid == peer.pid and known or peer
end

-- Who is there: a list of { peer =, channels = }, without monitors.
local function look_around(self)
  local found, known = {}, {}
  local monitors = { [self.endpoint:hwnd()] = true }
  for _, hwnd in ipairs(core.peers(MONITORS, 0)) do
    monitors[hwnd] = true
  end
  for _, hwnd in ipairs(core.endpoints()) do
    local peer = not monitors[hwnd] and peer_of(self, hwnd)
    if peer and peer.pid then -- otherwise it has just gone
      known[hwnd] = peer
      found[#found + 1] = { peer = peer, channels = core.channels(hwnd) }
    end
  end
  self._known = known
  return found
end

-- Counts who is on the channels, joins those that are new; keeps of each peer's what is watched.
local function count_peers(self, found)
  for _, record in pairs(self._records) do
    record.peers = 0
  end
  for _, entry in ipairs(found) do
    local watched = {}
    for _, name in ipairs(entry.channels) do
      local channel = self.endpoint:joined(name)
      local record = channel and self._records[channel]
      if not channel and self._all then
        record = join(self, name)
      end
      if record then
        record.name = name -- as Windows spells it
        record.peers = record.peers + 1
        watched[#watched + 1] = name
      end
    end
    table.sort(watched)
    entry.channels = watched
  end
end

-- Leaves channels that nobody else is on any more: they would exist because of us.
local function leave_empty(self)
  for channel, record in pairs(self._records) do
    if record.peers == 0 and self._all then
      channel:close()
      self._records[channel] = nil
    end
  end
end

local function rate(self)
  local now = core.seconds()
  local elapsed = math.max(now - self._looked, 1e-3)
  self._looked = now
  for _, record in pairs(self._records) do
    record.messages_per_second = (record.messages - record.counted_messages) / elapsed
    record.bytes_per_second = (record.bytes - record.counted_bytes) / elapsed
    record.counted_messages, record.counted_bytes = record.messages, record.bytes
  end
end

--- Looks who is there, joins and leaves, and brings `channels` and `peers` up to date.
function Watch:look()
  local found = look_around(self)
  count_peers(self, found)
  leave_empty(self)
  for _, entry in ipairs(found) do
    self._hold:add(entry.peer.hwnd)
  end
  self._hold:keep(self._known)
  self.channels, self.peers = {}, {}
  for _, record in pairs(self._records) do
    table.insert(self.channels, record)
  end
  table.sort(self.channels, function(a, b) return a.name < b.name end)
  for _, entry in ipairs(found) do
    if self._all or #entry.channels > 0 then
      table.insert(self.peers, entry)
    end
  end
  table.sort(self.peers, function(a, b) return a.peer.hwnd < b.peer.hwnd end)
end

--- Ends an interval: brings the rates of the channels up to date.
function Watch:count()
  rate(self)
end

--- Waits until somebody may have come or gone since the last time, and looks.
-- @return whether it can go on
function Watch:follow()
  local presence = self.endpoint._presence
  local _, code = presence:await(self._news, math.huge)
  self._news = presence.news
  if code then
    return false
  end
  self:look()
  return true
end

return Watch
