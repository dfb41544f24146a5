-- SPDX-License-Identifier: MIT

--- What comes to a desk by the stream of one channel: each message once, in the order of its
-- origin. For reader.lua, as one of its sources.
local Adapter = require "copydata.bridge.adapter"
local contains = require "copydata.contains"
local entry = require "copydata.bridge.entry"

local Inbound = {}
Inbound.__index = Inbound

--- Makes that of a stream.
-- @param settings `stream`; `position`; `desk`, our name; `message_most`, bytes of a body;
-- `deliver(body, extras, origin, size)`; `report(name, message)`
function Inbound.new(settings)
  return setmetatable({
    stream = settings.stream,
    position = settings.position,
    saved = true, -- whether the position is kept
    lag = 0, -- how old the last entry was when it was read, in seconds
    messages = 0, -- that were delivered
    bytes = 0, -- of these
    gaps = 0, -- how often messages were missing
    missing = 0, -- how many
    duplicates = 0, -- messages that had come before
    bad = 0, -- entries and messages that are none of ours
    too_large = 0, -- that are over the limit
    looped = 0, -- messages that had crossed this bridge
    _extras = nil, -- of the message before, in this entry
    _desk = settings.desk,
    _message_most = settings.message_most + entry.EXTRAS_ROOM,
    _deliver = settings.deliver,
    _report = settings.report,
  }, Inbound)
end

-- What programs here are told beside a message, once for all messages that have the same extras.
local function prepare(self, extras)
  extras.looped = contains(extras.via, self._desk)
  extras.via[#extras.via + 1] = self._desk
  extras.out = { origin = extras.origin, via = extras.via, retained = extras.retained }
  self._extras = extras
end

-- Delivers a message that had not come before.
local function deliver(self, value, size, origin)
  local ok, body, _, extras = entry.open(value, self._extras)
  if not ok then
    self.bad = self.bad + 1
    return
  elseif extras ~= self._extras then
    prepare(self, extras)
  end
  if size > self._message_most then
    self.too_large = self.too_large + 1
    self._report("TOO_LARGE", ("a message of %d bytes was skipped"):format(size))
  elseif extras.looped then
    self.looped = self.looped + 1
  else
    self.messages, self.bytes = self.messages + 1, self.bytes + size
    self._deliver(body, extras, origin, size)
  end
end

-- Of a message that is dropped the next may have the extras.
local function note_extras(self, value)
  local ok, _, _, extras = entry.open(value, self._extras)
  if ok and extras ~= self._extras then
    prepare(self, extras)
  end
end

-- Takes the messages of an entry.
-- @return the number of the last
local function take_all(self, item, had)
  local number = item.n - 1
  self._extras = nil
  for value, size in entry.values(item.bytes) do
    number = number + 1
    if value == false then
      self.bad = self.bad + 1
    elseif number <= had then
      self.duplicates = self.duplicates + 1
      note_extras(self, value)
    else
      deliver(self, value, size, item.origin)
    end
  end
  return math.max(number, item.n)
end

-- Takes an entry of another desk.
local function take(self, item, ms)
  local missing, had = self.position:look(item.origin, item.n)
  if missing > 0 then
    self.gaps, self.missing = self.gaps + 1, self.missing + missing
    self._report("GAP", ("%d messages of %s are missing"):format(missing, item.origin))
  end
  local last = item.n
  if item.bytes == Adapter.TOO_LARGE then
    self.too_large = self.too_large + 1
    self._report("TOO_LARGE", ("the entry %s of %s was skipped"):format(item.id, item.origin))
  else
    last = take_all(self, item, had)
  end
  self.position:note(item.origin, last, ms)
end

--- Takes an entry.
-- @param item `{ id =, origin =, n =, bytes = }`; see Engine:read
-- @param ms when it came
-- @return whether it is done; false: it has to be read again
function Inbound:take(item, ms)
  if item.bytes == Adapter.LATER then
    return false
  elseif not (item.origin and item.n and item.bytes) then
    self.bad = self.bad + 1
  elseif item.origin:match "^[^:]*" ~= self._desk then
    take(self, item, ms)
  end
  self.position.id, self.saved = item.id, false
  return true
end

return Inbound
