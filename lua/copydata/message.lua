-- SPDX-License-Identifier: MIT

--- What a handler gets beside the data.
-- @classmod message
local Peer = require "copydata.peer"

local Message = {}
local class = { __name = "copydata.message", __index = Message }

--- What there is to read: what handlers are given and `receive` returns.
-- @table fields
-- @field data the value that was sent
-- @tfield string channel the channel's name; a raw message has none
-- @tfield ?integer tag of a raw message: the `dwData`
-- @tfield ?number sent seconds since 1970, with a fraction; nil when the sender gave no time
-- @tfield number received seconds since 1970
-- @tfield ?boolean retained true: no news, but what the sender keeps for newcomers; nil otherwise
-- @tfield ?table origin of a message that a bridge carries: where it came from, as far as known, by
-- the bridge's word: `{ desktop =, exe =, user = }`
-- @tfield ?table via of such a message: a list of the names of the bridges that it crossed
-- @tfield peer sender whose `hwnd` is what the sender claims, unless it is `proven`; 0 when it has
-- no window

--- Sends a value back, to the sender of a channel's message, on that channel. A request is answered
-- by what its handler returns.
-- @param value
-- @param[opt] options as for `channel:send_to`
-- @return true, or nil, "NAME: message", "NAME", as `channel:send_to`
function Message:reply(value, options)
  local channel = rawget(self, "_channel")
  if not channel then
    error("only a channel's message has a reply: answer a request by returning from its handler", 2)
  end
  return channel:send_to(self.sender, value, options)
end

-- A message of a channel. `replies`: whether it is no request. `extras`: a table of what the sender
-- said beside the data, or nil.
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
    message._retains = extras.retained -- false: news that its sender keeps for newcomers
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
