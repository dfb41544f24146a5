-- SPDX-License-Identifier: MIT

--- The bytes of a stream's entries: MessagePack values, one after another.
--
-- In the stream of a channel a message is its content, `[body, sent]`, and a map holds the extras
-- of the messages after it: `origin`, `via` and `retained`, as in the protocol; for a retained
-- value also `keeper`, and `gone` when it is no longer kept (retained.lua). An inbox has requests,
-- `[0, id, channel, body, extras, seconds, boot]`, and responses, `[1, id, error, result]`. Their
-- body and result are bin values that hold MessagePack. So bridges never decode what programs say.
local core = require "copydata.core"
local msgpack = require "copydata.msgpack"

local entry = {}

entry.EXTRAS_ROOM = 24 * 1024 -- bytes that a message may have beside its body: see text and via_of
entry.NOTHING = "\x92\xC0\xC0" -- the content [nil, nil]
entry.REFUSED = "references to remote objects do not cross bridges"

local NIL = "\xC0"
local REFERENCE = "\xC7\x14\x7E" -- how a reference to a remote object begins: ext of 20, type 126
local REFERENCE_TYPE = 126
local VIA_MOST = 16 -- bridges that a message may have crossed
local TEXT_MOST = 1024 -- bytes of a text in extras

-- References ------------------------------------------------------------------------------------

-- Whether a value contains a reference.
local function refers(value)
  local kind = type(value)
  if kind == "userdata" or kind == "table" then
    local meta = getmetatable(value)
    if meta and math.type(value.type) and value.type == REFERENCE_TYPE then
      return type(value.bytes) == "string"
    end
  end
  if kind == "table" then
    for key, item in next, value do
      if refers(key) or refers(item) then
        return true
      end
    end
  end
  return false
end

--- Whether an encoded value contains a reference to a remote object.
function entry.refers(body)
  if not body:find(REFERENCE, 1, true) then
    return false
  end
  local ok, value = pcall(msgpack.decode, body)
  return not ok or refers(value)
end

--- Removes the contents that contain references.
-- @return the others, and how many were removed
function entry.without_references(contents)
  if not contents:find(REFERENCE, 1, true) then
    return contents, 0
  end
  local kept, removed, at = {}, 0, 1
  while at <= #contents do
    local body, _, after = core.content(contents, at)
    if entry.refers(body) then
      removed = removed + 1
    else
      kept[#kept + 1] = contents:sub(at, after - 1)
    end
    at = after
  end
  return table.concat(kept), removed
end

-- Writing ----------------------------------------------------------------------------------------

-- A time as a timestamp of 64 bits; nil if it does not fit there.
local function stamp(sent)
  if sent and sent >= 0 and sent < 1 << 34 then
    local seconds = sent // 1 | 0
    return ("\xD7\xFF" .. (">I8"):pack(((sent - seconds) * 1e9 // 1 | 0) << 34 | seconds))
  end
  return NIL
end

--- Makes a content.
-- @param body encoded
-- @param sent seconds since 1970, or nil
-- @return bytes
function entry.content(body, sent)
  return "\x92" .. body .. stamp(sent)
end

--- Encodes extras.
-- @return bytes
function entry.encode_extras(extras)
  return msgpack.encode(msgpack.map(extras))
end

--- Encodes a request.
-- @param body encoded
-- @param seconds in which it must be answered
-- @param boot of the bridge that it is for
-- @return bytes
function entry.request(id, channel, body, extras, seconds, boot)
  return msgpack.encode(msgpack.array {
    0, id, channel, msgpack.bin(body), msgpack.map(extras), seconds, boot,
  })
end

--- Encodes a response.
-- @param problem nil, or a map with `message`
-- @param result encoded, or nil
-- @return bytes
function entry.response(id, problem, result)
  return msgpack.encode(msgpack.array {
    1, id, problem == nil and msgpack.null or problem, msgpack.bin(result or NIL),
  })
end

-- Reading ----------------------------------------------------------------------------------------

--- A value that was decoded, with nil in place of msgpack.null.
function entry.present(value)
  if value == msgpack.null then
    return nil
  end
  return value
end

local present = entry.present

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
-- @return a list, or nil if the value is none
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

--- Checks extras, and keeps what bridges know.
-- @param value what was decoded, or nil
-- @return `{ origin =, via =, retained =, keeper =, gone = }`, where via is always a list; nil:
-- they are no extras
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

--- Whether a map begins at a position.
function entry.is_map(bytes, at)
  local head = bytes:byte(at)
  return head >> 4 == 8 or head == 0xDE or head == 0xDF
end

--- Decodes the value at a position.
-- @return whether there is one; it; and where the next one begins
function entry.decode(bytes, at)
  local ok, value, after = pcall(msgpack.decode, bytes, { first = at })
  return ok and math.type(after) == "integer", value, after
end

return entry
