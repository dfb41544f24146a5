-- SPDX-License-Identifier: MIT

--- A channel that an endpoint has joined. Made by `copydata.channel` or `endpoint:channel`.
--
-- A channel with a handler stays joined until it is closed. A channel without one is left when the
-- script no longer holds it and the collector runs.
--
-- @classmod channel
-- @alias Channel
local Message = require "copydata.message"
local check = require "copydata.check"
local core = require "copydata.core"
local errors = require "copydata.errors"
local fibers = require "copydata.fibers"
local loop = require "copydata.loop"
local msgpack = require "copydata.msgpack"
local object = require "copydata.object"
local presence = require "copydata.presence.methods"
local remove = require "copydata.remove"
local retained = require "copydata.retained"
local turn = require "copydata.turn"

--- The fields of a channel.
-- @table fields
-- @tfield string name read only: the name, as it was joined

local Channel = {}
local class -- its metatable

-- Sending ----------------------------------------------------------------------------------------

--- Sends a value to all other peers on the channel. See `endpoint:send`.
-- @param value
-- @param[opt] options
function Channel:send(value, options)
  return check.channel(self):send(self._name, value, options)
end

--- Sends a value to one peer on the channel.
-- @param peer a peer, such as `message.sender`, or its window handle. For a peer, the call checks
-- that the window still belongs to the same process.
-- @param value anything that `copydata.msgpack.encode` accepts
-- @param[opt] options as for `endpoint:send`, without `wait`
-- @return true, or nil, "NAME: message", "NAME"; the names are those of `endpoint:send`
function Channel:send_to(peer, value, options)
  return check.channel(self):send_to(self._name, peer, value, options)
end

--- Queues a value for all other peers on the channel. Queued values are sent together, many to a
-- frame: when the frame is full, at `flush`, at the next turn of the loop, before anything else is
-- sent, and at close. A program that ends with `os.exit` without closing its Lua state loses what
-- is queued. Everything that this endpoint sends stays in order.
-- @param value anything that `copydata.msgpack.encode` accepts
-- @return the number of the message, which `flush` uses in its failures; or nil, "TOO_LARGE:
-- message", "TOO_LARGE"
function Channel:post(value, ...)
  return check.channel(self):post(self._name, value, ...)
end

--- Sends a request to one peer on the channel and waits for its answer. See `endpoint:request`.
-- @param value
-- @param[opt] options
function Channel:request(value, options)
  return check.channel(self):request(self._name, value, options)
end

--- Sends a request to all other peers on the channel. See `endpoint:request_all`.
-- @param value
-- @param[opt] options
function Channel:request_all(value, options)
  return check.channel(self):request_all(self._name, value, options)
end

--- The other peers on the channel.
-- @return a list of peers
function Channel:peers()
  return check.channel(self):peers(self._name)
end

-- Receiving --------------------------------------------------------------------------------------

