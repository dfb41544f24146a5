-- SPDX-License-Identifier: MIT

local msgpack = require "copydata.msgpack"
local hex = require "spec.msgpack.hex"

local function round(value) return msgpack.decode(msgpack.encode(value)) end

describe("scalars", function()
  it("are encoded in their shortest form, and decoded", function()
    for _, case in ipairs {
      { nil, "c0" }, { false, "c2" }, { true, "c3" },
      { 0, "00" }, { 127, "7f" }, { 128, "cc 80" }, { 255, "cc ff" }, { 256, "cd 01 00" },
      { 65535, "cd ff ff" }, { 65536, "ce 00 01 00 00" }, { 0xffffffff, "ce ff ff ff ff" },
      { 1 << 32, "cf 00 00 00 01 00 00 00 00" },
      { math.maxinteger, "cf 7f ff ff ff ff ff ff ff" },
      { -1, "ff" }, { -32, "e0" }, { -33, "d0 df" }, { -128, "d0 80" }, { -129, "d1 ff 7f" },
      { -32768, "d1 80 00" }, { -32769, "d2 ff ff 7f ff" }, { -1 << 31, "d2 80 00 00 00" },
      { (-1 << 31) - 1, "d3 ff ff ff ff 7f ff ff ff" },
      { math.mininteger, "d3 80 00 00 00 00 00 00 00" },
      { 1.5, "cb 3f f8 00 00 00 00 00 00" }, { 1.0, "cb 3f f0 00 00 00 00 00 00" },
      { math.huge, "cb 7f f0 00 00 00 00 00 00" },
      { "", "a0" }, { "é", "a2 c3 a9" }, { "\xff", "c4 01 ff" },
    } do
      assert.equal(case[2], hex.of(msgpack.encode(case[1])))
      local value = msgpack.decode(hex(case[2]))
      assert.equal(case[1], value)
      assert.equal(math.type(case[1] or 0), math.type(value or 0))
    end
  end)

  it("keep NaN and the sign of zero", function()
    local nan = round(0 / 0)
    assert.is_true(nan ~= nan)
    assert.equal(-math.huge, 1 / round(-0.0))
  end)

  it("may be strings of every length around the widths", function()
    for _, case in ipairs { { 31, "bf" }, { 32, "d9" }, { 255, "d9" }, { 256, "da" },
      { 65535, "da" }, { 65536, "db" } } do
      local text = ("x"):rep(case[1])
      local bytes = msgpack.encode(text)
      assert.equal(case[2], hex.of(bytes:sub(1, 1)))
      assert.equal(text, msgpack.decode(bytes))
    end
  end)

  it("that are not UTF-8 travel as bin", function()
    for _, text in ipairs { "\x80", "\xc0\x80", "\xe0\x9f\xbf", "\xed\xa0\x80", "\xf0\x8f\xbf\xbf",
      "\xf4\x90\x80\x80", "\xf5\x80\x80\x80", "\xe2\x82", ("a"):rep(40) .. "\xc3" } do
      assert.equal(0xc4, msgpack.encode(text):byte())
      assert.equal(text, round(text))
    end
    for _, text in ipairs { "\u{7ff}", "\u{800}", "\u{d7ff}", "\u{e000}", "\u{10ffff}", "a\0b" } do
      assert.equal(0xa0, msgpack.encode(text):byte() & 0xe0)
      assert.equal(text, round(text))
    end
  end)

  it("that are long strings are text or not, wherever a character lies", function()
    local character, tail = "\u{10348}", ("z"):rep(20000)
    local function check(expected, text)
      local bytes = msgpack.encode { text }
      assert.equal(expected, bytes:byte(2))
      assert.equal(text, msgpack.decode(bytes)[1])
    end
    for length = 12288 - 8, 12288 + 2 do
      local head = ("a"):rep(length)
      check(0xda, head .. character .. tail)
      check(0xc5, head .. character:sub(1, 3) .. tail)
      check(0xc5, head .. character:sub(2) .. tail)
      check(0xc5, head .. character .. "\x80" .. tail)
      check(0xc5, head .. tail .. "\xff")
      check(0xda, character:rep(4096) .. head)
    end
  end)

  it("that are strings keep every byte, whatever they contain", function()
    local function header(length, is_text)
      return is_text and length < 32 and string.char(0xa0 + length)
        or string.pack("BB", is_text and 0xd9 or 0xc4, length)
    end
    local alphabet = ("abcdefghijklmnopqrstuvwxyz0123456789"):rep(3)
    for length = 0, 80 do
      local plain = alphabet:sub(1, length)
      assert.equal(header(length, true) .. plain, msgpack.encode(plain))
      for at = 1, length do
        local bin = plain:sub(1, at - 1) .. "\xff" .. plain:sub(at + 1)
        assert.equal(header(length, false) .. bin, msgpack.encode(bin))
        local text = plain:sub(1, at - 1) .. "é" .. plain:sub(at + 1)
        assert.equal(header(length + 1, true) .. text, msgpack.encode(text))
      end
    end
  end)
end)

