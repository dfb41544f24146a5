-- SPDX-License-Identifier: MIT

--- A channel that an endpoint is on. Made by `copydata.channel` or `endpoint:channel`.
--
-- A channel that the script lets go of is left when the collector gets to it. One with a handler
-- is in use, so its endpoint keeps it until `close` or `on(nil)`.
--
-- @classmod channel
-- @alias Channel
local check = require "copydata.check"

--- What there is to read.
-- @table fields
-- @tfield string name as it was joined

--- A message: what handlers are given and `receive` returns.
-- @table message
-- @field data the value that was sent
-- @tfield string channel the channel's name
-- @tfield ?number sent seconds since 1970, with a fraction; nil when the sender gave no time
-- @tfield number received seconds since 1970
-- @tfield peer sender whose `hwnd` is what the sender claims; 0 when it has no window

local Channel = {}
Channel.__index = Channel
Channel.__name = "copydata.channel"

-- For endpoint.lua: the object for a channel, which gets its `_id` when it is joined.
function Channel.new(endpoint, name)
  return setmetatable({ name = name, _endpoint = endpoint, _id = nil }, Channel)
end

-- Raises when the channel is closed; `level` as for error, seen from here.
local function open(self)
  if getmetatable(self) ~= Channel then
    error("channel expected: call its functions with a colon, as channel:send(value)", 3)
  elseif not self._endpoint then
    error(("channel %q is closed"):format(self.name), 3)
  end
  return self._endpoint
end

--- Sends a value to everybody else on the channel. See `endpoint:send`.
-- @param value
-- @param[opt] options
function Channel:send(value, options)
  local endpoint = open(self)
  return endpoint:_send(self.name, value, check.sending(options, endpoint.timeout))
end

--- Sends a value to one peer on the channel.
-- @param peer a peer, such as `message.sender`, or its window handle. Of a peer it is checked that
-- the window still belongs to the same process.
-- @param value anything `copydata.msgpack.encode` takes
-- @param[opt] options as for `endpoint:send`
-- @return true, or nil, "NAME: message", "NAME"; the names are those of `endpoint:send`
function Channel:send_to(peer, value, options)
  local endpoint = open(self)
  local hwnd, pid = check.peer(peer)
  return endpoint:_send_to(hwnd, pid, self.name, value, check.sending(options, endpoint.timeout))
end

--- Queues a value for everybody else on the channel, to be sent together with others, many to a
-- frame: when the frame is full, at `flush`, at the next `poll` or `send`, and at close. The order
-- of everything that this endpoint sends is kept.
-- @param value anything `copydata.msgpack.encode` takes
-- @return the number of the message, by which `flush` names it; or nil, "TOO_LARGE: message",
-- "TOO_LARGE"
function Channel:post(value)
  return open(self):_post(self.name, value)
end

--- Sends what was posted, by all channels of the endpoint. See `endpoint:flush`.
-- @param[opt] options
function Channel:flush(options)
  local endpoint = open(self)
  return endpoint:_flush(check.sending(options, endpoint.timeout))
end

--- Sends a request to one peer on the channel and waits for its answer. See `endpoint:request`.
-- @param value
-- @param[opt] options
function Channel:request(value, options)
  local endpoint = open(self)
  return endpoint:_request(self.name, value, check.requesting(options, endpoint))
end

--- Sends a request to everybody else on the channel. See `endpoint:request_all`.
-- @param value
-- @param[opt] options
function Channel:request_all(value, options)
  local endpoint = open(self)
  return endpoint:_request_all(self.name, value, check.requesting(options, endpoint))
end

--- Who else is on the channel.
-- @return a list of peers
function Channel:peers()
  return open(self):_peers(self.name)
end

--- Takes the next message of the channel, waiting for it while other messages are queued; runs no
-- handlers. For scripts without handlers.
-- @param[opt] seconds how long to wait; 0: do not wait; nil: for as long as it takes
-- @return the message, or nil, "NAME: message", "NAME": TIMEOUT, or as of `endpoint:poll` CLOSED,
-- ENDING, QUIT, INTERRUPTED
function Channel:receive(seconds)
  local endpoint = open(self)
  return endpoint:_receive(self, check.wait(seconds))
end

--- Sets the handler for the channel's messages, which `poll` and `run` then call:
-- `handler(data, message)`, once for each message, in the order of arrival. An error in it leaves
-- `poll` as an error with its traceback; messages that still wait stay.
-- Messages are described as `channel.message`.
-- @param handler a function, or nil: messages wait for `receive` from now on
-- @return the channel
function Channel:on(handler)
  local endpoint = open(self)
  if handler ~= nil then
    check.handler(handler)
  end
  endpoint:_handle(self, handler)
  return self
end

--- Sets the handler for requests, which `poll` and `run` then call, and our own requests while
-- they wait: `handler(data, message)`, as for `on`. What it returns is the answer. An error in it,
-- or `return nil, message [, name]`, is told to the one who asked, with its traceback, and does not
-- leave `poll`. What it does not know yet it answers by `copydata.later`. An answer that cannot be
-- encoded or is too large becomes an error there; one that cannot be delivered is counted
-- (`endpoint:statistics`).
-- @param handler a function, or nil: requests are refused from now on, and those that wait dropped
-- @return the channel
function Channel:serve(handler)
  local endpoint = open(self)
  if handler ~= nil then
    check.handler(handler)
  end
  endpoint:_serve_channel(self, handler)
  return self
end

--- Decides who may send to this channel, as `endpoint:guard` does for all. Of a message that comes
-- in pieces it is asked when it is whole.
-- @param accept a function, or nil: everybody may send
-- @return the channel
function Channel:guard(accept)
  local endpoint = open(self)
  if accept ~= nil then
    check.handler(accept)
  end
  endpoint:_guard(self, accept)
  return self
end

--- Leaves the channel; what still waits on it is dropped. Idempotent. The same as `__close`, for
-- `local channel <close> = …`, and what the collector calls.
function Channel:close()
  local endpoint = self._endpoint
  if endpoint then
    self._endpoint = nil
    endpoint:_leave(self)
    if self._mutex then
      self._mutex:close()
    end
  end
end

Channel.__close = Channel.close
Channel.__gc = Channel.close

function Channel:__tostring()
  return ("copydata.channel %q (%s)"):format(self.name, self._endpoint or "closed")
end

return Channel
