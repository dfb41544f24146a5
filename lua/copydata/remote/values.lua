-- SPDX-License-Identifier: MIT

--- Arguments and results of calls as bytes, with references to objects in them. For remote.lua.
--
-- The bytes are a MessagePack array of the values and, last, their number, since nils count. A
-- reference is an ext of type 126: the window, the process and the id of an object, as
-- little-endian integers of 8, 4 and 8 bytes.
local msgpack = require "copydata.msgpack"

local values = {}

local EXT_TYPE = 126
local FORMAT = "<I8I4i8"
local VALUES_MOST = 250 -- of one call: Lua's own limit for most things of this kind

-- The handler of references during encoding and decoding; see encode and decode.
local current

--- An object that travels by reference; made by `remote.reference`.
local Reference = { __name = "copydata.remote.reference" }

function Reference:__msgpack()
  if not current then
    error("a reference travels in remote calls only: pass it to a method, or return it from one", 0)
  end
  return values.ext(current:export(self.object, self.methods))
end

--- Makes an object travel by reference.
function values.reference(object, methods)
  return setmetatable({ object = object, methods = methods }, Reference)
end

--- A reference as an ext value.
function values.ext(hwnd, pid, id)
  return msgpack.ext(EXT_TYPE, FORMAT:pack(hwnd, pid, id))
end

msgpack.register {
  type = EXT_TYPE,
  unpack = function(bytes)
    if not current or not current.import then
      return msgpack.ext(EXT_TYPE, bytes)
    elseif #bytes ~= FORMAT:packsize() then
      error("a reference of the wrong length", 0)
    end
    return current:import(FORMAT:unpack(bytes))
  end,
}

-- Runs a function of the codec with a handler of references.
local function with(handler, f, value)
  local before = current
  current = handler
  local ok, result, problem = pcall(f, value)
  current = before
  if not ok then
    error(result, 0)
  end
  return result, problem
end

--- Encodes values. Raises if one cannot be encoded.
-- @param handler `handler:export(object, methods)` returns the window, process and id to send for
-- an object
-- @return the bytes
function values.encode(handler, ...)
  local count = select("#", ...)
  if count > VALUES_MOST then
    error(("%d values, the limit is %d: pass a table"):format(count, VALUES_MOST), 0)
  end
  return with(handler, msgpack.encode, msgpack.array { [count + 1] = count, ... })
end

--- Decodes values.
-- @param handler `handler:import(hwnd, pid, id)` returns the object or proxy for a reference
-- @return a list of them, which may contain nils, and their number; or nil and what is wrong with
-- the bytes
function values.decode(handler, bytes)
  local list, problem = with(handler, msgpack.decode, bytes)
  -- An object of a class that the script has registered is no list.
  local last = type(list) == "table" and not getmetatable(list) and #list or 0
  local count = last > 0 and list[last]
  if math.type(count) ~= "integer" or count ~= last - 1 or count > VALUES_MOST then
    return nil, problem or "MALFORMED: not a list of values"
  end
  for i = 1, count do
    if list[i] == msgpack.null then
      list[i] = nil
    end
  end
  return list, count
end

return values
