-- SPDX-License-Identifier: MIT

local msgpack = require "copydata.msgpack"
local hex = require "spec.msgpack.hex"

local function refuses(message, value)
  local ok, err = pcall(msgpack.encode, value)
  assert.is_false(ok)
  assert.equal("cannot encode " .. message, err)
end

describe("encode says what it cannot encode, and where", function()
  it("at the root and inside tables", function()
    refuses("a function", print)
    refuses("a thread at .co", { co = coroutine.create(print) })
    refuses("a userdata at [2]", { 1, io.stdout })
    refuses("a function at .items[3].callback", { items = { 1, 2, { callback = print } } })
    refuses('a function at ["two words"][1.5][true]',
      { ["two words"] = { [1.5] = { [true] = print } } })
  end)

  it("in keys", function()
    refuses("a function as a key", { [print] = 1 })
    refuses("a function as a key at .a.b", { a = { b = { [print] = 1 } } })
    refuses("null as a key at .a", { a = { [msgpack.null] = 1 } })
  end)

  it("for cycles, and for values nested too deep", function()
    local t = { child = {} }
    t.child.parent = { t }
    refuses("a cycle at .child.parent[1]", t)
    local deep = {}
    for _ = 1, 127 do deep = { deep } end
    assert.same(deep, msgpack.decode(msgpack.encode(deep)))
    refuses("a table nested that deep at " .. ("[1]"):rep(128), { deep })
  end)

  it("for impossible arrays", function()
    refuses("a field of an array at .list.x", { list = msgpack.array { 1, x = 2 } })
    refuses("an array that sparse at .list", { list = msgpack.array { [1 << 40] = 1 } })
  end)

  it("for more keys that are not strings than decode accepts", function()
    local keys = {}
    for i = 1, 8192 do keys[i + 0.5] = i end
    assert.same(keys, msgpack.decode(msgpack.encode(keys)))
    keys[0] = 0
    assert.error_matches(function() msgpack.encode(keys) end, "more keys that are not strings")
  end)

  it("and can encode again afterwards", function()
    pcall(msgpack.encode, { ("x"):rep(1000), print })
    assert.equal("91 01", hex.of(msgpack.encode { 1 }))
  end)
end)

describe("decode returns nil, the message with the byte, and MALFORMED", function()
  local cases = {
    { "", "the bytes end inside a value at byte 1" },
    { "92 01", "the bytes end inside a value at byte 3" },
    { "a3 61 62", "the bytes end inside a value" },
    { "91 c1", "the reserved format 0xc1 at byte 2" },
    { "01 02", "bytes after the value at byte 2" },
    { "81 c0 01", "nil as a map key at byte 2" },
    { "81 cb 7f f8 00 00 00 00 00 00 01", "NaN as a map key at byte 10" },
    { "81 ca 7f c0 00 00 01", "NaN as a map key at byte 6" },
    { "dd ff ff ff ff 01", "more elements than bytes at byte 5" },
    { "df 7f ff ff ff 01", "more elements than bytes at byte 5" },
    { "dd 00 00 00 04 dd 00 00 00 09", "more elements than bytes at byte 10" },
    { "c9 ff ff ff ff 01", "an ext longer than the bytes at byte 5" },
    { "c7 00 ff", "an invalid timestamp at byte 3" },
    { "d4 ff 00", "an invalid timestamp at byte 3" },
    { "d7 ff ff ff ff ff 00 00 00 00", "an invalid timestamp at byte 10" },
    { ("91"):rep(129), "nested too deep at byte 129" },
    { ("91"):rep(128) .. "90", "nested too deep at byte 129" },
  }
  for _, case in ipairs(cases) do
    it("for " .. (#case[1] < 40 and case[1] or "#91 91 ..."), function()
      local value, message, code = msgpack.decode(hex(case[1]))
      assert.is_nil(value)
      assert.equal("MALFORMED", code)
      assert.equal("MALFORMED: " .. case[2], message:sub(1, 11 + #case[2]))
    end)
  end

  it("for every prefix of a value with all types", function()
    local bytes = msgpack.encode { 1, -300, 2.5, "text", { a = { true, msgpack.null } },
      ("x"):rep(300) }
    for i = 0, #bytes - 1 do
      local value, _, code = msgpack.decode(bytes:sub(1, i))
      assert.is_nil(value)
      assert.equal("MALFORMED", code)
    end
  end)

  it("for more keys that are not strings than a map may have", function()
    local parts = { hex "de 20 01" }
    for i = 1, 8193 do parts[i + 1] = string.pack(">Bi2B", 0xd1, i, 0) end
    local _, message = msgpack.decode(table.concat(parts))
    assert.matches("too many map keys that are not strings", message)
  end)
end)
