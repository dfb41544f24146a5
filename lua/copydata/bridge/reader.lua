-- SPDX-License-Identifier: MIT

--- The task that reads streams, and hands on what arrives. The positions are kept after that, with
-- the next read, in one round trip. The server confirms that once a second only. For link.lua.
local Position = require "copydata.bridge.position"

local Reader = {}
Reader.__index = Reader

local WAIT = 5 -- seconds for which a read waits; a dead connection is noticed after that
local COUNT_MOST = 256 -- entries of a stream in one read
local READ_BYTES = 4 * 1024 * 1024 -- after more, the next read asks for fewer entries
local PAUSE = 1 -- seconds after a failure, unless the connection failed
local CONFIRM = 1 -- seconds between positions that the server confirms, while there are any
local UNCONFIRMED = "unconfirmed" -- of a source: its position was sent, but not confirmed

--- Makes it.
-- @param settings `engine`; `connection`, one of its; `sources`: a list of things with `stream`,
-- `position`, `saved` (whether it is kept, or UNCONFIRMED), `lag` and `take(item, ms)`; `waits`;
-- `report(name, message)`; and if positions are kept `desk`
function Reader.new(settings)
  return setmetatable({
    _engine = settings.engine,
    _connection = settings.connection,
    _sources = settings.sources,
    _waits = settings.waits,
    _report = settings.report,
    _desk = settings.desk,
    _count = 16,
    _turn = 0, -- of the source that comes first
    _busy = false, -- something is being delivered
    _confirmed = -math.huge, -- when positions last were
    _stopping = false, -- an event, set when that is over
  }, Reader)
end

-- Starts again if the ids did: the server may have lost its streams.
-- @return true; or nil, …
local function check(self)
  for _, source in ipairs(self._sources) do
    local last, why, code = self._engine:last(self._connection, source.stream)
    if not last then
      return nil, why, code
    elseif Position.is_after(source.position.id, last) then
      source.position.id, source.saved = Position.START, false
    end
  end
  return true
end

-- What to ask for. Each time another source is first, since the last ones may not fit.
local function from(self)
  local sources, places = self._sources, {}
  self._turn = self._turn + 1
  for i = 1, #sources do
    local source = sources[(i + self._turn) % #sources + 1]
    places[i] = { source.stream, source.position.id }
  end
  return places
end

-- Hands on what was read.
-- @return how many bytes that was, and whether it was all
local function take(self, found)
  local bytes, all = 0, true
  for _, source in ipairs(self._sources) do
    local items = found[source.stream]
    for _, item in ipairs(items or {}) do
      local ms = tonumber(item.id:match "^%d+") or 0
      bytes = bytes + (item.bytes and #item.bytes or 0)
      if not source:take(item, ms) then
        all = false
        break
      end
    end
    source.lag = items and self._engine:age(source.position.id) or 0
  end
  return bytes, all
end

-- The positions to keep, as for Engine:save.
-- @param silent without those that wait only for being confirmed
local function unsaved(self, silent)
  local places = {}
  if self._desk then
    for _, source in ipairs(self._sources) do
      if not source.saved or source.saved == UNCONFIRMED and not silent then
        places[#places + 1] = source.stream
        places[#places + 1] = source.position:encode()
      end
    end
  end
  return places
end

-- Keeps the positions without reading on.
-- @return true; or nil, …
local function save(self, connection)
  local places = unsaved(self)
  return #places == 0 or self._engine:save(connection, self._desk, places)
end

-- Reads once, and keeps the positions of what was delivered before.
-- @return what was found, as Engine:read; or nil, …
local function read(self)
  local now = self._waits.seconds()
  local silent = self._connection.may_be_silent and now - self._confirmed < CONFIRM
  local places = unsaved(self, silent)
  local found, why, code = self._engine:read(self._connection, from(self), self._count, WAIT,
    self._desk, places, silent)
  if not found then
    return nil, why, code
  end
  if not silent then
    why, code = self._connection:late()
    self._report(code, why)
    self._confirmed = #places > 0 and not code and now or self._confirmed
  end
  for _, source in ipairs(self._sources) do
    if silent then
      source.saved = source.saved or UNCONFIRMED
    else
      source.saved = not code
    end
  end
  return found
end

-- Hands on what was read, and chooses how much to read next.
local function deliver(self, found)
  self._busy = true
  local bytes, all = take(self, found)
  if not all then
    self._count = 1
  elseif bytes > READ_BYTES then
    self._count = math.max(1, self._count // 2)
  else
    self._count = math.min(COUNT_MOST, 2 * self._count)
  end
  self._busy = false
end

-- Reports a failure, and waits, unless the connection failed, which has its own pauses.
-- @return whether to go on
local function bear(self, why, code)
  if code == "CLOSED" or code == "CANCELLED" then
    return false
  end
  self._report(code, why)
  return code == "UNREACHABLE" or self._waits.sleep(PAUSE) == true
end

--- Runs until it is stopped, the connection is closed or the task cancelled.
function Reader:run()
  local checked = false
  while not self._stopping do
    local found, why, code = nil, nil, nil
    if not checked then
      checked, why, code = check(self)
    end
    if checked then
      found, why, code = read(self)
    end
    if found and not self._stopping then
      deliver(self, found)
    elseif not found then
      checked = false
      if not bear(self, why, code) then
        return
      end
    end
  end
  self._stopping:set(true)
end

--- Stops reading. Waits until what was read is delivered, and keeps the positions.
function Reader:stop(seconds)
  self._stopping = self._stopping or self._waits.event()
  if self._busy then
    self._stopping:wait(seconds)
  end
  save(self, self._engine.writer)
end

return Reader
