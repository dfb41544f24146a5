-- SPDX-License-Identifier: MIT

--- How far a desk has read a stream: the last entry, and the last message of each origin. For
-- inbound.lua and inbox.lua.
--
-- Kept as a MessagePack array of the last entry's id and a map from origins to `[n, ms]`: the
-- number of the origin's last message, and when it arrived, in milliseconds of the engine's clock.
local msgpack = require "copydata.msgpack"

local Position = {}
Position.__index = Position

Position.START = "0-0"

local ORIGINS_MOST = 1000 -- origins that are remembered: the latest
local ID = "^%d+%-%d+$"
local ID_MOST = 41 -- bytes

--- Makes a position.
-- @param id the last entry that was read
function Position.new(id)
  return setmetatable({
    id = id,
    _origins = {}, -- by name: { the number of its last message, when it arrived }
    _count = 0, -- of these
  }, Position)
end

--- Whether a value can be the id of an entry.
function Position.is_id(id)
  return type(id) == "string" and #id <= ID_MOST and id:find(ID) ~= nil
end

--- Whether an id is after another.
function Position.is_after(id, other)
  local ms, sequence = id:match "^(%d+)%-(%d+)$"
  local other_ms, other_sequence = other:match "^(%d+)%-(%d+)$"
  local function after(a, b) -- unsigned numbers of 64 bits
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

--- Decodes a position.
-- @return it; nil: the bytes are none
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

-- Forgets the origins that have been silent for longest.
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

--- Encodes it.
-- @return bytes
function Position:encode()
  return msgpack.encode(msgpack.array { self.id, msgpack.map(self._origins) })
end

--- Compares messages of an origin with those that have arrived before. Notes nothing.
-- @param n the number of the first message
-- @return how many before it are missing; 0 for an unknown origin
-- @return the number of the last one that has arrived; 0: none
function Position:look(origin, n)
  local last = self._origins[origin]
  if not last then
    return 0, 0
  end
  return math.max(0, n - last[1] - 1), last[1]
end

--- Notes that messages of an origin have arrived.
-- @param n the number of the last one
-- @param ms when its entry was appended
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
