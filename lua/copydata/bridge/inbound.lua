-- SPDX-License-Identifier: MIT

--- What arrives in the stream of one channel: each message once, in the order of its origin. A
-- source of reader.lua.
local Adapter = require "copydata.bridge.adapter"
local contains = require "copydata.contains"
local core = require "copydata.core"
local entry = require "copydata.bridge.entry"

local Inbound = {}
Inbound.__index = Inbound

local ALL = math.maxinteger -- as many messages as there are
local BAD = { out = "" } -- stands for extras that are none

local OWN = 1000 -- ms after which the position is kept though only our own entries arrived

--- Makes that of a stream.
-- @param settings `stream`; `position`; `desk`, our name; `channel`, its name here; `message_most`,
-- bytes of a body; `frame_most`, bytes; `deliver(frame, size, count)`; `note(origin, body,
-- extras)`, called for each message that has a keeper: whether to deliver it; `report(name,
-- message)`
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
    duplicates = 0, -- messages that had arrived before
    bad = 0, -- entries and messages that do not have our format
    too_large = 0, -- those over the limit
    looped = 0, -- messages that had crossed this bridge
    _frame = core.frame(),
    _settings = settings,
    _none = false, -- the extras of a message without any
    _kept = 0, -- when the last entry whose position was to be kept was appended, in ms
  }, Inbound)
end

-- What the extras of a message mean here, once for all messages that have the same.
local function prepare(self, extras)
  local desk = self._settings.desk
  extras.looped = contains(extras.via, desk)
  extras.via[#extras.via + 1] = desk
  extras.out = entry.encode_extras {
    origin = extras.origin, via = extras.via, retained = extras.retained,
  }
  return extras
end

-- Reads the map of extras at a position.
-- @return them; and where the next value begins, or nil
local function read_extras(self, bytes, at)
  local ok, value, after = entry.decode(bytes, at)
  local extras = ok and entry.extras(value)
  if not extras then
    self.bad = self.bad + 1
    return BAD, ok and after or nil
  end
  return prepare(self, extras), after
end

-- Hands on messages that have the same extras, as many as fit into a frame.
-- @param had how many of them had arrived before
-- @param skipped how many to leave out: these, or all
-- @return how many were read; and where the next value begins, or nil
local function hand_on(self, bytes, at, extras, had, skipped)
  local settings = self._settings
  local size, after, read, written, bad, large
  self._frame, size, after, read, written, bad, large = core.relay(self._frame, bytes, at,
    settings.channel, extras.out, settings.frame_most, settings.message_most, skipped)
  local old = math.min(had, read - bad)
  self.duplicates = self.duplicates + old
  self.bad, self.too_large = self.bad + bad, self.too_large + large
  if skipped == ALL then
    local why = extras.looped and "looped" or "bad"
    self[why] = self[why] + read - bad - old
  end
  if large > 0 then
    settings.report("TOO_LARGE", ("%d messages were over the limit and were skipped"):format(large))
  end
  if written > 0 then
    self.messages = self.messages + written
    self.bytes = self.bytes + (after or #bytes + 1) - at
    settings.deliver(self._frame, size, written)
  end
  return read, after
end

-- Takes a message that says what its sender retains.
-- @return as hand_on
local function take_retained(self, bytes, at, origin, extras, had)
  local body, _, after = core.content(bytes, at)
  if not body then
    return hand_on(self, bytes, at, extras, had, ALL)
  elseif had > 0 then
    self.duplicates = self.duplicates + 1
  elseif self._settings.note(origin, body, extras) and not extras.gone then
    hand_on(self, bytes:sub(at, after - 1), 1, extras, 0, 0)
  end
  return 1, after
end

-- Takes messages that have the same extras.
-- @return as hand_on
local function take_some(self, bytes, at, origin, extras, had)
  if extras == BAD or extras.looped then
    return hand_on(self, bytes, at, extras, had, ALL)
  elseif extras.keeper then
    return take_retained(self, bytes, at, origin, extras, had)
  end
  return hand_on(self, bytes, at, extras, had, had)
end

-- Takes the messages of an entry.
-- @param had the number of the last message that arrived before
-- @return the number of the last
local function take_all(self, item, had)
  local number, at, bytes = item.n - 1, 1, item.bytes
  self._none = self._none or prepare(self, entry.extras(nil))
  local extras = self._none
  while at and at <= #bytes do
    if entry.is_map(bytes, at) then
      extras, at = read_extras(self, bytes, at)
    else
      local read
      read, at = take_some(self, bytes, at, item.origin, extras, math.max(0, had - number))
      number = number + read
    end
  end
  return math.max(number, item.n)
end

-- Takes an entry of another desk.
local function take(self, item, ms)
  local missing, had = self.position:look(item.origin, item.n)
  if missing > 0 then
    self.gaps, self.missing = self.gaps + 1, self.missing + missing
    self._settings.report("GAP", ("%d messages of %s are missing"):format(missing, item.origin))
  end
  local last = item.n
  if item.bytes == Adapter.TOO_LARGE then
    self.too_large = self.too_large + 1
    self._settings.report("TOO_LARGE",
      ("the entry %s of %s was skipped"):format(item.id, item.origin))
  else
    last = take_all(self, item, had)
  end
  self.position:note(item.origin, last, ms)
end

--- Takes an entry.
-- @param item `{ id =, origin =, n =, bytes = }`; see Engine:read
-- @param ms when it was appended
-- @return whether it is done; false: it must be read again
function Inbound:take(item, ms)
  local is_ours = item.origin and item.origin:match "^[^:]*" == self._settings.desk
  if item.bytes == Adapter.LATER then
    return false
  elseif not (item.origin and item.n and item.bytes) then
    self.bad = self.bad + 1
  elseif not is_ours then
    take(self, item, ms)
  end
  self.position.id = item.id
  -- Our own entries are skipped if they are read again: most are not worth a command.
  if not is_ours or ms - self._kept > OWN then
    self.saved, self._kept = false, ms
  end
  return true
end

return Inbound
