-- SPDX-License-Identifier: MIT

local msgpack = require "copydata.msgpack"
local hex = require "spec.msgpack.hex"

describe("options", function()
  it("that are unknown or invalid are errors", function()
    local function refuses(pattern, options)
      assert.error_matches(function() msgpack.encode(1, options) end, pattern)
      assert.error_matches(function() msgpack.decode("\1", options) end, pattern)
    end
    refuses("no option 'max_dept'", { max_dept = 1 })
    refuses("option names must be strings", { true })
    refuses("'max_depth' must be an integer above 0", { max_depth = 0 })
    refuses("'max_depth' must be an integer above 0", { max_depth = "5" })
    refuses("'max_depth' must be 512 at most", { max_depth = 513 })
    refuses("'max_size' must be an integer above 0", { max_size = 1.5 })
    refuses("'refs' must be true or false", { refs = 1 })
    refuses("table expected", "refs")
    assert.error_matches(function() msgpack.encode(1, { first = 1 }) end, "no option 'first'")
    assert.error_matches(function() msgpack.decode("\1", { sorted = true }) end,
      "no option 'sorted'")
    assert.error_matches(function() msgpack.encode(1, { refs = true, sorted = true }) end,
      "cannot be combined with")
    assert.error_matches(function() msgpack.encode() end, "value expected")
    assert.equal("01", hex.of(msgpack.encode(1, nil)))
    assert.equal("01", hex.of(msgpack.encode(1, {})))
  end)

  it("max_depth applies both ways", function()
    local deep = { { { 1 } } }
    assert.same(deep, msgpack.decode(msgpack.encode(deep, { max_depth = 3 }), { max_depth = 3 }))
    assert.error_matches(function() msgpack.encode(deep, { max_depth = 2 }) end,
      "nested that deep at [1][1]", 1, true)
    assert.matches("nested too deep at byte 3",
      select(2, msgpack.decode(msgpack.encode(deep), { max_depth = 2 })))
    local deeper = {}
    for _ = 1, 511 do deeper = { deeper } end
    local bytes = msgpack.encode(deeper, { max_depth = 512 })
    assert.same(deeper, msgpack.decode(bytes, { max_depth = 512 }))
    assert.matches("nested too deep at byte 512",
      select(2, msgpack.decode(bytes, { max_depth = 511 })))
    assert.matches("nested too deep at byte 513",
      select(2, msgpack.decode("\x91" .. bytes, { max_depth = 512 })))
  end)

  it("max_size applies both ways", function()
    assert.equal(4, #msgpack.encode("abc", { max_size = 4 }))
    assert.error_matches(function() msgpack.encode("abc", { max_size = 3 }) end,
      "cannot encode a value of 4 bytes: max_size is 3")
    assert.equal("abc", msgpack.decode("\xa3abc", { max_size = 4 }))
    local value, message, code = msgpack.decode("\xa3abc", { max_size = 3 })
    assert.is_nil(value)
    assert.equal("TOO_LARGE: 4 bytes, and max_size is 3", message)
    assert.equal("TOO_LARGE", code)
  end)

  it("max_keys applies both ways", function()
    local t = { [-1] = 1, [-2] = 2, [-3] = 3, a = 4 }
    local bytes = msgpack.encode(t, { max_keys = 3 })
    assert.same(t, msgpack.decode(bytes, { max_keys = 3 }))
    assert.error_matches(function() msgpack.encode(t, { max_keys = 2 }) end, "more keys")
    assert.matches("too many map keys", select(2, msgpack.decode(bytes, { max_keys = 2 })))
    local many = {}
    for i = 1, 20000 do many[-i] = i end
    assert.same(many,
      msgpack.decode(msgpack.encode(many, { max_keys = 20000 }), { max_keys = 20000 }))
  end)

  it("first reads values from a stream", function()
    local values = { 1, "two", { 3 }, false, { four = 4 } }
    local parts = {}
    for i, value in ipairs(values) do parts[i] = msgpack.encode(value) end
    local stream, at = table.concat(parts), 1
    for _, value in ipairs(values) do
      local back
      back, at = msgpack.decode(stream, { first = at })
      assert.same(value, back)
    end
    assert.equal(#stream + 1, at)
    local value, message, code = msgpack.decode(stream, { first = at })
    assert.is_nil(value)
    assert.equal("MALFORMED: the bytes end inside a value at byte " .. at, message)
    assert.equal("MALFORMED", code)
    assert.error_matches(function() msgpack.decode(stream, { first = at + 1 }) end,
      "past the end of the bytes")
    assert.error_matches(function() msgpack.decode(stream, { first = 0 }) end, "above 0")
    local none, after = msgpack.decode("\xc0\x01", { first = 1 })
    assert.is_nil(none)
    assert.equal(2, after)
    assert.matches("at byte 4$", select(2, msgpack.decode("\1\2\x91\xc1", { first = 3 })))
  end)

  it("sorted makes the same bytes, whatever Lua's order", function()
    assert.equal("83 01 03 a1 61 02 a1 62 01",
      hex.of(msgpack.encode({ b = 1, a = 2, [1] = 3 }, { sorted = true })))
    local first
    for seed = 1, 20 do
      local t, names = { nested = {} }, {}
      for i = 1, 60 do names[i] = "key" .. i end
      math.randomseed(seed)
      for i = #names, 2, -1 do
        local j = math.random(i)
        names[i], names[j] = names[j], names[i]
      end
      for _, name in ipairs(names) do
        t[name], t.nested[name] = name, { [name] = true, [#name] = false }
      end
      t[true], t[1.5], t[-7] = 1, 2, 3
      local bytes = msgpack.encode(t, { sorted = true })
      first = first or bytes
      assert.equal(first, bytes)
      assert.same(t, msgpack.decode(bytes))
    end
  end)

  it("sorted reports positions, too", function()
    assert.error_matches(function() msgpack.encode({ a = { b = print } }, { sorted = true }) end,
      "cannot encode a function at .a.b", 1, true)
    assert.error_matches(function() msgpack.encode({ a = { [print] = 1 } }, { sorted = true }) end,
      "cannot encode a function as a key at .a", 1, true)
  end)
end)
