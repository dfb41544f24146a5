-- SPDX-License-Identifier: MIT

-- Measures the peak memory of a codec, in a separate process, for the 100,000 records of
-- bench/sets.lua.
--
--   lua bench/memory.lua prepare FOLDER             writes the files for the measurements
--   lua bench/memory.lua DIRECTION CODEC FOLDER     measures; DIRECTION is encode or decode
--
-- Prints `memory DIRECTION CODEC MEGABYTES`: how far the memory of the process rises above what it
-- was with only the value, or the bytes, in it. When decoding, this includes the decoded value.

local sets = require "sets"

local direction, codec, folder = ...
if direction == "prepare" then
  folder = codec
end

local function read(name)
  local file <close> = assert(io.open(folder .. "/" .. name, "rb"))
  return file:read "a"
end

local function write(name, bytes)
  local file = assert(io.open(folder .. "/" .. name, "wb"))
  assert(file:write(bytes))
  file:close()
end

-- Bytes, as the kernel counts them, so including what C allocates outside Lua.
local function status(field)
  for line in io.lines "/proc/self/status" do
    local kilobytes = line:match("^" .. field .. ":%s*(%d+) kB")
    if kilobytes then return kilobytes * 1024 end
  end
end

local function forget_peak()
  local file = assert(io.open("/proc/self/clear_refs", "w"))
  assert(file:write "5")
  file:close()
end

local codecs = {
  ["copydata"] = function()
    local msgpack = require "copydata.msgpack"
    return msgpack.encode, msgpack.decode, "records.msgpack"
  end,
  ["cjson"] = function()
    local cjson = require "cjson"
    return cjson.encode, cjson.decode, "records.json"
  end,
  ["lua-messagepack"] = function()
    local other = require "MessagePack"
    return other.pack, other.unpack, "records.msgpack"
  end,
}

if direction == "prepare" then
  for _, set in ipairs(sets) do
    if set.name == "records" then
      local value = set.make(100000)
      for _, name in ipairs { "copydata", "cjson" } do
        local encode, _, file = codecs[name]()
        write(file, encode(value))
      end
    end
  end
  return
end

-- Our decoder makes the value: it leaves no garbage whose memory could be reused.
local encode, decode, file = codecs[codec]()
local f, argument
if direction == "encode" then
  f, argument = encode, require("copydata.msgpack").decode(read "records.msgpack")
else
  f, argument = decode, read(file)
end
collectgarbage()
collectgarbage()
forget_peak()
local before = status "VmRSS"
local result = f(argument)
print(("memory %s %s %.1f MB"):format(direction, codec, (status "VmHWM" - before) / 1e6))
assert(result)
