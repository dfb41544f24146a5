-- SPDX-License-Identifier: MIT

--- What a handler gets in addition to the data.
-- @classmod message
local Peer = require "copydata.peer"

local Message = {}
local class = { __name = "copydata.message", __index = Message }

--- The fields of a message, which handlers get and `receive` returns.
-- @table fields
-- @field data the value that was sent
-- @tfield string channel the channel's name; absent in a raw message
-- @tfield ?integer tag for a raw message: its `dwData`
-- @tfield ?number sent seconds since 1970, with a fraction; nil if the sender gave no time
-- @tfield number received seconds since 1970
-- @tfield ?boolean retained true: not news, but a value that the sender keeps for newcomers;
-- otherwise nil
-- @tfield ?table origin for a message carried by a bridge: where it came from, as far as the bridge
-- knows and says: `{ desktop =, exe =, user = }`; messages share it, so do not change it
-- @tfield ?table via for a message carried by a bridge: a list of the names of the bridges that it
-- crossed; messages share it, too
-- @tfield peer sender its `hwnd` is what the sender claims, unless the peer is `proven`; 0 if the
-- sender has no window

--- Sends a value back to the message's sender, on the same channel. Requests are answered by what
-- their handler returns instead.
-- @param value
-- @param[opt] options as for `channel:send_to`
-- @return true, or nil, "NAME: message", "NAME", as for `channel:send_to`
function Message:reply(value, options)
  local channel = rawget(self, "_channel")
  if not channel then
    error("only a channel's message has a reply: answer a request by returning from its handler", 2)
  end
  return channel:send_to(self.sender, value, options)
end

-- A channel's message. `replies`: whether it is not a request. `extras`: a table of what the sender
-- added to the data, or nil.
function Message.of(channel, replies, data, sent, received, hwnd, pid, exe, proven, extras)
  local message = setmetatable({
    data = data,
    channel = channel._name,
    sent = sent,
    received = received,
    sender = Peer.new(hwnd, pid, exe, proven),
    _channel = replies and channel or nil,
  }, class)
  if extras then
    message.retained, message.origin, message.via =
      extras.retained or nil, extras.origin, extras.via
    message._extras = extras -- for bridges; retained = false: news that is kept for newcomers, too
  end
  return message
end

-- A raw message.
function Message.of_raw(data, tag, received, hwnd, pid, exe)
  return setmetatable({
    data = data, tag = tag, received = received, sender = Peer.new(hwnd, pid, exe),
  }, class)
end

return Message
