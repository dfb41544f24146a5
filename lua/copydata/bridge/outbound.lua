-- SPDX-License-Identifier: MIT

--- What waits to be appended to one stream. For writer.lua and those that add.
local Outbound = {}
Outbound.__index = Outbound

Outbound.ENTRY_MESSAGES = 1000 -- in one entry, unless one addition has more
Outbound.ENTRY_BYTES = 256 * 1024 -- in one entry, likewise

--- Makes that of a stream.
-- @param room see room.lua
-- @param append appends an entry, `{ n =, bytes =, kept = }`, and returns as Engine:append
-- @param wake called when something waits that did not wait before
function Outbound.new(room, append, wake)
  return setmetatable({
    append = append,
    again = 0, -- after a failure: when the writer tries again, on the clock of core.seconds
    pause = 0, -- and how long it then waits after another one
    messages = 0, -- that were appended
    bytes = 0, -- of these
    entries = 0,
    waiting = 0, -- messages that were not appended yet
    waiting_bytes = 0,
    _room = room,
    _wake = wake,
    _first = 1, -- of what waits
    _last = 0,
    _items = {}, -- by number: see add
    _n = 1, -- the number of the next message
    _entry = false, -- the one being appended: see compose
  }, Outbound)
end

--- Adds messages. Waits for room.
-- @param bytes the messages
-- @param count how many
-- @param[opt] extras bytes: their extras. Those of the item before, if they are the same string,
-- are not repeated
-- @param[opt] expires when they are no longer of use, on the clock of core.seconds
-- @param[opt] kept what the engine should keep before: { keeper, bytes or nil }
-- @return true; nil: the wait was ended
function Outbound:add(bytes, count, extras, expires, kept)
  local size = #bytes + (extras and #extras or 0)
  if not self._room:take(size) then
    return nil
  end
  self._last = self._last + 1
  self._items[self._last] = {
    bytes = bytes, count = count, extras = extras, expires = expires or math.huge, kept = kept,
    size = size,
  }
  self.waiting, self.waiting_bytes = self.waiting + count, self.waiting_bytes + size
  if self.waiting == count then
    self._wake()
  end
  return true
end

-- Makes an entry of what waits.
local function compose(self, now)
  local parts, count, size, room, all_kept, extras = {}, 0, 0, 0, {}, nil
  while self._first <= self._last do
    local item = self._items[self._first]
    if count > 0 and (count + item.count > Outbound.ENTRY_MESSAGES
        or size + item.size > Outbound.ENTRY_BYTES) then
      break
    end
    self._items[self._first] = nil
    self._first, room = self._first + 1, room + item.size
    if item.expires > now then
      count, size = count + item.count, size + item.size
      if item.extras ~= extras then
        extras = item.extras
        parts[#parts + 1] = extras
      end
      parts[#parts + 1] = item.bytes
      all_kept[#all_kept + 1] = item.kept
    else
      self.waiting, self.waiting_bytes = self.waiting - item.count, self.waiting_bytes - item.size
    end
  end
  return {
    n = self._n, bytes = table.concat(parts), count = count, size = size, room = room,
    kept = all_kept,
  }
end

--- The entry to append next: the same until `done`, since one whose outcome is unknown is appended
-- again.
-- @param now on the clock of core.seconds
-- @return `{ n =, bytes =, kept = }`; nil: there is none
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