-- Tells core whether the loop takes messages, or leaves them in the queue.
local function refresh(self)
  local endpoint = self._endpoint
  if endpoint and endpoint:is_open() then
    local wanted = not self._held
      and (#self._receivers > 0 or self._handler and not self._busy)
    endpoint._window:handle(self._id, wanted or false)
  end
end

local function listening(self, level)
  if not self._listen then
    error(("channel %q was joined with listen = false: it receives nothing"):format(self._name),
      level + 1)
  end
end

-- Raises at the caller of the public function that calls this, unless calls can receive messages.
local function receivable(self)
  listening(self, 3)
  if self._handler then
    error(("channel %q has a handler, which gets its messages: remove it with on(nil)"):format(
      self._name), 3)
  end
end

-- A call that waits for a message.
local Receiver = {}
Receiver.__index = Receiver

-- Puts the message back, to be the next.
function Receiver:abandon()
  local channel = self.channel
  remove(channel._receivers, self)
  if self.message then
    table.insert(channel._returned, self.message)
  end
  refresh(channel)
end

-- Takes the next message, if there is one.
local function take(self)
  local returned = self._returned
  if #returned > 0 then
    return table.remove(returned, 1)
  end
  local id, data, sent, received, hwnd, pid, exe, proven, _, _, undecoded, extras =
    self._endpoint._window:next(self._id, self._endpoint._intake.packed)
  if id == false or undecoded ~= nil then
    error(undecoded or data, 0)
  end
  return id and Message.of(self, true, data, sent, received, hwnd, pid, exe, proven, extras) or nil
end

-- Waits for a message. One that may have arrived is taken at once, unless a turn of the loop is
-- due: then the call waits in line.
local function receive(self, seconds)
  local lost, breathes = self._endpoint:_is_lost(), turn.needs_breath()
  if lost or seconds ~= 0 and #self._receivers == 0 and not breathes then
    local message = take(self)
    if message then
      return message
    end
  end
  if lost then
    return errors.channel_closed()
  end
  local receiver = setmetatable({ channel = self, message = false, closed = false }, Receiver)
  table.insert(self._receivers, receiver)
  if #self._returned > 0 then
    self:_hand(table.remove(self._returned, 1))
  end
  refresh(self)
  local why, code =
    loop.await(receiver, seconds < 0 and math.huge or core.seconds() + seconds, breathes)
  local message = receiver.message
  if message then
    receiver.message = false -- taken
    return message
  end
  receiver:abandon()
  if receiver.closed then
    return errors.channel_closed()
  elseif code then
    return nil, why, code
  end
  return nil, "TIMEOUT: no message in time", "TIMEOUT"
end

--- Receives the channel's next message, and waits for it if necessary. Several waiting tasks get
-- messages in turn. Not available on a channel with a handler.
-- @param[opt] seconds how long to wait; 0: does not wait; nil: no limit
-- @return the message; or nil, "NAME: message", "NAME": TIMEOUT, or CLOSED, ENDING, QUIT,
-- INTERRUPTED, as for `copydata.poll`
function Channel:receive(seconds)
  check.channel(self)
  seconds = check.wait(seconds)
  receivable(self)
  return receive(self, seconds)
end

--- Iterates over the channel's messages as they arrive: `for data, message in channel:messages() do
-- … end`. Ends when the channel is closed or the loop ends (Ctrl+C, `WM_QUIT`). A message of nil
-- yields `copydata.msgpack.null`.
-- @return an iterator
function Channel:messages()
  check.channel(self)
  receivable(self)
  return function()
    local message = self._endpoint and not self._handler and receive(self, -1)
    if message then
      if message.data == nil then
        return msgpack.null, message
      end
      return message.data, message
    end
  end
end

--- Sets the handler for the channel's messages. The loop calls `handler(data, message)` for each
-- `message`, one at a time, in the order of arrival. The handler is a task: while it waits, only
-- this channel's next messages wait too. An error in it is reported to `copydata.on_error`.
-- @param handler a function, or nil: from now on messages wait for `receive`
-- @return the channel
function Channel:on(handler)
  check.channel(self)
  if handler ~= nil then
    check.handler(handler)
    listening(self, 2)
    if #self._receivers > 0 then
      error(("channel %q has a call waiting in receive or messages: a handler would take its "
        .. "messages"):format(self._name), 2)
    end
  end
  self._handler = handler or false
  self:_keep()
  refresh(self)
  return self
end

--- Sets the handler for requests: `handler(data, message)`, as for `on`, except that each call is a
-- task of its own, so one that waits delays no other. What it returns, at once or later, is the
-- answer. An error in it, or `return nil, message [, name]`, is reported to the peer that asked,
-- with its traceback. If the answer cannot be encoded or is too large, the peer gets an error
-- instead; answers that cannot be delivered are counted in `endpoint.lost_answers`.
-- @param handler a function, or nil: from now on requests are refused, and waiting ones are dropped
-- @return the channel
function Channel:serve(handler)
  local endpoint = check.channel(self)
  if handler ~= nil then
    check.handler(handler)
    listening(self, 2)
  end
  local news = handler and not self._server -- for peers that wait for one that serves
  self._server = handler or false
  self:_keep()
  endpoint._window:serve(self._id, handler ~= nil)
  if news then
    endpoint._window:tell()
  end
  return self
end

--- Decides who may send to this channel, as `endpoint:guard` does for all channels. For a message
-- in several pieces, `accept` is called when the message is complete. Peers that are asked
-- something on this channel must prove that the answer is theirs.
-- @param accept a function, or nil: all peers may send
-- @return the channel
function Channel:guard(accept)
  local endpoint = check.channel(self)
  if accept ~= nil then
    check.handler(accept, "accept")
  end
  endpoint:_guard(self._id, accept)
  return self
end

-- Life -------------------------------------------------------------------------------------------

-- Keeps a channel with a handler from being collected.
function Channel:_keep()
  if self._handler or self._server or self._witness or self._retained then
    loop.keep(self)
  else
    loop.release(self)
  end
end

-- For loop.handle: the handler waits, so messages wait too, also those of a channel that was joined
-- by the same name after this one was left. `unpause`: the handler has returned.
function Channel:pause()
  self._busy = true
  refresh(self)
  if self._successor then
    self._successor._held = true
    refresh(self._successor)
  end
end

function Channel:unpause()
  self._busy = false
  refresh(self)
  if self._successor then
    self._successor._held = false
    refresh(self._successor)
  end
end

-- Hands a message to the call that waits for it.
function Channel:_hand(message)
  local receiver = table.remove(self._receivers, 1)
  receiver.message = message
  refresh(self)
  fibers.finish(receiver)
end

-- For intake.lua: takes a notification from the loop.
function Channel:_take(data, sent, received, hwnd, pid, exe, proven, extras)
  if #self._receivers > 0 then
    self:_hand(Message.of(self, true, data, sent, received, hwnd, pid, exe, proven, extras))
  elseif self._handler then
    loop.enter(loop.handle, self, self._handler, data,
      Message.of(self, true, data, sent, received, hwnd, pid, exe, proven, extras))
  end
end

-- Ends what waits here: nothing more will arrive.
function Channel:_end_waits()
  local receivers = self._receivers
  self._receivers = {}
  for _, receiver in ipairs(receivers) do
    receiver.closed = true
    fibers.finish(receiver)
  end
  self:_end_retained()
  self:_end_presence()
end

--- Leaves the channel and drops what is still waiting on it. A handler that is running continues.
-- Idempotent. Also called as `__close`, for `local channel <close> = …`, and by the collector.
function Channel:close()
  object.check(self, class, "channel:close()")
  local endpoint = self._endpoint
  if endpoint then
    self._endpoint = false
    self._handler, self._server, self._witness = false, false, false
    loop.release(self)
    self:_end_waits()
    endpoint:_leave(self)
  end
end

for _, methods in ipairs { presence, retained } do
  for name, method in pairs(methods) do
    Channel[name] = method
  end
end

class = object.class("copydata.channel", Channel, {
  name = function(self)
    return self._name
  end,
})

function class:__tostring()
  return ("copydata.channel %q (%s)"):format(self._name, self._endpoint or "closed")
end

-- For endpoint.lua: the object of a channel. It gets its `_id` when the channel is joined.
function Channel.new(endpoint, name, listen)
  return setmetatable({
    _endpoint = endpoint,
    _name = name,
    _listen = listen,
    _id = -1,
    _handler = false, -- of notifications
    _server = false, -- the handler of requests
    _busy = false, -- the handler waits
    _held = false, -- the handler of a channel with the same name, which was left, waits
    _successor = false, -- the channel that this one holds
    _receivers = {}, -- the calls that wait for a message, in order
    _returned = {}, -- messages that were taken but not needed
    _retained = false, -- what is kept for newcomers
    _witness = false, -- the watcher whose events the handler of on_peers gets
    _watchers = setmetatable({}, { __mode = "k" }), -- a set: all that are open, and perhaps others
  }, class)
end

return Channel
