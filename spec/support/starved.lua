-- SPDX-License-Identifier: MIT

-- What spec/support/starved.c runs with too little memory: every path through the codec. Without
-- pcall, because the error must get out.

local msgpack = require "copydata.msgpack"

-- The script runs again in the same state; a class is registered once.
local classes = package.loaded["starved.classes"] or { Point = {}, Blob = {} }
package.loaded["starved.classes"] = classes
local Point, Blob = classes.Point, classes.Blob
local Plain = { __msgpack = function(self) return { msgpack.encode(self.inside) } end }
msgpack.register { type = 1, metatable = Point }
msgpack.register { type = 2, metatable = Blob, pack = function(b) return b.bytes end,
  unpack = function(bytes) return setmetatable({ bytes = bytes }, Blob) end }

local value = {
  1, -1, 1.5, "text", "\xff", true, msgpack.null,
  msgpack.bin("bin"), msgpack.ext(5, "abc"), msgpack.timestamp(1, 2),
  msgpack.uint64("0xffffffffffffffff"),
  setmetatable({ x = 1, y = { 2 } }, Point), setmetatable({ bytes = "b" }, Blob),
  setmetatable({ inside = { 1 } }, Plain),
  { name = "a name", [1.5] = true, [false] = {} }, msgpack.map { 1, 2 }, msgpack.array { [3] = 1 },
  -- short enough that Lua 5.4.4 does not box its buffer, because that box does not survive an error
  ("long"):rep(200),
}
for i = 1, 40 do value[#value + 1] = { id = i, ["key" .. i] = i } end

local bytes = msgpack.encode(value)
local back = assert(msgpack.decode(bytes))
assert(#back == #value and getmetatable(back[12]) == Point and back[13].bytes == "b")
assert(#msgpack.encode(value, { sorted = true }) == #bytes)

local parent = setmetatable({ children = {} }, Point)
for i = 1, 20 do parent.children[i] = { parent = parent, brothers = parent.children } end
local graph = assert(msgpack.decode(msgpack.encode(parent, { refs = true }), { refs = true }))
assert(graph.children[20].parent == graph)
assert(msgpack.decode("\xc1") == nil)
