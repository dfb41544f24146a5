-- SPDX-License-Identifier: MIT

--- What a handler gets beside the data.
local Peer = require "copydata.peer"

local Message = {}

--- A message of a channel: `data`; `channel`, the name; `sent` and `received`, seconds since 1970
-- (`sent` is nil when the sender gave none); `sender`, a peer.
function Message.of(channel, data, sent, received, hwnd, pid, exe)
  return {
    data = data,
    channel = channel.name,
    sent = sent,
    received = received,
    sender = Peer.new(hwnd, pid, exe),
  }
end

--- A raw message: `tag`, the dwData; `received`; `sender`.
function Message.of_raw(tag, received, hwnd, pid, exe)
  return { tag = tag, received = received, sender = Peer.new(hwnd, pid, exe) }
end

return Message
