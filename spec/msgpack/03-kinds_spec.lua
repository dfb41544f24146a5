-- SPDX-License-Identifier: MIT

local msgpack = require "copydata.msgpack"
local hex = require "spec.msgpack.hex"

local function round(value) return msgpack.decode(msgpack.encode(value)) end

describe("bin", function()
  it("forces the bin formats, which decode to strings", function()
    assert.equal("c4 03 61 62 63", hex.of(msgpack.encode(msgpack.bin "abc")))
    assert.equal("abc", round(msgpack.bin "abc"))
    for _, case in ipairs { { 255, 0xc4 }, { 256, 0xc5 }, { 65535, 0xc5 }, { 65536, 0xc6 } } do
      local bytes = ("\xff"):rep(case[1])
      assert.equal(case[2], msgpack.encode(bytes):byte())
      assert.equal(bytes, round(bytes))
      assert.equal(bytes, round(msgpack.bin(bytes)))
    end
  end)

  it("compares, and returns its bytes", function()
    assert.is_true(msgpack.bin "x" == msgpack.bin "x")
    assert.is_false(msgpack.bin "x" == msgpack.bin "y")
    assert.is_false(msgpack.bin "x" == msgpack.ext(1, "x"))
    assert.equal("\0x", tostring(msgpack.bin "\0x"))
    assert.equal(2, #msgpack.bin "\0x")
    assert.error_matches(function() msgpack.bin(5) end, "string expected")
  end)

  it("may be a key", function()
    assert.same({ ["\xff"] = 1 }, round { ["\xff"] = 1 })
    assert.same({ k = 1 }, round { [msgpack.bin "k"] = 1 })
  end)
end)

describe("ext", function()
  it("keeps type and bytes of every length", function()
    local first = { [1] = 0xd4, [2] = 0xd5, [4] = 0xd6, [8] = 0xd7, [16] = 0xd8, [256] = 0xc8,
      [65535] = 0xc8, [65536] = 0xc9 }
    for _, length in ipairs { 0, 1, 2, 3, 4, 5, 8, 15, 16, 17, 255, 256, 65535, 65536 } do
      for _, type in ipairs { -128, -2, 0, 42, 127 } do
        local ext = msgpack.ext(type, ("x"):rep(length))
        local bytes = msgpack.encode(ext)
        assert.equal(first[length] or 0xc7, bytes:byte())
        local back = msgpack.decode(bytes)
        assert.is_true(ext == back)
        assert.equal(type, back.type)
        assert.equal(length, #back.bytes)
      end
    end
  end)

  it("compares and prints", function()
    assert.is_false(msgpack.ext(1, "a") == msgpack.ext(2, "a"))
    assert.is_false(msgpack.ext(1, "a") == msgpack.ext(1, "b"))
    assert.equal("msgpack.ext(1, 2 bytes)", tostring(msgpack.ext(1, "ab")))
    assert.is_nil(msgpack.ext(1, "").other)
  end)

  it("refuses invalid types", function()
    assert.error_matches(function() msgpack.ext(128, "") end, "%-128 to 127")
    assert.error_matches(function() msgpack.ext(-1, "") end, "timestamp")
    assert.error_matches(function() msgpack.ext(1, {}) end, "string expected")
  end)
end)

describe("timestamp", function()
  local cases = {
    { 0, 0, "d6 ff 00 00 00 00", "1970-01-01T00:00:00Z" },
    { 0xffffffff, 0, "d6 ff ff ff ff ff", "2106-02-07T06:28:15Z" },
    { 1 << 32, 0, "d7 ff 00 00 00 01 00 00 00 00", "2106-02-07T06:28:16Z" },
    { 1, 999999999, "d7 ff ee 6b 27 fc 00 00 00 01", "1970-01-01T00:00:01.999999999Z" },
    { (1 << 34) - 1, 1, "d7 ff 00 00 00 07 ff ff ff ff", "2514-05-30T01:53:03.000000001Z" },
    { 1 << 34, 0, "c7 0c ff 00 00 00 00 00 00 00 04 00 00 00 00", "2514-05-30T01:53:04Z" },
    { -1, 5, "c7 0c ff 00 00 00 05 ff ff ff ff ff ff ff ff", "1969-12-31T23:59:59.000000005Z" },
    { 951782400, 0, "d6 ff 38 bb 0c 00", "2000-02-29T00:00:00Z" },
    { -62135596800, 0, "c7 0c ff 00 00 00 00 ff ff ff f1 88 6e 09 00", "0001-01-01T00:00:00Z" },
    { math.mininteger, 0, "c7 0c ff 00 00 00 00 80 00 00 00 00 00 00 00",
      "-292277022657-01-27T08:29:52Z" },
    { math.maxinteger, 999999999, "c7 0c ff 3b 9a c9 ff 7f ff ff ff ff ff ff ff",
      "292277026596-12-04T15:30:07.999999999Z" },
  }

  it("has three forms, and is read back and printed exactly", function()
    for _, case in ipairs(cases) do
      local seconds, nanoseconds, bytes, text = table.unpack(case)
      local timestamp = msgpack.timestamp(seconds, nanoseconds)
      assert.equal(bytes, hex.of(msgpack.encode(timestamp)))
      local back = msgpack.decode(hex(bytes))
      assert.is_true(timestamp == back)
      assert.equal(seconds, back.seconds)
      assert.equal(nanoseconds, back.nanoseconds)
      assert.equal(text, tostring(back))
    end
  end)

  it("is decoded from longer forms than necessary", function()
    assert.is_true(msgpack.timestamp(7) == msgpack.decode(hex "c7 04 ff 00 00 00 07"))
    assert.is_true(msgpack.timestamp(7)
      == msgpack.decode(hex "c7 0c ff 00 00 00 00 00 00 00 00 00 00 00 07"))
  end)

  it("compares in order of time", function()
    local previous
    for _, seconds in ipairs { math.mininteger, -1, 0, 1, math.maxinteger } do
      for _, nanoseconds in ipairs { 0, 1, 999999999 } do
        local t = msgpack.timestamp(seconds, nanoseconds)
        if previous then
          assert.is_true(previous < t and previous <= t and not (t < previous) and t ~= previous)
        end
        previous = t
      end
    end
    assert.error(function() return msgpack.timestamp(0) < 5 end)
  end)

  it("accepts seconds with a fraction", function()
    assert.is_true(msgpack.timestamp(1.5) == msgpack.timestamp(1, 500000000))
    assert.is_true(msgpack.timestamp(-1.25) == msgpack.timestamp(-2, 750000000))
    assert.is_true(msgpack.timestamp(0.9999999999) == msgpack.timestamp(1, 0))
    assert.equal(1.5, msgpack.timestamp(1, 500000000):tonumber())
    for _, bad in ipairs { 0 / 0, 1 / 0, -1 / 0, 2 ^ 63, "x" } do
      assert.error(function() msgpack.timestamp(bad) end)
    end
    assert.error(function() msgpack.timestamp(1, -1) end)
    assert.error(function() msgpack.timestamp(1, 1000000000) end)
    assert.error(function() msgpack.timestamp(1.5, 1) end)
  end)
end)

describe("uint64", function()
  local largest = msgpack.uint64 "18446744073709551615"

  it("is what a uint 64 above the largest integer decodes to", function()
    assert.equal(math.maxinteger, msgpack.decode(hex "cf 7f ff ff ff ff ff ff ff"))
    for _, case in ipairs {
      { "cf 80 00 00 00 00 00 00 00", "9223372036854775808" },
      { "cf ff ff ff ff ff ff ff ff", "18446744073709551615" },
    } do
      local number = msgpack.decode(hex(case[1]))
      assert.equal("userdata", type(number))
      assert.equal(case[2], tostring(number))
      assert.equal(case[1], hex.of(msgpack.encode(number)))
      assert.is_true(number == msgpack.uint64(case[2]))
    end
  end)

  it("compares exactly with itself, integers and floats", function()
    local half = msgpack.uint64(2.0 ^ 63)
    assert.is_true(half < largest and half <= largest and not (largest < half))
    assert.is_true(half > math.maxinteger and math.maxinteger < half and half > -1)
    assert.is_true(half <= 2.0 ^ 63 and half >= 2.0 ^ 63 and not (half < 2.0 ^ 63))
    assert.is_true(largest < 2.0 ^ 64 and 2.0 ^ 64 > largest and largest < math.huge)
    assert.is_true(msgpack.uint64(3) > 2.5 and msgpack.uint64(3) < 3.5 and 3.5 > msgpack.uint64(3))
    local nan = 0 / 0
    assert.is_false(largest < nan or largest > nan or largest <= nan or largest >= nan)
    assert.error(function() return largest < "1" end)
  end)

  it("is made from strings and numbers, and converts", function()
    assert.is_true(msgpack.uint64 "0xFFFFffffFFFFffff" == largest)
    assert.is_true(msgpack.uint64(5) == msgpack.uint64 "5")
    assert.is_true(msgpack.uint64(largest) == largest)
    assert.equal(2.0 ^ 64, largest:tonumber())
    assert.equal(-1, largest:bits())
    assert.equal(5, round(msgpack.uint64(5)))
    for _, bad in ipairs { -1, -0.5, 1.5, 2.0 ^ 64, 0 / 0, "", "0x", "-1", "18446744073709551616",
      "1 ", "0x1ffffffffffffffff", "1f", {} } do
      assert.error(function() msgpack.uint64(bad) end)
    end
  end)
end)
