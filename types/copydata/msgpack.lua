-- SPDX-License-Identifier: MIT
---@meta copydata.msgpack

--- Converts Lua values to MessagePack and back.
---@class copydata.msgpack
---@field null lightuserdata stands for nil inside arrays and maps
local msgpack = {}

---@class copydata.EncodeOptions
---@field max_depth? integer how deep tables may be nested, 1 to 512; 128
---@field max_size? integer the most bytes that the result may have; no limit
---@field max_keys? integer the most keys other than strings in one map, 8192
---@field refs? boolean true: preserves shared tables and cycles
---@field sorted? boolean true: writes maps in the order of their encoded keys

---@class copydata.DecodeOptions
---@field max_depth? integer how deep arrays and maps may be nested, 1 to 512; 128
---@field max_size? integer the most bytes that the string may have; no limit
---@field max_keys? integer the most keys other than strings in one map, 8192
---@field refs? boolean true: references become the tables they stand for
---@field first? integer decodes one value from this byte on, ignores what follows

--- A string that is encoded as bin.
---@class copydata.Bin: userdata

--- A time to the nanosecond.
---@class copydata.Timestamp: userdata
---@field seconds integer since 1970-01-01
---@field nanoseconds integer 0 to 999999999
---@field tonumber fun(self: copydata.Timestamp): number

--- An integer from 0 to 2^64 - 1.
---@class copydata.Uint64: userdata
---@field tonumber fun(self: copydata.Uint64): number
---@field bits fun(self: copydata.Uint64): integer

--- An ext value of a type that is not registered.
---@class copydata.Ext: userdata
---@field type integer -128 to 127
---@field bytes string

--- A class to register as an ext type.
---@class copydata.Registration
---@field type integer 0 to 126
---@field metatable? table
---@field pack? fun(object: table): string
---@field unpack? fun(bytes: string): any

--- Encodes one value; raises an error for what cannot be encoded.
---@param value any
---@param options? copydata.EncodeOptions
---@return string bytes
function msgpack.encode(value, options) end

--- Decodes the one value that a string holds.
---@param bytes string
---@param options? copydata.DecodeOptions
---@return any value
---@return integer|string|nil next with `first`: the position behind it; or `"NAME: message"`
---@return "MALFORMED"|"TOO_LARGE"|nil code
function msgpack.decode(bytes, options) end

--- Marks a table to be encoded as an array.
---@param t? table
---@return table t
function msgpack.array(t) end

--- Marks a table to be encoded as a map.
---@param t? table
---@return table t
function msgpack.map(t) end

--- A string that is encoded as bin even if it is valid UTF-8.
---@param s string
---@return copydata.Bin bin
function msgpack.bin(s) end

--- A time.
---@param seconds number since 1970-01-01
---@param nanoseconds? integer
---@return copydata.Timestamp timestamp
function msgpack.timestamp(seconds, nanoseconds) end

--- An integer from 0 to 2^64 - 1.
---@param number number|string a whole number, or its digits
---@return copydata.Uint64 uint64
function msgpack.uint64(number) end

--- An ext value.
---@param type integer -128 to 127, and not -1
---@param bytes string
---@return copydata.Ext ext
function msgpack.ext(type, bytes) end

--- Registers a class as an ext type, permanently for this Lua state.
---@param class copydata.Registration
function msgpack.register(class) end

return msgpack
