-- SPDX-License-Identifier: MIT

--- Frames by hand, and what is answered to them: as a program that we did not write has them.
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
-- @param more the bytes of `count` further elements
function frames.notification(channel, body, more, count)
  return "\x93\x02" .. frames.str(channel) .. string.char(0x91 + (count or 0)) .. body
    .. (more or "")
end

--- [0, msgid, channel, [body]]; msgid up to 127
function frames.request(msgid, channel, body)
  return "\x94\x00" .. string.char(msgid) .. frames.str(channel) .. "\x91" .. body
end

--- [1, msgid, error, result]; nil for the error is none
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

--- [4, nonce, token], to be put in front of a frame
function frames.proof(nonce, token)
  return "\x93\x04\xcf" .. string.pack(">i8", nonce) .. "\xcf" .. string.pack(">i8", token)
end

--- The number of a request, as copydata writes it.
function frames.msgid(request)
  local digits = request:match "^\x94\x00\xce(....)"
  return (string.unpack(">I4", digits))
end

--- The number of a request of which this is the first piece.
function frames.msgid_in_piece(piece)
  return (string.unpack(">I4", piece:match "\x94\x00\xce(....)"))
end

--- Delivers bytes to an endpoint, from a window.
-- @return the verdict
function frames.deliver(endpoint, bytes, sender)
  return window.copydata(endpoint:hwnd(), frames.MPK1, bytes, sender:hwnd(), 5)
end

--- What proves to an endpoint that frames come from a window of this thread.
-- @param hwnd the endpoint's
-- @param bytes a frame for which it wants proof
-- @param sender a recorder of the class of endpoints
-- @return what to put in front of them, and the token
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

--- Has a stranger (support/stranger.lua) answer the last request that it got.
-- @return the verdict
function frames.answer(endpoint, stranger, result)
  local _, _, request = stranger:newest()
  return frames.deliver(endpoint, frames.response(frames.msgid(request), nil, result), stranger)
end

--- An endpoint that is on a channel.
-- @return the endpoint; its channel; answer(bytes [, sender [, dwData]]): how it answers a frame
function frames.receiver(options)
  local endpoint = copydata.new(options)
  local channel = endpoint:channel(unique "r")
  local function answer(bytes, sender, tag)
    return window.copydata(endpoint:hwnd(), tag or frames.MPK1, bytes, sender or 0, 5)
  end
  return endpoint, channel, answer
end

return frames
