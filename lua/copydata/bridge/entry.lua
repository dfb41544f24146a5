-- SPDX-License-Identifier: MIT

--- What the engine carries: the bytes of an entry, one MessagePack message after another.
--
-- A notification is `[body, sent, extras]`, as in the protocol: `sent` a timestamp or nil, `extras`
-- a map with `origin`, `via` and `retained`, as far as there are; for what is retained `keeper`,
-- whose it is, and `gone` when it is no more, see retained.lua. In an inbox, a request is `[0, id,
-- channel, [body, sent, extras], seconds, boot]` and its response `[1, id, error, result]`.
local msgpack = require "copydata.msgpack"

local entry = {}

entry.EXTRAS_ROOM = 24 * 1024 -- bytes that a message may have beside its body: see text and via_of

local NIL = "\xC0"
local REFUSED = "references to remote objects do not cross a bridge"
local REFERENCE = "\xC7\x14\x7E" -- how a reference to a remote object begins: ext of 20, type 126
local REFERENCE_TYPE = 126
local OPTIONS = { max_depth = 136 } -- more than a body may have: some levels are ours
local VIA_MOST = 16 -- bridges that a message may have crossed
local TEXT_MOST = 1024 -- bytes of what an origin tells

local function present(value)
  if value == msgpack.null then
    return nil
  end
  return value
end

local function absent(value)
  if value == nil then
    return msgpack.null
  end
  return value
end

-- Whether a value has a reference in it.
local function refers(value, depth)
  if type(value) == "userdata" or type(value) == "table" then
    local kind = getmetatable(value) and math.type(value.type) and value.type
    if kind == REFERENCE_TYPE and type(value.bytes) == "string" then
      return true
    end
  end
  if type(value) == "table" and depth > 0 then
    for key, item in next, value do
      if refers(key, depth - 1) or refers(item, depth - 1) then
        return true
      end
    end
  end
  return false
end

-- Encodes what is in a list, of which nothing may be a reference.
local function encode(list, body)
  local ok, bytes = pcall(msgpack.encode, msgpack.array(list), OPTIONS)
  if not ok then
    return nil, bytes
  elseif bytes:find(REFERENCE, 1, true) and refers(body, OPTIONS.max_depth) then
    return nil, REFUSED
  end
  return bytes
end

local function inner(body, sent, extras)
  return msgpack.array { absent(body), sent and msgpack.timestamp(sent) or msgpack.null,
    extras or msgpack.map {} }
end

-- A time as a timestamp of 64 bits; nil where it is none that fits there.
local function stamp(sent)
  if sent and sent >= 0 and sent < 1 << 34 then
    local seconds = sent // 1 | 0
    return ("\xD7\xFF" .. (">I8"):pack(((sent - seconds) * 1e9 // 1 | 0) << 34 | seconds))
  end
  return NIL
end

--- Encodes a notification but for its extras, which are to follow: those of a message before it in
-- the entry are said by nil.
-- @param sent seconds since 1970, or nil
-- @return bytes; or nil and why not
function entry.notification(body, sent)
  local ok, bytes = pcall(msgpack.encode, body, OPTIONS)
  if not ok then
    return nil, bytes
  elseif bytes:find(REFERENCE, 1, true) and refers(body, OPTIONS.max_depth) then
    return nil, REFUSED
  end
  return "\x93" .. bytes .. stamp(sent)
end

--- Encodes extras.
-- @return bytes
function entry.encode_extras(extras)
  return msgpack.encode(msgpack.map(extras), OPTIONS)
end

entry.SAME = NIL -- extras: those of the message before

--- Encodes a request.
-- @param seconds in which it is to be answered
-- @param boot of the bridge that it is for
-- @return bytes; or nil and why not
function entry.request(id, channel, body, sent, extras, seconds, boot)
  return encode({ 0, id, channel, inner(body, sent, extras), seconds, boot }, body)
end

--- Encodes a response.
-- @param problem nil, or a map with `message`
-- @return bytes; or nil and why not
function entry.response(id, problem, result)
  return encode({ 1, id, absent(problem), absent(result) }, result)
end

-- Reading ----------------------------------------------------------------------------------------

local function text(value)
  return type(value) == "string" and #value <= TEXT_MOST and utf8.len(value) and value or nil
end

local function boolean(value)
  if type(value) == "boolean" then
    return value
  end
end

local function origin_of(value)
  if type(value) == "table" then
    local origin = { desktop = text(value.desktop), exe = text(value.exe), user = text(value.user) }
    return next(origin) and origin or nil
  end
end

-- The names of bridges.
-- @return a list, or nil when it is none
local function via_of(value)
  local via = {}
  if value ~= nil then
    if type(value) ~= "table" or #value > VIA_MOST then
      return nil
    end
    for i = 1, #value do
      via[i] = text(value[i])
      if not via[i] then
        return nil
      end
    end
  end
  return via
end

--- What is known of the extras of a message; others' words are checked.
-- @return `{ origin =, via =, retained =, keeper =, gone = }`, via always a list; or nil: they are
-- no extras
function entry.extras(value)
  value = present(value)
  if value ~= nil and type(value) ~= "table" then
    return nil
  end
  value = value or {}
  local via = via_of(present(rawget(value, "via")))
  return via and {
    origin = origin_of(rawget(value, "origin")),
    via = via,
    retained = boolean(rawget(value, "retained")),
    keeper = text(rawget(value, "keeper")),
    gone = boolean(rawget(value, "gone")),
  }
end

--- What the inner array of a message holds.
-- @param[opt] before the extras of the message before it
-- @return whether it is one; the body; seconds since 1970 or nil; extras
function entry.open(value, before)
  if type(value) ~= "table" or getmetatable(value) and #value == 0 then
    return false
  end
  local extras = before and present(value[3]) == nil and before or entry.extras(value[3])
  local ok, sent = true, present(value[2])
  if sent ~= nil then
    ok, sent = pcall(function() return sent:tonumber() end)
  end
  if not extras or not ok or math.type(sent) == nil and sent ~= nil then
    return false
  end
  return true, present(value[1]), sent, extras
end

--- Goes through the messages of an entry: `for value, size in entry.values(bytes) do`. Of bytes
-- that are no MessagePack value is false, and there is nothing more.
-- @return an iterator
function entry.values(bytes)
  local at = 1
  return function()
    if not at or at > #bytes then
      return nil
    end
    local from = at
    local ok, value, after =
      pcall(msgpack.decode, bytes, { first = at, max_depth = OPTIONS.max_depth })
    if ok and math.type(after) == "integer" then
      at = after
      return absent(value), after - from
    end
    at = nil
    return false, #bytes - from + 1 -- a message is an array, never false
  end
end

entry.present = present

return entry
