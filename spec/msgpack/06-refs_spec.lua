-- SPDX-License-Identifier: MIT

local msgpack = require "copydata.msgpack"
local hex = require "spec.msgpack.hex"

local REFS = { refs = true }

local function encode(value) return msgpack.encode(value, REFS) end
local function decode(bytes) return msgpack.decode(bytes, REFS) end
local function round(value) return assert(decode(encode(value))) end

local Node = {}
msgpack.register { type = 30, metatable = Node }

describe("refs", function()
  it("off: a table met twice becomes two, and a cycle is an error", function()
    local shared = { 1 }
    local back = msgpack.decode(msgpack.encode { shared, shared })
    assert.same({ { 1 }, { 1 } }, back)
    assert.is_false(back[1] == back[2])
    local cycle = {}
    cycle.x = { cycle }
    assert.error_matches(function() msgpack.encode(cycle) end,
      "cannot encode a cycle at .x[1]", 1, true)
  end)

  it("change no byte if nothing is shared", function()
    for _, value in ipairs { 1, "x", {}, { 1, { 2 } }, { a = { b = {} } } } do
      assert.equal(msgpack.encode(value), encode(value))
      assert.same(value, decode(msgpack.encode(value)))
    end
    assert.is_nil((decode(encode(nil))))
  end)

  it("keep shared tables and cycles", function()
    local shared = { "s" }
    local t = { shared, { shared }, deep = { { shared = shared } } }
    t.self, t.deep.top = t, t
    local back = round(t)
    assert.equal(back[1], back[2][1])
    assert.equal(back[1], back.deep[1].shared)
    assert.equal(back, back.self)
    assert.equal(back, back.deep.top)
    assert.same({ "s" }, back[1])
  end)

  it("have the form that the reference describes", function()
    local shared = { 42 }
    assert.equal("c7 0a 7f 92 91 2a 92 d4 7f 01 d4 7f 01", hex.of(encode { shared, shared }))
    local loop = {}
    loop[1] = loop
    assert.equal("d7 7f 92 91 d4 7f 01 d4 7f 01", hex.of(encode(loop)))
  end)

  it("keep tables that are keys", function()
    local key = { "k" }
    local back = round { [key] = key, list = { key } }
    assert.equal(back.list[1], back[back.list[1]])
  end)

  it("keep marks, and empty tables", function()
    local map, array = msgpack.map { 1, 2 }, {}
    local back = round { map, map, array, array }
    assert.equal(back[1], back[2])
    assert.equal(back[3], back[4])
    assert.equal("82 01 01 02 02", hex.of(msgpack.encode(back[1])))
    assert.equal("90", hex.of(msgpack.encode(back[3])))
  end)

  it("keep long arrays that are shared, or contain references", function()
    local long = {}
    for i = 1, 50 do long[i] = i end
    long[51] = long
    local back = round { long, long }
    assert.equal(51, #back[1])
    assert.equal(50, back[1][50])
    assert.equal(back[1], back[1][51])
    assert.equal(back[1], back[2])
  end)

  it("keep objects and what they share", function()
    local tree = setmetatable({ name = "root", children = {} }, Node)
    for i = 1, 5 do
      tree.children[i] = setmetatable({ parent = tree, siblings = tree.children, i }, Node)
    end
    local back = round { tree = tree, [2] = tree.children }
    assert.equal(Node, getmetatable(back.tree))
    assert.equal("root", back.tree.name)
    for i, child in ipairs(back[2]) do
      assert.equal(Node, getmetatable(child))
      assert.equal(back.tree, child.parent)
      assert.equal(back[2], child.siblings)
      assert.equal(i, child[1])
    end
  end)

  it("preserve what __msgpack returns, and call it once", function()
    local calls = 0
    local object = setmetatable({}, { __msgpack = function()
      calls = calls + 1
      return { calls }
    end })
    local back = round { object, { object } }
    assert.equal(1, calls)
    assert.equal(back[1], back[2][1])
  end)

  it("use no depth for long chains", function()
    local first = { 1 }
    local last = first
    for i = 2, 20000 do
      local node = { i, previous = last }
      last.next, last = node, node
    end
    local node, count = round(first), 0
    while node do
      count = count + 1
      assert(node[1] == count and (not node.next or node.next.previous == node))
      node = node.next
    end
    assert.equal(20000, count)
  end)

  it("report positions in shared tables too", function()
    local shared = { inner = { callback = print } }
    for _, value in ipairs { { a = { shared, shared } }, { a = { shared } } } do
      assert.error_matches(function() encode(value) end,
        "cannot encode a function at .a[1].inner.callback", 1, true)
    end
    local t = { a = {} }
    t.a.up = { t, t.a, [print] = 1 }
    assert.error_matches(function() encode(t) end,
      "cannot encode a function as a key at .a.up", 1, true)
    local s = { print }
    assert.error_matches(function() encode { [s] = s } end, "cannot encode a function at", 1, true)
  end)

  it("are ext values without the option", function()
    local t = {}
    t.t = t
    local value = msgpack.decode(encode(t))
    assert.equal(127, value.type)
    assert.equal(encode(t), msgpack.encode(value))
    assert.error_matches(function() encode { value } end, "ext type 127")
  end)

  it("of an unknown class arrive as one ext", function()
    -- the class is written as if it had type 31, which is not registered
    local object = setmetatable({ 7 }, Node)
    local bytes = encode({ object, object }):gsub("\x1e", "\x1f")
    local back = assert(decode(bytes))
    assert.is_true(back[1] == msgpack.ext(31, "\x91\x07"))
    assert.is_true(rawequal(back[1], back[2]))
  end)

  it("that are invalid are MALFORMED", function()
    for _, case in ipairs {
      { "d4 7f 01", "a reference to nothing at byte 3" },
      { "91 d4 7f 00", "a reference to nothing at byte 4" },
      { "d7 7f 92 91 d4 7f 02 d4 7f 01", "a reference to nothing at byte 7" },
      { "d7 7f 92 91 d4 7f ff d4 7f 01", "a reference to nothing" },
      { "d6 7f 92 91 91 91", "the bytes end inside a value at byte 7" },
      { "c7 03 7f 91 05 06", "bytes after the value in a graph at byte 6" },
      { "c7 05 7f 92 05 d4 7f 01", "a shared value that is not a table" },
      { "c7 07 7f 92 d4 7f 01 d4 7f 01", "a shared value that is not a table" },
      { "d4 7f 90", "a graph of more tables than bytes" },
      { "d6 7f dc ff ff 90", "a graph of more tables than bytes" },
      { "d5 7f 91 05 06", "bytes after the value at byte 5" },
      { "d5 7f 91 c1", "the reserved format 0xc1 at byte 4" },
    } do
      local value, message, code = decode(hex(case[1]))
      assert.is_nil(value)
      assert.equal("MALFORMED", code)
      assert.equal("MALFORMED: " .. case[2], message:sub(1, 11 + #case[2]))
    end
  end)

  it("read a graph from a stream", function()
    local t = {}
    t.t = t
    local bytes = "\1" .. encode(t) .. "\2"
    local graph, at = msgpack.decode(bytes, { refs = true, first = 2 })
    assert.equal(graph, graph.t)
    assert.equal(2, (msgpack.decode(bytes, { first = at })))
  end)
end)
