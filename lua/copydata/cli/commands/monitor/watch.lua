-- SPDX-License-Identifier: MIT

--- Joins channels, counts their messages and follows their peers. For `copydata monitor`.
--
-- To see messages, a monitor must be a recipient. All monitors join the channel `copydata.monitor`
-- and do not count each other, so that they do not keep a channel alive among themselves.
local Peer = require "copydata.peer"
local core = require "copydata.core"
local msgpack = require "copydata.msgpack"
local status = require "copydata.cli.status"

local Watch = {}
Watch.__index = Watch

local MONITORS = "copydata.monitor"

-- Bytes of a value, as copydata sends it.
local function size_of(data)
  local ok, bytes = pcall(msgpack.encode, data)
  return ok and #bytes or 0
end

local function join(self, name)
  local channel = status.must(self.endpoint:channel(name))
  local record = {
    name = name,
    channel = channel,
    peers = 0, -- on the channel, without monitors
    messages = 0, bytes = 0, -- since it was joined
    counted_messages = 0, counted_bytes = 0, -- when last counted
    messages_per_second = 0.0, bytes_per_second = 0.0, -- between the last two counts
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
-- @param endpoint for the watch alone
-- @param names the channels to watch; an empty list means all channels
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
  watch._hold:take() -- before the first look
  watch._monitors:on(function() end) -- no messages are expected there
  for _, name in ipairs(names) do
    if not endpoint:joined(name) then
      join(watch, name)
    end
  end
  return watch
end

-- The peer of a window; the same object as before, so that Windows is asked about it only once.
local function peer_of(self, hwnd)
  local peer, known = Peer.of(hwnd), self._known[hwnd]
  return known and known.pid == peer.pid and known or peer
end

-- All peers but monitors: a list of { peer =, channels = }.
local function look_around(self)
  local found, known = {}, {}
  local monitors = { [self.endpoint:hwnd()] = true }
  for _, hwnd in ipairs(core.peers(MONITORS, 0)) do
    monitors[hwnd] = true
  end
  for _, hwnd in ipairs(core.endpoints()) do
    local peer = not monitors[hwnd] and peer_of(self, hwnd)
    if peer and peer.pid then -- otherwise it has just left
      known[hwnd] = peer
      found[#found + 1] = { peer = peer, channels = core.channels(hwnd) }
    end
  end
  self._known = known
  return found
end

-- Counts the peers on each channel and joins new channels; reduces each peer's channels to those
-- that are watched.
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

-- Leaves channels that no other peer is on: they would exist only because of us.
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

--- Updates `channels` and `peers`, and joins and leaves channels.
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

--- Ends an interval: updates the rates of the channels.
function Watch:count()
  rate(self)
end

--- Waits until a peer may have joined or left since the last call, and looks.
-- @return whether it can continue
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
