-- SPDX-License-Identifier: MIT

-- Every format byte of the MessagePack specification: decoded, and encoded where it is the shortest
-- form.

local msgpack = require "copydata.msgpack"
local hex = require "spec.msgpack.hex"

local function list(n, item)
  local t = {}
  for i = 1, n do t[i] = item(i) end
  return t
end

-- {bytes, value, the shorter bytes that encode writes, if any}
local vectors = {}
local function add(first, bytes, value, shortest)
  vectors[#vectors + 1] = { first = first, bytes = bytes, value = value, shortest = shortest }
end
local function vector(digits, value, shortest)
  add(tonumber(digits:sub(1, 2), 16), hex(digits), value, shortest and hex(shortest))
end

for i = 0x00, 0x7f do add(i, string.char(i), i) end
for n = 0, 15 do
  local t, bytes = msgpack.map {}, { string.char(0x80 | n) }
  for i = 1, n do
    t[-i] = i
    bytes[#bytes + 1] = string.char(256 - i, i)
  end
  add(0x80 | n, table.concat(bytes), t)
end
for n = 0, 15 do
  local sevens = msgpack.array(list(n, function() return 7 end))
  add(0x90 | n, string.char(0x90 | n) .. ("\x07"):rep(n), sevens)
end
for n = 0, 31 do add(0xa0 | n, string.char(0xa0 | n) .. ("s"):rep(n), ("s"):rep(n)) end

vector("c0", nil)
vector("c2", false)
vector("c3", true)
add(0xc4, "\xc4\x03\xff\xfe\xfd", "\xff\xfe\xfd")
add(0xc4, "\xc4\x00", msgpack.bin "")
add(0xc5, "\xc5\x01\x00" .. ("\xff"):rep(256), ("\xff"):rep(256))
add(0xc6, "\xc6\x00\x01\x00\x00" .. ("\xff"):rep(65536), ("\xff"):rep(65536))
add(0xc7, "\xc7\x03\x05abc", msgpack.ext(5, "abc"))
add(0xc8, "\xc8\x01\x00\x05" .. ("e"):rep(256), msgpack.ext(5, ("e"):rep(256)))
add(0xc9, "\xc9\x00\x01\x00\x00\x05" .. ("e"):rep(65536), msgpack.ext(5, ("e"):rep(65536)))
vector("ca 3f c0 00 00", 1.5, "cb 3f f8 00 00 00 00 00 00")
vector("ca ff 80 00 00", -math.huge, "cb ff f0 00 00 00 00 00 00")
vector("ca 00 00 00 01", 2.0 ^ -149, "cb 36 a0 00 00 00 00 00 00")
vector("cb 40 09 21 fb 54 44 2d 18", math.pi)
vector("cc 80", 128)
vector("cc 05", 5, "05")
vector("cd 01 00", 256)
vector("cd 00 05", 5, "05")
vector("ce 00 01 00 00", 65536)
vector("ce 00 00 00 05", 5, "05")
vector("cf 00 00 00 01 00 00 00 00", 1 << 32)
vector("cf 00 00 00 00 00 00 00 05", 5, "05")
vector("cf ff ff ff ff ff ff ff ff", msgpack.uint64 "0xffffffffffffffff")
vector("d0 df", -33)
vector("d0 05", 5, "05")
vector("d0 ff", -1, "ff")
vector("d1 ff 7f", -129)
vector("d1 00 05", 5, "05")
vector("d2 ff ff 7f ff", -32769)
vector("d2 00 00 00 05", 5, "05")
vector("d3 ff ff ff ff 7f ff ff ff", -(1 << 31) - 1)
vector("d3 00 00 00 00 00 00 00 05", 5, "05")
vector("d3 80 00 00 00 00 00 00 00", math.mininteger)
for i, first in ipairs { 0xd4, 0xd5, 0xd6, 0xd7, 0xd8 } do
  local bytes = ("f"):rep(1 << (i - 1))
  add(first, string.char(first, 0x85) .. bytes, msgpack.ext(-123, bytes))
end
add(0xd9, "\xd9\x20" .. ("s"):rep(32), ("s"):rep(32))
add(0xd9, "\xd9\x01s", "s", "\xa1s")
add(0xda, "\xda\x01\x00" .. ("s"):rep(256), ("s"):rep(256))
add(0xda, "\xda\x00\x01s", "s", "\xa1s")
add(0xdb, "\xdb\x00\x01\x00\x00" .. ("s"):rep(65536), ("s"):rep(65536))
add(0xdb, "\xdb\x00\x00\x00\x01s", "s", "\xa1s")
add(0xdc, "\xdc\x00\x10" .. ("\x07"):rep(16), list(16, function() return 7 end))
add(0xdc, "\xdc\x00\x01\x07", { 7 }, "\x91\x07")
add(0xdd, "\xdd\x00\x01\x00\x00" .. ("\x07"):rep(65536), list(65536, function() return 7 end))
add(0xdd, "\xdd\x00\x00\x00\x01\x07", { 7 }, "\x91\x07")
do
  local t, pairs_of = {}, {}
  for i = 0, 65535 do
    local key = ("%04x"):format(i)
    t[key], pairs_of[i + 1] = true, "\xa4" .. key .. "\xc3"
  end
  add(0xdf, "\xdf\x00\x01\x00\x00" .. table.concat(pairs_of), t)
  local small = {}
  for i = 0, 15 do small[("%04x"):format(i)] = true end
  add(0xde, "\xde\x00\x10" .. table.concat(pairs_of, "", 1, 16), small)
end
add(0xde, "\xde\x00\x01\xa1k\x07", { k = 7 }, "\x81\xa1k\x07")
add(0xdf, "\xdf\x00\x00\x00\x01\xa1k\x07", { k = 7 }, "\x81\xa1k\x07")
for i = 0xe0, 0xff do add(i, string.char(i), i - 256) end

local function same(a, b)
  if type(a) == "table" then
    local count = 0
    for key, item in next, a do -- assert.same takes minutes for 65536 items
      count = count + 1
      if item ~= b[key] then assert.equal(item, b[key], key) end
    end
    for _ in next, b do count = count - 1 end
    assert.equal(0, count)
  else
    assert.equal(tostring(a), tostring(b)) -- bin decodes to a string
    assert.equal(math.type(a), math.type(b))
  end
end

describe("the formats", function()
  it("are all covered", function()
    local seen = {}
    for _, v in ipairs(vectors) do seen[v.first] = true end
    for first = 0x00, 0xff do
      assert.equal(first ~= 0xc1, seen[first] or false, ("%02x"):format(first))
    end
    assert.is_nil((msgpack.decode "\xc1"))
  end)

  it("are decoded", function()
    for _, v in ipairs(vectors) do
      local value, message = msgpack.decode(v.bytes)
      assert.is_nil(message)
      same(v.value, value)
    end
  end)

  it("are encoded, each in the shortest form", function()
    for _, v in ipairs(vectors) do
      local bytes = msgpack.encode(v.value, { sorted = true })
      if v.first & 0xf0 == 0x80 then -- -1 to -n sort in the opposite order
        same(v.value, msgpack.decode(bytes))
        assert.equal(#v.bytes, #bytes)
      else
        assert.equal(hex.of((v.shortest or v.bytes):sub(1, 64)), hex.of(bytes:sub(1, 64)))
      end
      assert.is_true(#bytes == #(v.shortest or v.bytes))
    end
  end)

  it("end where they end, in a stream", function()
    for _, v in ipairs(vectors) do
      local _, after = msgpack.decode(v.bytes .. "\xc1", { first = 1 })
      assert.equal(#v.bytes + 1, after)
      for _, cut in ipairs { 0, 1, #v.bytes // 2, #v.bytes - 1 } do
        if cut < #v.bytes then
          assert.equal("MALFORMED", (select(3, msgpack.decode(v.bytes:sub(1, cut)))))
        end
      end
    end
  end)
end)
