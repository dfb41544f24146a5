-- SPDX-License-Identifier: MIT

--- Converts Lua values to MessagePack and back, as copydata's messages require. The module can be
-- used alone, on every platform.
--
--     local msgpack = require "copydata.msgpack"
--     local bytes = msgpack.encode { file = "main.lua", lines = { 3, 4 } }
--     print(msgpack.decode(bytes).lines[2])
--
-- Integers stay integers and floats stay floats. Strings of valid UTF-8 become str, others bin.
-- Tables whose keys are 1 to n, and empty tables, become arrays, others maps. For details, see
-- docs/msgpack.md.
--
-- @module copydata.msgpack

require "copydata.needs_lua"
local core = require("copydata.core").msgpack

local msgpack = {}

--- Encodes one value.
--
-- Raises an error that says what cannot be encoded and where: functions, threads, other libraries'
-- userdata, cycles, tables nested too deep. `cannot encode a function at .items[3].callback`.
--
-- @function encode
-- @param value nil, a boolean, number, string or table, or one of the kinds below
-- @tparam[opt] table options
-- @tparam[opt=128] integer options.max_depth how deep tables may be nested, 1 to 512; an object of
--   a registered class without pack counts as two levels
-- @tparam[opt] integer options.max_size the most bytes that the result may have; default: no limit
-- @tparam[opt=8192] integer options.max_keys the most keys other than strings in one map
-- @tparam[opt=false] boolean options.refs preserves shared tables and cycles: a table met again
--   becomes a reference, which decode understands with refs
-- @tparam[opt=false] boolean options.sorted writes maps in the order of their encoded keys; not
--   with refs
-- @return the MessagePack, a string
msgpack.encode = core.encode

--- Decodes the one value that a string holds.
--
-- Invalid bytes raise no error. Empty arrays and maps get the marks of `array` and `map`, and so do
-- maps all of whose keys are integers above 0, so encoding them again gives the same.
--
-- @function decode
-- @tparam string bytes MessagePack
-- @tparam[opt] table options
-- @tparam[opt=128] integer options.max_depth how deep arrays and maps may be nested, 1 to 512
-- @tparam[opt] integer options.max_size the most bytes that the string may have; default: no limit
-- @tparam[opt=8192] integer options.max_keys the most keys other than strings in one map; colliding
--   keys take time quadratic in their number
-- @tparam[opt=false] boolean options.refs references become the tables they stand for, so the
--   result may contain cycles; otherwise they are ext values of type 127
-- @tparam[opt] integer options.first decodes one value from this byte on, counted from 1, and
--   ignores what follows
-- @return the value; with `first`, also the position after it. Or nil, "NAME: message", "NAME":
-- MALFORMED (the message says what is wrong and at which byte, counted from 1), TOO_LARGE
msgpack.decode = core.decode

--- Stands for nil inside arrays and maps, where Lua has no nil: nils decode to it, and it encodes
-- as nil. A light userdata, equal to lua-cjson's null.
msgpack.null = core.null

--- Marks a table to be encoded as an array: an empty table, or a table with holes, which become
-- nils (at most 65,536). Encoding a marked table with any other key raises an error. The mark is a
-- metatable; a table with another metatable raises.
--
-- @function array
-- @tparam[opt={}] table t
-- @return t
msgpack.array = core.array

--- Marks a table to be encoded as a map: an empty table, or a table with the keys 1 to n. The mark
-- is a metatable; a table with another metatable raises.
--
-- @function map
-- @tparam[opt={}] table t
-- @return t
msgpack.map = core.map

--- A string that is encoded as bin even if it is valid UTF-8. It decodes to a string.
--
-- Compares by `==`; `tostring` returns the string and `#` its length.
--
-- @function bin
-- @tparam string s
-- @treturn userdata
msgpack.bin = core.bin

--- A time: a value of ext type -1, which decodes to this.
--
-- Fields: `seconds`, `nanoseconds`. Method: `tonumber()`, seconds as a float. Compares by `==`, `<`
-- and `<=`; prints as ISO 8601 in UTC.
--
-- @function timestamp
-- @tparam number seconds since 1970-01-01, without leap seconds; may have a fraction only if
--   nanoseconds are omitted
-- @tparam[opt=0] integer nanoseconds 0 to 999999999
-- @treturn userdata
msgpack.timestamp = core.timestamp

--- An integer from 0 to 2^64 - 1: a uint 64 above `math.maxinteger` decodes to this.
--
-- Methods: `tonumber()`, a float; `bits()`, an integer of the same 64 bits. Compares exactly, by
-- `==` with its own kind, and by `<` and `<=` with numbers too; prints as digits.
--
-- @function uint64
-- @tparam integer|number|string number a whole number, or its digits, or 0x and hexadecimal digits
-- @treturn userdata
msgpack.uint64 = core.uint64

--- An ext value of a type that is not registered: such an ext decodes to this.
--
-- Fields: `type`, `bytes`. Compares by `==`.
--
-- @function ext
-- @tparam integer type -128 to 127, except -1, which is the timestamp's
-- @tparam string bytes
-- @treturn userdata
msgpack.ext = core.ext

--- Registers a class as an ext type, permanently for this Lua state.
--
-- With `metatable` alone, the fields of its objects are encoded, and decoded objects get the
-- metatable back. With `pack`, the string it returns is encoded, and `unpack` makes an object from
-- it; errors in pack are raised by encode, errors in unpack make the bytes malformed. With `unpack`
-- alone, values of the type can be read but not written. Raises if the type is registered for
-- another metatable.
--
-- Objects whose metatable has `__msgpack` need no type: that function gets the object and returns
-- the value to encode in its place.
--
-- @function register
-- @tparam table class
-- @tparam integer class.type 0 to 126
-- @tparam[opt] table class.metatable
-- @tparam[opt] function class.pack object to string
-- @tparam[opt] function class.unpack string to object
msgpack.register = core.register

return msgpack
