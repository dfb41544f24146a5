-- SPDX-License-Identifier: MIT

--- What waits to be appended to one stream: messages, and of these the entry that is under way. For
-- writer.lua and those that add.
local Outbound = {}
Outbound.__index = Outbound

local ENTRY_MESSAGES = 1000 -- that go into one entry
local ENTRY_BYTES = 256 * 1024 -- likewise, unless one message is longer

--- Makes that of a stream.
-- @param room see room.lua
-- @param append appends an entry, `{ n =, bytes =, kept = }`, and returns as Engine:append
-- @param wake called when there is something to send
function Outbound.new(room, append, wake)
  return setmetatable({
    append = append,
    again = 0, -- when the writer tries it again after a failure, on the clock of core.seconds
    pause = 0, -- it then waits before the next try
    messages = 0, -- that were appended
    bytes = 0, -- of these
    entries = 0,
    waiting = 0, -- messages that were not, yet
    waiting_bytes = 0,
    _room = room,
    _wake = wake,
    _first = 1, -- of what waits
    _last = 0,
    _items = {}, -- by number: { bytes, when it is of no use any more, what is to be kept }
    _n = 1, -- the number of the next message
    _entry = false, -- the one under way: see compose
  }, Outbound)
end

--- Adds a message, waiting for room.
-- @param[opt] expires when it is of no use any more, on the clock of core.seconds
-- @param[opt] kept what the engine is to keep by it: { keeper, bytes or nil }
-- @return true; nil: waiting was ended
function Outbound:add(bytes, expires, kept)
  if not self._room:take(#bytes) then
    return nil
  end
  self.waiting = self.waiting + 1
  self.waiting_bytes = self.waiting_bytes + #bytes
  self._last = self._last + 1
  self._items[self._last] = { bytes, expires or math.huge, kept }
  self._wake()
  return true
end

-- Takes the first of what waits.
local function shift(self)
  local item = self._items[self._first]
  self._items[self._first] = nil
  self._first = self._first + 1
  return item[1], item[2], item[3]
end

-- Makes the next entry of what waits.
local function compose(self, now)
  local parts, size, room, all_kept = {}, 0, 0, {}
  while self._first <= self._last and #parts < ENTRY_MESSAGES do
    local length = #self._items[self._first][1]
    if #parts > 0 and size + length > ENTRY_BYTES then
      break
    end
    local bytes, expires, kept = shift(self)
    all_kept[#all_kept + 1] = kept
    room = room + length
    if expires > now then
      parts[#parts + 1], size = bytes, size + length
    else
      self.waiting, self.waiting_bytes = self.waiting - 1, self.waiting_bytes - length
    end
  end
  return {
    n = self._n, bytes = table.concat(parts), count = #parts, room = room, kept = all_kept,
  }
end

--- Whether there is something to send.
function Outbound:has_some()
  return self.waiting > 0
end

--- The entry that is to be appended next: the same until `done`, for what was perhaps not appended
-- is appended again.
-- @param now on the clock of core.seconds
-- @return `{ n =, bytes =, count = }`, or nil: there is none
function Outbound:entry(now)
  while not self._entry and self._first <= self._last do
    local entry = compose(self, now)
    if entry.count > 0 then
      self._entry = entry
    else
      self._room:give(entry.room)
    end
  end
  return self._entry or nil
end

--- Notes that the entry was appended.
function Outbound:done()
  local entry = self._entry
  self._entry = false
  self._n = self._n + entry.count
  self.messages, self.bytes = self.messages + entry.count, self.bytes + #entry.bytes
  self.entries = self.entries + 1
  self.waiting, self.waiting_bytes = self.waiting - entry.count, self.waiting_bytes - #entry.bytes
  self._room:give(entry.room)
end

return Outbound
