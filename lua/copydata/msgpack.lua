-- SPDX-License-Identifier: MIT

--- Lua values to MessagePack and back: what copydata puts into its messages, and of use by itself,
-- on every platform.
--
--     local msgpack = require "copydata.msgpack"
--     local bytes = msgpack.encode { file = "main.lua", lines = { 3, 4 } }
--     print(msgpack.decode(bytes).lines[2])
--
-- Integers stay integers and floats floats; strings of valid UTF-8 go as str and others as bin;
-- tables whose keys are 1 to n, and empty ones, go as arrays and others as maps. docs/msgpack.md
-- has the whole of it.
--
-- @module copydata.msgpack

require "copydata.needs_lua"
local core = require("copydata.core").msgpack

local msgpack = {}

--- Encodes one value.
--
-- Raises an error that says what cannot be encoded and where: functions, threads, userdata of
-- others, cycles, what is nested too deep. `cannot encode a function at .items[3].callback`.
--
-- @function encode
-- @param value nil, a boolean, number, string or table, or one of the kinds below
-- @tparam[opt] table options
-- @tparam[opt=128] integer options.max_depth how many tables may be inside each other, 1 to 512;
--   an object of a registered class that has no pack counts as two
-- @tparam[opt] integer options.max_size bytes that the value may become; without it, any number
-- @tparam[opt=8192] integer options.max_keys keys that are not strings in one map
-- @tparam[opt=false] boolean options.refs shared tables and cycles survive: a table that is met
--   again becomes a reference, for a decode with refs
-- @tparam[opt=false] boolean options.sorted maps are written in the order of their encoded keys;
--   not with refs
-- @treturn string MessagePack
msgpack.encode = core.encode

--- Decodes the one value that a string holds.
--
-- Bad bytes raise nothing. Arrays and maps that are empty carry the marks of `array` and `map`,
-- and so do maps all of whose keys are integers above 0: they are encoded as what they were.
--
-- @function decode
-- @tparam string bytes MessagePack
-- @tparam[opt] table options
-- @tparam[opt=128] integer options.max_depth how many arrays and maps may be inside each other, 1
--   to 512
-- @tparam[opt] integer options.max_size how many bytes there may be; without it, any number
-- @tparam[opt=8192] integer options.max_keys keys that are not strings in one map; colliding keys
--   take time by the square of it
-- @tparam[opt=false] boolean options.refs references become the tables they stand for; without it
--   they are ext values of type 127. There may be cycles then
-- @tparam[opt] integer options.first decodes one value from this byte on, counted from 1, whatever
--   is behind it
-- @return[1] the value; with first, also the position behind it
-- @return[2] nil
-- @treturn[2] string `"MALFORMED: what at byte n"`, bytes counted from 1; or `"TOO_LARGE: ..."`
-- @treturn[2] string `"MALFORMED"` or `"TOO_LARGE"`
msgpack.decode = core.decode

--- Stands for nil inside arrays and maps, where Lua has no nil: nils decode to it, and it encodes
-- as nil. A light userdata, equal to the null of lua-cjson.
msgpack.null = core.null

--- Marks a table to be encoded as an array: the empty table, and tables with holes, at most 65,536,
-- which become nils. Any other key then is an error of encode. The mark is a metatable; a table
-- that has another one raises.
--
-- @function array
-- @tparam[opt={}] table t
-- @treturn table t
msgpack.array = core.array

--- Marks a table to be encoded as a map: the empty table, and tables with the keys 1 to n. The mark
-- is a metatable; a table that has another one raises.
--
-- @function map
-- @tparam[opt={}] table t
-- @treturn table t
msgpack.map = core.map

--- A string that is encoded as bin though it may be valid UTF-8. It decodes to a string.
--
-- Compares by `==`; `tostring` gives the string and `#` its length.
--
-- @function bin
-- @tparam string s
-- @treturn userdata
msgpack.bin = core.bin

--- A time, ext type -1: what such an ext decodes to.
--
-- Fields: `seconds`, `nanoseconds`. Method: `tonumber()`, seconds as a float. Compares by `==`,
-- `<` and `<=`; prints as ISO 8601 in UTC.
--
-- @function timestamp
-- @tparam number seconds since 1970-01-01, a leap second not counted; with a fraction only when
--   nanoseconds are left out
-- @tparam[opt=0] integer nanoseconds 0 to 999999999
-- @treturn userdata
msgpack.timestamp = core.timestamp

--- An integer from 0 to 2^64 - 1: what an uint 64 above `math.maxinteger` decodes to.
--
-- Methods: `tonumber()`, a float; `bits()`, an integer of the same 64 bits. Compares exactly, by
-- `==` with others of its kind, by `<` and `<=` with numbers too; prints as digits.
--
-- @function uint64
-- @tparam integer|number|string number a whole number, or its digits, or 0x and hexadecimal digits
-- @treturn userdata
msgpack.uint64 = core.uint64

--- An ext value with no registration: what an ext decodes to when nobody registered its type.
--
-- Fields: `type`, `bytes`. Compares by `==`.
--
-- @function ext
-- @tparam integer type -128 to 127, and not -1, which is the timestamp's
-- @tparam string bytes
-- @treturn userdata
msgpack.ext = core.ext

--- Makes a class an ext type, for this Lua state and for good.
--
-- With `metatable` alone the fields of its objects travel, and are given the metatable again. With
-- `pack` the string that it returns travels, and `unpack` makes an object of it; errors of pack
-- leave encode, those of unpack make the bytes malformed. With `unpack` alone, values of the type
-- are read and none are written. Raises when the type is registered for another metatable.
--
-- Objects need no number whose metatable has `__msgpack`: a function that is given the object and
-- returns what is encoded in its place.
--
-- @function register
-- @tparam table class
-- @tparam integer class.type 0 to 126
-- @tparam[opt] table class.metatable
-- @tparam[opt] function class.pack object to string
-- @tparam[opt] function class.unpack string to object
msgpack.register = core.register

return msgpack
