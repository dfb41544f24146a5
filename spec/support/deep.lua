-- SPDX-License-Identifier: MIT

-- What spec/support/starved.c runs with enough memory, while it checks the bytes behind each block:
-- values of the greatest depth allowed, each of whose levels uses some of Lua's stack, in
-- coroutines, which start with little of it.

local msgpack = require "copydata.msgpack"

-- The script runs twice in the same state; a class is registered once.
local Point = package.loaded["deep.Point"] or {}
package.loaded["deep.Point"] = Point
local Plain = { __msgpack = function(self) return { self.inside } end }
msgpack.register { type = 1, metatable = Point }

local levels = {
  function(t) return { t } end,
  function(t) return { 1, 2, 3, 4, 5, 6, 7, 8, t } end,
  function(t) return { [t] = 1 } end,
  function(t) return { a = t } end,
  function(t) return setmetatable({ t }, Point) end,
  function(t) return setmetatable({ inside = t }, Plain) end,
}
local function try(level, depth, options)
  local t = { 1, 2, 3, 4, 5, 6, 7, 8, 9 }
  for _ = 1, depth do t = level(t) end
  local bytes = coroutine.wrap(msgpack.encode)(t, options)
  assert(coroutine.wrap(msgpack.decode)(bytes, { max_depth = 512, refs = options.refs }))
  bytes = coroutine.wrap(msgpack.encode)({ t }, options) -- checks the stack every few levels
  assert(coroutine.wrap(msgpack.decode)(bytes, { max_depth = 512, refs = options.refs }))
end

for _, level in ipairs(levels) do
  for _, options in ipairs { { max_depth = 512 }, { max_depth = 512, sorted = true },
    { max_depth = 512, refs = true } } do
    for depth = 1, 12 do try(level, depth, options) end
    try(level, 250, options)
  end
end
