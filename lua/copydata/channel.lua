-- SPDX-License-Identifier: MIT

--- A channel that an endpoint is on. Made by `copydata.channel` or `endpoint:channel`.
--
-- A channel with a handler stays until it is closed. Another one that the script lets go of is left
-- when the collector gets to it.
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
local retained = require "copydata.retained"
local turn = require "copydata.turn"

--- What there is to read.
-- @table fields
-- @tfield string name as it was joined

local Channel = {}
local class -- its metatable

-- Sending ----------------------------------------------------------------------------------------

--- Sends a value to everybody else on the channel. See `endpoint:send`.
-- @param value
-- @param[opt] options
function Channel:send(value, options)
  return check.channel(self):send(self._name, value, options)
end

--- Sends a value to one peer on the channel.
-- @param peer a peer, such as `message.sender`, or its window handle. Of a peer it is checked that
-- the window still belongs to the same process.
-- @param value anything `copydata.msgpack.encode` takes
-- @param[opt] options as for `endpoint:send`, but for `wait`
-- @return true, or nil, "NAME: message", "NAME"; the names are those of `endpoint:send`
function Channel:send_to(peer, value, options)
  return check.channel(self):send_to(self._name, peer, value, options)
end

--- Queues a value for everybody else on the channel, to be sent together with others, many to a
-- frame: when the frame is full, at `flush`, at the next turn of the loop, before anything else
-- that is sent, and at close. A program that ends by `os.exit` without closing its state loses what
-- is queued. The order of everything that this endpoint sends is kept.
-- @param value anything `copydata.msgpack.encode` takes
-- @return the number of the message, by which `flush` names it; or nil, "TOO_LARGE: message",
-- "TOO_LARGE"
function Channel:post(value, ...)
  return check.channel(self):post(self._name, value, ...)
end

--- Sends a request to one peer on the channel and waits for its answer. See `endpoint:request`.
-- @param value
-- @param[opt] options
function Channel:request(value, options)
  return check.channel(self):request(self._name, value, options)
end

--- Sends a request to everybody else on the channel. See `endpoint:request_all`.
-- @param value
-- @param[opt] options
function Channel:request_all(value, options)
  return check.channel(self):request_all(self._name, value, options)
end

--- Who else is on the channel.
-- @return a list of peers
function Channel:peers()
  return check.channel(self):peers(self._name)
end

-- Receiving --------------------------------------------------------------------------------------

-- Whether the loop is to take messages, and not to leave them in the queue.
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
    error(("channel %q was joined with listen = false: nothing arrives there"):format(self._name),
      level + 1)
  end
end

-- Who waits for a message.
local Receiver = {}
Receiver.__index = Receiver

-- The message goes back, to be the next.
function Receiver:abandon()
  local channel = self.channel
  for i, other in ipairs(channel._receivers) do
    if other == self then
      table.remove(channel._receivers, i)
      break
    end
  end
  if self.message then
    table.insert(channel._returned, self.message)
  end
  refresh(channel)
end

-- The next message if there is one.
local function take(self)
  local returned = self._returned
  if #returned > 0 then
    return table.remove(returned, 1)
  end
  local id, data, sent, received, hwnd, pid, exe, proven, _, _, undecoded, extras =
    self._endpoint._window:next(self._id)
  if id == false or undecoded ~= nil then
    error(undecoded or data, 0)
  end
  return id and Message.of(self, true, data, sent, received, hwnd, pid, exe, proven, extras) or nil
end

-- Waits for a message. Where one may be there already it is taken at once, but for the one that
-- comes when a turn is to pass: for that one stands in line.
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
    receiver.message = false -- ours
    return message
  end
  receiver:abandon()
  if receiver.closed then
    return errors.channel_closed()
  elseif code then
    return nil, why, code
  end
  return nil, "TIMEOUT: no message within the time", "TIMEOUT"
end

--- Takes the next message of the channel, waiting for it. Several tasks that do so are served in
-- turn. Not for a channel with a handler.
-- @param[opt] seconds how long to wait; 0: only looks; nil: for as long as it takes
-- @return the message, or nil, "NAME: message", "NAME": TIMEOUT, or CLOSED,
-- ENDING, QUIT, INTERRUPTED as of `copydata.poll`
function Channel:receive(seconds)
  check.channel(self)
  seconds = check.wait(seconds)
  listening(self, 2)
  if self._handler then
    error(("channel %q has a handler, which gets its messages: take it away by on(nil)"):format(
      self._name), 2)
  end
  return receive(self, seconds)
