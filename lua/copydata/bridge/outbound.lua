-- SPDX-License-Identifier: MIT

--- What waits to be appended to one stream: messages, and of these the entry that is under way. For
-- writer.lua and those that add.
local entry = require "copydata.bridge.entry"

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
    _items = {}, -- by number: { bytes, extras, expires, kept, size of both }; see add
    _n = 1, -- the number of the next message
    _entry = false, -- the one under way: see compose
  }, Outbound)
end

--- Adds a message, waiting for room.
-- @param bytes it
-- @param[opt] extras bytes that follow, or entry.SAME where the message before it has the same
-- @param[opt] expires when it is of no use any more, on the clock of core.seconds
-- @param[opt] kept what the engine is to keep by it: { keeper, bytes or nil }
-- @return true; nil: waiting was ended
function Outbound:add(bytes, extras, expires, kept)
  local size = #bytes + (extras and #extras or 0)
  if not self._room:take(size) then
    return nil
  end
  local last = self._last + 1
  self._last, self.waiting_bytes = last, self.waiting_bytes + size
  self._items[last] = { bytes, extras, expires or math.huge, kept, size }
  self.waiting = self.waiting + 1
  if self.waiting == 1 then
    self._wake()
  end
  return true
end

-- Makes the next entry of what waits.
local function compose(self, now)
  local items, parts, count, size, room, all_kept = self._items, {}, 0, 0, 0, {}
  local before
  while self._first <= self._last and count < ENTRY_MESSAGES do
    local item = items[self._first]
    local extras, length = item[2], item[5]
    if count > 0 and size + length > ENTRY_BYTES then
      break
    end
    items[self._first] = nil
    self._first, room = self._first + 1, room + length
    if item[3] > now then
      count, size = count + 1, size + length
      parts[#parts + 1] = item[1]
      if extras then
        parts[#parts + 1] = extras == before and entry.SAME or extras
        before = extras
      end
      all_kept[#all_kept + 1] = item[4]
    else
      self.waiting, self.waiting_bytes = self.waiting - 1, self.waiting_bytes - length
    end
  end
  return {
    n = self._n, bytes = table.concat(parts), count = count, size = size, room = room,
    kept = all_kept,
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
    local composed = compose(self, now)
    if composed.count > 0 then
      self._entry = composed
    else
      self._room:give(composed.room)
    end
  end
  return self._entry or nil
end

--- Notes that the entry was appended.
function Outbound:done()
  local done = self._entry
  self._entry = false
  self._n = self._n + done.count
  self.messages, self.bytes = self.messages + done.count, self.bytes + #done.bytes
  self.entries = self.entries + 1
  self.waiting, self.waiting_bytes = self.waiting - done.count, self.waiting_bytes - done.size
  self._room:give(done.room)
end

return Outbound
