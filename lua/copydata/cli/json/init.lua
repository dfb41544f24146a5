-- SPDX-License-Identifier: MIT

--- Converts values of messages to JSON and back without loss, with dkjson. What JSON cannot express
-- is an object with one key that begins with a dollar sign: see docs/cli.md.
local base64 = require "copydata.cli.json.base64"
local dkjson = require "dkjson"
local exact = require "copydata.cli.json.float"
local msgpack = require "copydata.msgpack"

local json = {}

local ARRAY, MAP = getmetatable(msgpack.array {}), getmetatable(msgpack.map {})

-- To JSON ----------------------------------------------------------------------------------------

local literal = { __tojson = function(self) return self[1] end }

-- A number that dkjson writes as it is.
local function number(text)
  return setmetatable({ text }, literal)
end

local function object(fields, order)
  return setmetatable(fields, { __jsontype = "object", __jsonorder = order })
end

--- An object whose keys are written in this order.
function json.ordered(fields, order)
  return object(fields, order)
end

local function float(value)
  if value ~= value then
    return { ["$float"] = "nan" }
  elseif value == math.huge or value == -math.huge then
    return { ["$float"] = value > 0 and "inf" or "-inf" }
  end
  return number(exact(value))
end

local convert

-- Whether all keys are 1 to n.
local function is_list(value)
  local count = 0
  for key in next, value do
    if math.type(key) ~= "integer" or key < 1 then
      return false
    end
    count = count + 1
  end
  return count == #value
end

local function list(value)
  local items = {}
  for i = 1, #value do
    items[i] = convert(value[i])
  end
  return items
end

-- Whether JSON can express the keys, and the object cannot be mistaken for one of ours.
local function is_plain(value)
  for key in next, value do
    if type(key) ~= "string" or not utf8.len(key) then
      return false
    end
  end
  local key = next(value)
  return key == nil or next(value, key) ~= nil or key:sub(1, 1) ~= "$"
end

local function map(value)
  if not is_plain(value) then
    local pairs_of = {}
    for key, item in next, value do
      pairs_of[#pairs_of + 1] = { convert(key), convert(item) }
    end
    return { ["$map"] = pairs_of }
  end
  local fields, order = {}, {}
  for key, item in next, value do
    order[#order + 1] = key
    fields[key] = convert(item)
  end
  table.sort(order)
  if math.type(fields.n) == "integer" then -- dkjson would take it for an array's length
    fields.n = number(tostring(fields.n))
  end
  return object(fields, order)
end

local userdata = {}

userdata["msgpack.bin"] = function(value)
  return { ["$bin"] = base64.encode(tostring(value)) }
end

userdata["msgpack.timestamp"] = function(value)
  return { ["$timestamp"] = { value.seconds, value.nanoseconds } }
end

userdata["msgpack.uint64"] = function(value)
  return { ["$uint64"] = tostring(value) }
end

userdata["msgpack.ext"] = function(value)
  return { ["$ext"] = { value.type, base64.encode(value.bytes) } }
end

function convert(value)
  local kind = type(value)
  if value == nil or value == msgpack.null then
    return dkjson.null
  elseif kind == "string" then
    return utf8.len(value) and value or { ["$bin"] = base64.encode(value) }
  elseif math.type(value) == "float" then
    return float(value)
  elseif kind == "userdata" then
    return userdata[getmetatable(value).__name](value)
  elseif kind == "table" then
    local mark = getmetatable(value)
    local is_array = mark == ARRAY or (mark ~= MAP and is_list(value))
    return is_array and list(value) or map(value)
  end
  return value
end

--- Converts a message's value for `json.encode`.
json.value = convert

--- A time in seconds since 1970, to the microsecond.
function json.time(seconds)
  return seconds and number(("%.6f"):format(seconds))
end

--- A number with one digit after the point.
function json.rounded(value)
  return number(("%.1f"):format(value))
end

--- Encodes what the functions above return, on one line.
function json.encode(value)
  return (dkjson.encode(value))
end

-- From JSON --------------------------------------------------------------------------------------

local FLOATS = { nan = 0 / 0, inf = math.huge, ["-inf"] = -math.huge }

local restore

local function bytes_of(text, form)
  local bytes = type(text) == "string" and base64.decode(text)
  if not bytes then
    error(form .. ": expected base64", 0)
  end
  return bytes
end

local function pair_of(item, form)
  if type(item) ~= "table" or #item ~= 2 then
    error(form .. ": expected an array of two", 0)
  end
  return restore(item[1]), restore(item[2])
end

local forms = {}

forms["$bin"] = function(item, form)
  return msgpack.bin(bytes_of(item, form))
end

forms["$float"] = function(item, form)
  return FLOATS[item] or error(form .. ': expected "nan", "inf" or "-inf"', 0)
end

forms["$uint64"] = function(item)
  return msgpack.uint64(item)
end

forms["$timestamp"] = function(item, form)
  return msgpack.timestamp(pair_of(item, form))
end

forms["$ext"] = function(item, form)
  local kind, text = pair_of(item, form)
  return msgpack.ext(kind, bytes_of(text, form))
end

forms["$map"] = function(item, form)
  if getmetatable(item) ~= ARRAY then
    error(form .. ": expected an array of pairs", 0)
  end
  local fields = msgpack.map {}
  for _, entry in ipairs(item) do
    local key, value = pair_of(entry, form)
    if key == nil or key ~= key then
      error(form .. ": null and NaN cannot be keys", 0)
    end
    fields[key] = value
  end
  return fields
end

function restore(value)
  if type(value) ~= "table" then
    return value
  end
  local key, item = next(value)
  local form = getmetatable(value) == MAP and next(value, key) == nil and forms[key]
  if form then
    return form(item, key)
  end
  for name, field in next, value do
    value[name] = restore(field)
  end
  return value
end

--- Reads one value.
-- @return true and the value; or false and what is wrong with it
function json.decode(text)
  local ok, value, position, problem = pcall(dkjson.decode, text, 1, msgpack.null, MAP, ARRAY)
  if not ok then
    if not value:find "stack overflow" then
      error(value, 0) -- such as Ctrl+C
    end
    return false, "nested too deeply"
  elseif problem then
    return false, problem
  end
  local rest = text:match("^%s*(.*)", position)
  if rest ~= "" then
    return false, ("unexpected text after the value, at byte %d"):format(#text - #rest + 1)
  end
  if value == msgpack.null then
    return true, nil
  end
  return pcall(restore, value)
end

return json
