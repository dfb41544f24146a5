-- SPDX-License-Identifier: MIT

--- Frames made by hand, as other programs would send them, and their verdicts.
local copydata = require "support.copydata"
local unique = require "support.unique"
local window = require "support.window"

local frames = {
  MPK1 = 0x314B504D, -- dwData
  UNHANDLED = 0,
  ACCEPTED = 1,
  BUSY = 2,
  REFUSED = 3,
  MALFORMED = 4,
  TOO_LARGE = 5,
  ABSENT = 6,
  UNPROVEN = 7,
}

--- A str in its 8-bit form.
function frames.str(text)
  assert(#text < 256)
  return "\xd9" .. string.pack("s1", text)
end

--- [2, channel, [body, more...]]
-- @param more the bytes of the `count` further elements
function frames.notification(channel, body, more, count)
  return "\x93\x02" .. frames.str(channel) .. string.char(0x91 + (count or 0)) .. body
    .. (more or "")
end

--- [0, msgid, channel, [body]]; msgid up to 127
function frames.request(msgid, channel, body)
  return "\x94\x00" .. string.char(msgid) .. frames.str(channel) .. "\x91" .. body
end

--- [1, msgid, error, result]; no error if it is nil
function frames.response(msgid, problem, result)
  return "\x94\x01\xce" .. string.pack(">I4", msgid) .. (problem or "\xc0") .. result
end

local function uint(number)
  return "\xce" .. string.pack(">I4", number)
end

--- [3, transfer, index, count, total, bytes]
function frames.fragment(transfer, index, count, total, bytes)
  return "\x96\x03" .. uint(transfer) .. uint(index) .. uint(count) .. uint(total)
    .. "\xc6" .. string.pack(">s4", bytes)
end

--- [4, nonce, token], to put in front of a frame
function frames.proof(nonce, token)
  return "\x93\x04\xcf" .. string.pack(">i8", nonce) .. "\xcf" .. string.pack(">i8", token)
end

--- The msgid of a request, as copydata writes it.
function frames.msgid(request)
  local digits = request:match "^\x94\x00\xce(....)"
  return (string.unpack(">I4", digits))
end

--- The msgid of a request whose first piece this is.
function frames.msgid_in_piece(piece)
  return (string.unpack(">I4", piece:match "\x94\x00\xce(....)"))
end

--- Sends bytes to an endpoint, from a window.
-- @return the verdict
function frames.deliver(endpoint, bytes, sender)
  return window.copydata(endpoint:hwnd(), frames.MPK1, bytes, sender:hwnd(), 5)
end

--- Obtains the proof that frames come from a window of this thread.
-- @param hwnd that of the receiving endpoint
-- @param bytes a frame for which it requires proof
-- @param sender a recorder of the class of endpoints
-- @return the bytes to put in front of frames, and the token
function frames.prove(hwnd, bytes, sender)
  local nonce = 0x0123456789ABCDEF
  local verdict = window.copydata(hwnd, frames.MPK1, frames.proof(nonce, 0) .. bytes,
    sender:hwnd(), 5)
  assert(verdict == frames.UNPROVEN, verdict)
  local posted = assert(sender:tokens()[1], "nothing was posted")
  local from, echo, token = table.unpack(posted)
  assert(from == hwnd & 0xFFFFFFFF and echo == nonce & 0xFFFFFFFF and token ~= 0)
  return frames.proof(nonce, token), token
end

--- Has a stranger (support/stranger.lua) answer the newest request that it got.
-- @return the verdict
function frames.answer(endpoint, stranger, result)
  local _, _, request = stranger:newest()
  return frames.deliver(endpoint, frames.response(frames.msgid(request), nil, result), stranger)
end

--- Makes an endpoint that is on a channel.
-- @return the endpoint; its channel; answer(bytes [, sender [, dwData]]), which returns its verdict
-- on a frame
function frames.receiver(options)
  local endpoint = copydata.new(options)
  local channel = endpoint:channel(unique "r")
  local function answer(bytes, sender, tag)
    return window.copydata(endpoint:hwnd(), tag or frames.MPK1, bytes, sender or 0, 5)
  end
  return endpoint, channel, answer
end

return frames
