-- SPDX-License-Identifier: MIT

--- How far a desk has read a stream: the last entry, and of each origin the last message. For
-- inbound.lua and inbox.lua.
--
-- As it is kept: a MessagePack array of the last entry's id, and a map from origins to `[n, ms]`:
-- the number of its last message, and when that came, in milliseconds of the engine's clock.
local msgpack = require "copydata.msgpack"

local Position = {}
Position.__index = Position

Position.START = "0-0"

local ORIGINS_MOST = 1000 -- that are remembered: those that were heard last
local ID = "^%d+%-%d+$"
local ID_MOST = 41 -- bytes

--- Makes one.
-- @param id the last entry that was read
function Position.new(id)
  return setmetatable({
    id = id,
    _origins = {}, -- by name: { the number of its last message, when that came }
    _count = 0, -- of these
  }, Position)
end

--- Whether something can be the id of an entry.
function Position.is_id(id)
  return type(id) == "string" and #id <= ID_MOST and id:find(ID) ~= nil
end

--- Whether an id is after another.
function Position.is_after(id, other)
  local ms, sequence = id:match "^(%d+)%-(%d+)$"
  local other_ms, other_sequence = other:match "^(%d+)%-(%d+)$"
  local function after(a, b) -- numbers of 64 bits without sign
    a, b = a:gsub("^0+", ""), b:gsub("^0+", "")
    return #a > #b or #a == #b and a > b
  end
  return after(ms, other_ms)
    or not after(other_ms, ms) and after(sequence, other_sequence)
end

local function add(self, origin, n, ms)
  if type(origin) == "string" and math.type(n) == "integer" and n >= 0 and math.type(ms) then
    self._count = self._count + (self._origins[origin] and 0 or 1)
    self._origins[origin] = { n, ms }
  end
end

--- Reads one that was kept.
-- @return it; nil: it is none
function Position.decode(bytes)
  local ok, value = pcall(msgpack.decode, bytes)
  if not ok or type(value) ~= "table" or not Position.is_id(value[1])
      or type(value[2]) ~= "table" then
    return nil
  end
  local position = Position.new(value[1])
  for origin, last in next, value[2] do
    if type(last) == "table" then
      add(position, origin, last[1], last[2])
    end
  end
  return position
end

-- Forgets those that were not heard for longest.
local function prune(self)
  local times = {}
  for _, last in pairs(self._origins) do
    times[#times + 1] = last[2]
  end
  table.sort(times)
  local oldest = times[#times - ORIGINS_MOST // 2]
  for origin, last in pairs(self._origins) do
    if last[2] < oldest then
      self._origins[origin] = nil
      self._count = self._count - 1
    end
  end
end

--- Writes it.
-- @return bytes
function Position:encode()
  return msgpack.encode(msgpack.array { self.id, msgpack.map(self._origins) })
end

--- What an origin's messages are, of which some may have come before; none are noted.
-- @param n the number of the first
-- @return how many before it are missing: 0 of an origin that was not heard yet
-- @return the number of the last that was had; 0: none
function Position:look(origin, n)
  local last = self._origins[origin]
  if not last then
    return 0, 0
  end
  return math.max(0, n - last[1] - 1), last[1]
end

--- Notes that messages of an origin were had.
-- @param n the number of the last
-- @param ms when its entry came
function Position:note(origin, n, ms)
  local last = self._origins[origin]
  if not last or n > last[1] then
    add(self, origin, n, ms)
    if self._count > ORIGINS_MOST then
      prune(self)
    end
  end
end

return Position
