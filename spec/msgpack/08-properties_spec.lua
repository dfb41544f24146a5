-- SPDX-License-Identifier: MIT

-- Random values of every type, encoded and decoded.

local msgpack = require "copydata.msgpack"

local Object = { __name = "Object" }
msgpack.register { type = 40, metatable = Object }
local Packed = { __name = "Packed" }
msgpack.register {
  type = 41, metatable = Packed,
  pack = function(p) return p.bytes end,
  unpack = function(bytes) return setmetatable({ bytes = bytes }, Packed) end,
}

local random = math.random

local function integer()
  local bits = random(0, 63)
  return random(0) >> bits ~ -random(0, 1)
end

local function float()
  local kind = random(6)
  if kind == 1 then return ({ 0.0, -0.0, math.huge, -math.huge, 0 / 0, 2.0 ^ 53 })[random(6)] end
  if kind == 2 then return random(1000) + 0.0 end
  return (random() - 0.5) * 2.0 ^ random(-300, 300)
end

local function bytes()
  local t = {}
  for i = 1, random(4) == 1 and random(0, 300) or random(0, 20) do
    t[i] = string.char(random(0, 255))
  end
  return table.concat(t)
end

local function text()
  local t = {}
  for i = 1, random(0, 40) do
    t[i] = utf8.char(random(3) == 1 and random(0xe000, 0x10ffff) or random(0, 0x24f))
  end
  return table.concat(t)
end

local scalars = {
  integer, float, bytes, text,
  function() return random(2) == 1 end,
  function() return msgpack.null end,
  function() return msgpack.ext(random(50, 126), bytes()) end,
  function() return msgpack.timestamp(integer(), random(0, 999999999)) end,
  function() return msgpack.uint64(("0x%x"):format(random(0) | math.mininteger)) end,
  function() return setmetatable({ bytes = bytes() }, Packed) end,
}

local function scalar() return scalars[random(#scalars)]() end

-- known: tables made so far, which may occur again; nil: none may.
local function value(depth, known)
  if depth == 0 or random(3) == 1 then return scalar() end
  if known and #known > 0 and random(4) == 1 then return known[random(#known)] end
  local t = {}
  if known then known[#known + 1] = t end
  local size = random(4) == 1 and random(0, 40) or random(0, 5)
  local kind = random(5)
  if kind <= 2 then
    for i = 1, size do t[i] = value(depth - 1, known) end
    if kind == 2 then msgpack.array(t) end
  else
    for _ = 1, size do
      -- in graphs, only keys that can be found again: the first four kinds
      local key = random(3) == 1 and scalars[random(known and 4 or #scalars)]() or text()
      if key == key and key ~= msgpack.null then t[key] = value(depth - 1, known) end
    end
    if kind == 4 then msgpack.map(t) end
    if kind == 5 then setmetatable(t, Object) end
  end
  return t
end

local same

-- Keys that are userdata or tables are new objects afterwards: compares them by content.
local function same_key(t, key, item, met)
  if type(key) ~= "userdata" and type(key) ~= "table" then return same(item, t[key], met) end
  for other, other_item in next, t do
    if type(other) == type(key) and same(key, other, met) and same(item, other_item, met) then
      return true
    end
  end
  return false
end

-- met: by table, its counterpart; nil: identity does not matter.
function same(a, b, met)
  if type(a) ~= type(b) or math.type(a) ~= math.type(b) then return false end
  if a ~= a then return b ~= b end
  if a == 0 then return 1 / a == 1 / b end
  if type(a) ~= "table" then return a == b end
  if met then
    if met[a] then return met[a] == b end
    met[a] = b
  end
  local class = getmetatable(a)
  if (class == Object or class == Packed) and getmetatable(b) ~= class then return false end
  local count = 0
  for key, item in next, a do
    count = count + 1
    if not same_key(b, key, item, met) then return false end
  end
  for _ in next, b do count = count - 1 end
  return count == 0
end

local function each_seed(from, to, what)
  for seed = from, to do
    math.randomseed(seed)
    local ok, err = pcall(what)
    if not ok then error(("seed %d: %s"):format(seed, err), 0) end
  end
end

describe("a random value", function()
  it("survives the round trip", function()
    each_seed(1, 200, function()
      local v = value(3)
      assert(same(v, (assert(msgpack.decode(msgpack.encode { v })))[1]))
    end)
  end)

  it("survives it when encoded in order", function()
    each_seed(401, 500, function()
      local v = value(3)
      local encoded = msgpack.encode({ v }, { sorted = true })
      assert(#encoded == #msgpack.encode { v })
      assert(same(v, (assert(msgpack.decode(encoded)))[1]))
    end)
  end)

  it("of shared tables and cycles comes back as the same graph", function()
    each_seed(601, 800, function()
      local v = { value(3, {}) }
      local back = assert(msgpack.decode(msgpack.encode(v, { refs = true }), { refs = true }))
      local met = {}
      assert(same(v, back, met))
      local seen = {}
      for _, b in next, met do
        assert(not seen[b] or getmetatable(b) == Packed)
        seen[b] = true
      end
    end)
  end)

  it("cut short, or with a changed byte, never raises", function()
    each_seed(1001, 1100, function()
      local encoded = msgpack.encode({ value(3, {}) }, { refs = true })
      for _ = 1, 20 do
        local at = random(#encoded)
        local changed = encoded:sub(1, at - 1) .. string.char(random(0, 255)) .. encoded:sub(at + 1)
        for _, options in ipairs { { refs = true }, { refs = false } } do
          msgpack.decode(changed, options)
          msgpack.decode(encoded:sub(1, at), options)
        end
      end
    end)
  end)
end)
