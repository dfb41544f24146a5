-- SPDX-License-Identifier: MIT

--- Lua values to MessagePack and back: what copydata puts into its messages, and of use by itself,
-- on every platform.
--
--     local msgpack = require "copydata.msgpack"
--     local bytes = msgpack.encode { file = "main.lua", lines = { 3, 4 } }
--     print(msgpack.decode(bytes).lines[2])
--
-- @module copydata.msgpack

local core = require("copydata.core").msgpack

local msgpack = {}

--- Encodes one value.
--
-- Integers, floats, booleans, strings and tables become what they are; nil and `null` become nil.
-- A table whose keys are 1 to n, and the empty table, become arrays, all others maps; `array` and
-- `map` say otherwise. Raises an error that says what cannot be encoded and where:
-- `cannot encode a function at .items[3].callback`.
--
-- @function encode
-- @param value any value but functions, threads, and the userdata of others
-- @treturn string MessagePack
msgpack.encode = core.encode

--- Decodes the one value that a string holds.
--
-- @function decode
-- @tparam string bytes MessagePack
-- @return the value; or nil, `"MALFORMED: what at byte n"` and `"MALFORMED"` when bytes are not
--   one valid value and nothing else. Bytes are counted from 1.
msgpack.decode = core.decode

--- Stands for nil inside arrays and maps, where Lua has no nil: nils decode to it, and it encodes
-- as nil. A light userdata, equal to the null of lua-cjson.
msgpack.null = core.null

--- Marks a table to be encoded as an array: the empty table, and tables with holes, which become
-- nils. Empty arrays carry the mark when they are decoded. It is a metatable.
--
-- @function array
-- @tparam[opt={}] table t
-- @treturn table t
msgpack.array = core.array

--- Marks a table to be encoded as a map: the empty table, and tables with the keys 1 to n. Empty maps,
-- and those that would become arrays, carry the mark when they are decoded. It is a metatable.
--
-- @function map
-- @tparam[opt={}] table t
-- @treturn table t
msgpack.map = core.map

msgpack.bin, msgpack.ext, msgpack.timestamp, msgpack.uint64 = core.bin, core.ext, core.timestamp, core.uint64
msgpack.register = core.register

return msgpack