end

--- Goes through the messages of the channel as they come: `for data, message in channel:messages()
-- do … end`. Ends when the channel is closed, and when the loop is (Ctrl+C, `WM_QUIT`). A message
-- of nil gives `copydata.msgpack.null`.
-- @return an iterator
function Channel:messages()
  check.channel(self)
  listening(self, 2)
  if self._handler then
    error(("channel %q has a handler, which gets its messages: take it away by on(nil)"):format(
      self._name), 2)
  end
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

--- Sets the handler for the channel's messages, which the loop then calls: `handler(data,
-- message)`, for one message after the other, in the order of arrival. It is a task: what waits in
-- it holds up the channel's next messages, and nothing else. An error in it goes to
-- `copydata.on_error`. Messages are described as `message`.
-- @param handler a function, or nil: messages wait for `receive` from now on
-- @return the channel
function Channel:on(handler)
  check.channel(self)
  if handler ~= nil then
    check.handler(handler)
    listening(self, 2)
    if #self._receivers > 0 then
      error(("on channel %q somebody waits in receive or messages: a handler would take the "
        .. "messages away"):format(self._name), 2)
    end
  end
  self._handler = handler or false
  self:_keep()
  refresh(self)
  return self
end

--- Sets the handler for requests: `handler(data, message)`, as for `on`, but each call is a task of
-- its own: one that waits delays no other. What it returns, at once or later, is the answer. An
-- error in it, or `return nil, message [, name]`, is told to the one who asked, with its traceback.
-- An answer that cannot be encoded or is too large becomes an error there; one that cannot be
-- delivered is counted (`endpoint.lost_answers`).
-- @param handler a function, or nil: requests are refused from now on, and those that wait dropped
-- @return the channel
function Channel:serve(handler)
  local endpoint = check.channel(self)
  if handler ~= nil then
    check.handler(handler)
    listening(self, 2)
  end
  local news = handler and not self._server -- for those who wait for somebody who serves
  self._server = handler or false
  self:_keep()
  endpoint._window:serve(self._id, handler ~= nil)
  if news then
    endpoint._window:tell()
  end
  return self
end

--- Decides who may send to this channel, as `endpoint:guard` does for all. Of a message that comes
-- in pieces it is asked when it is whole. Who is asked something on this channel has to prove that
-- the answer is its own.
-- @param accept a function, or nil: everybody may send
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

-- One with a handler stays, whatever the collector does.
function Channel:_keep()
  if self._handler or self._server or self._witness or self._retained then
    loop.keep(self)
  else
    loop.release(self)
  end
end

-- For loop.handle: the handler waits, so messages do; and it has returned. A channel that was
-- joined after this one was left, by the same name, waits too.
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

-- Hands a message to the one who waits for it.
function Channel:_hand(message)
  local receiver = table.remove(self._receivers, 1)
  receiver.message = message
  refresh(self)
  fibers.finish(receiver)
end

-- For intake.lua: a notification that the loop has taken.
function Channel:_take(data, sent, received, hwnd, pid, exe, proven, extras)
  if #self._receivers > 0 then
    self:_hand(Message.of(self, true, data, sent, received, hwnd, pid, exe, proven, extras))
  elseif self._handler then
    loop.enter(loop.handle, self, self._handler, data,
      Message.of(self, true, data, sent, received, hwnd, pid, exe, proven, extras))
  end
end

-- Nothing will come any more.
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

--- Leaves the channel; what still waits on it is dropped. A handler that is under way goes on.
-- Idempotent. The same as `__close`, for `local channel <close> = …`, and what the collector calls.
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

-- For endpoint.lua: the object for a channel, which gets its `_id` when it is joined.
function Channel.new(endpoint, name, listen)
  return setmetatable({
    _endpoint = endpoint,
    _name = name,
    _listen = listen,
    _id = -1,
    _handler = false, -- of notifications
    _server = false, -- the handler of requests
    _busy = false, -- the handler waits
    _held = false, -- that of a channel of the same name does, which was left
    _successor = false, -- the channel that is held meanwhile
    _receivers = {}, -- those who wait for a message, in order
    _returned = {}, -- messages that were taken but not needed
    _retained = false, -- what is kept for newcomers
    _witness = false, -- the watcher whose events the handler of on_peers gets
    _watchers = setmetatable({}, { __mode = "k" }), -- a set: those that are not closed, and others
  }, class)
end

return Channel