describe("tables", function()
  it("with the keys 1 to n are arrays, others maps", function()
    assert.equal("93 01 02 03", hex.of(msgpack.encode { 1, 2, 3 }))
    assert.equal("81 a1 61 01", hex.of(msgpack.encode { a = 1 }))
    assert.equal("90", hex.of(msgpack.encode {}))
    assert.same({ 1, 2, x = 3 }, round { 1, 2, x = 3 })
    assert.same({ 1, nil, 3 }, round { 1, nil, 3 })
    assert.same({ [0] = 0, 1, 2 }, round { [0] = 0, 1, 2 })
    assert.same({ [1.5] = 1, [true] = 2, [-1] = 3 }, round { [1.5] = 1, [true] = 2, [-1] = 3 })
  end)

  it("are recognized as maps wherever the odd key is", function()
    local t = {}
    for i = 1, 100 do
      t[i] = i % 10 == 0 and { i } or i
      t.odd = "x"
      assert.same(t, round(t))
      t.odd = nil
      assert.same(t, round(t))
      t[i + 2] = "gap"
      assert.same(t, round(t))
      t[i + 2] = nil
    end
  end)

  it("of every size around the widths survive the round trip", function()
    for _, n in ipairs { 0, 1, 11, 12, 15, 16, 17, 65535, 65536, 65537 } do
      local array, map = {}, {}
      for i = 1, n do
        array[i], map["k" .. i] = i, i
      end
      local same_array, same_map = round(array), round(map)
      for i = 1, n do -- assert.same is slow for so many
        assert(same_array[i] == i and same_map["k" .. i] == i)
      end
      assert.equal(n, #same_array)
    end
  end)

  it("with the keys 1 to n are arrays, however Lua stores them", function()
    for _, item in ipairs { 7, { 7 } } do
      local t = {}
      for i = 20, 1, -1 do t[i] = item end -- not in order inside Lua
      assert.equal(0xdc, msgpack.encode(t):byte())
      assert.same(t, round(t))
      t[21.5] = item
      assert.equal(0xde, msgpack.encode(t):byte())
      assert.same(t, round(t))
    end
  end)

  it("that are maps at each of many levels take linear time", function()
    local t = {}
    for _ = 1, 127 do t = { t, odd = true } end
    assert.same(t, round(t))
  end)

  it("are decoded whatever order and widths their bytes have", function()
    assert.same({ { 1 }, { a = 2 } },
      msgpack.decode(hex "dd 00 00 00 02 dc 00 01 01 de 00 01 d9 01 61 02"))
    assert.same({ a = 2 }, msgpack.decode(hex "82 a1 61 01 a1 61 02"))
  end)
end)

describe("null", function()
  it("keeps elements in their places", function()
    local t = msgpack.decode(hex "93 c0 01 c0")
    assert.equal(3, #t)
    assert.equal(msgpack.null, t[1])
    assert.equal(msgpack.null, t[3])
    assert.equal("93 c0 01 c0", hex.of(msgpack.encode(t)))
    assert.equal("81 a1 61 c0", hex.of(msgpack.encode { a = msgpack.null }))
    assert.equal("c0", hex.of(msgpack.encode(msgpack.null)))
  end)
end)

describe("marks", function()
  it("distinguish arrays from maps", function()
    assert.equal("80", hex.of(msgpack.encode(msgpack.map {})))
    assert.equal("80", hex.of(msgpack.encode(msgpack.map())))
    assert.equal("90", hex.of(msgpack.encode(msgpack.array())))
    assert.equal("82 01 05 02 06", hex.of(msgpack.encode(msgpack.map { 5, 6 })))
    assert.equal("94 01 c0 c0 02", hex.of(msgpack.encode(msgpack.array { 1, [4] = 2 })))
  end)

  it("survive the round trip", function()
    for _, bytes in ipairs { "90", "80", "82 01 05 02 06", "81 01 80", "92 80 90" } do
      assert.equal(bytes, hex.of(msgpack.encode(msgpack.decode(hex(bytes)))))
    end
  end)

  it("refuse what cannot be marked", function()
    assert.error_matches(function() msgpack.array(1) end, "bad argument #1 to 'array'")
    assert.error_matches(function() msgpack.map "x" end, "bad argument #1 to 'map'")
    assert.error_matches(function() msgpack.map(setmetatable({}, {})) end, "has a metatable")
  end)
end)
