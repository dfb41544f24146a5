-- SPDX-License-Identifier: MIT

--- An endpoint: a hidden window and the channels it is on. Made by `copydata.new`; the functions
-- of the module are those of a default endpoint. It belongs to the thread that made it.
local Channel = require "copydata.channel"
local Outbox = require "copydata.outbox"
local Peer = require "copydata.peer"
local Postbox = require "copydata.postbox"
local check = require "copydata.check"
local core = require "copydata.core"

local Endpoint = {}
Endpoint.__index = Endpoint
Endpoint.__name = "copydata.endpoint"

local TIMEOUT = 5 -- seconds
local MAX_FRAME = 128 * 1024
local MAX_MESSAGE = 64 * 1024 * 1024

-- Makes an endpoint; see copydata.new. The options have been checked.
function Endpoint.new(options)
  local limits = { own_thread = options.pump == "thread" }
  for name, value in pairs(options) do
    limits[name] = value
  end
  local window, message, name = core.endpoint(limits)
  if not window then
    return nil, message, name
  end
  local max_frame = options.max_frame or MAX_FRAME
  local outbox = Outbox.new(window, max_frame, options.max_message or MAX_MESSAGE)
  return setmetatable({
    timeout = options.timeout or TIMEOUT,
    _window = window, -- nil once closed
    _outbox = outbox,
    _postbox = Postbox.new(outbox, max_frame),
    _channels = setmetatable({}, { __mode = "v" }), -- by id
    _handlers = {}, -- by id: { channel =, call = }; keeps the channel
    _on_failure = nil, -- see on_failure
  }, Endpoint)
end

-- Raises when the endpoint is closed, pointing at the caller of the public function.
local function open(self)
  if not self._window then
    error("the endpoint is closed", 3)
  end
  return self._window
end

--- The handle of the endpoint's window, an integer; 0 when the window was closed from outside.
function Endpoint:hwnd()
  return open(self):hwnd()
end

-- Channels ---------------------------------------------------------------------------------------

local CHANNEL_OPTIONS = { listen = "boolean" }

--- Joins a channel.
-- @param name 1 to 246 UTF-16 units of UTF-8 without NUL; compared without case
-- @param[opt] options `listen = false`: send only, nobody sees the endpoint there
-- @return the channel, or nil, "NAME: message", "NAME": CLOSED, MEMORY, SYSTEM
function Endpoint:channel(name, options)
  local window = open(self)
  check.name(name)
  options = check.options(options, CHANNEL_OPTIONS)
  if window:find(name) then
    collectgarbage() -- it may be one that the script has let go of
    if window:find(name) then
      error(("already on channel %q: ask for it with joined(name), close it first, "
        .. "or use copydata.new for an endpoint of your own"):format(name), 2)
    end
  end
  local id, message, code = window:join(name, options.listen ~= false)
  if not id then
    return nil, message, code
  end
  local channel = Channel.new(self, id, name)
  self._channels[id] = channel
  return channel
end

--- The channels this endpoint is on.
-- @param[opt] name one of them, compared without case
-- @return without a name a list, in the order of joining; with one the channel or nil
function Endpoint:joined(name)
  local window = open(self)
  if name ~= nil then
    check.name(name)
    local id = window:find(name)
    return id and self._channels[id]
  end
  local ids, list = {}, {}
  for id in pairs(self._channels) do
    ids[#ids + 1] = id
  end
  table.sort(ids)
  for i, id in ipairs(ids) do
    list[i] = self._channels[id]
  end
  return list
end

--- Who else is on a channel. Need not be joined.
-- @param name the channel's name
-- @return a list of peers
function Endpoint:peers(name)
  open(self)
  check.name(name)
  return self:_peers(name)
end

function Endpoint:_peers(name)
  local peers = {}
  for i, hwnd in ipairs(core.peers(name, self._window:hwnd())) do
    peers[i] = Peer.of(hwnd)
  end
  return peers
end

function Endpoint:_handle(channel, handler)
  self._window:handle(channel._id, handler ~= nil)
  self._handlers[channel._id] = handler and { channel = channel, call = handler }
end

function Endpoint:_leave(channel)
  self._handlers[channel._id] = nil
  self._channels[channel._id] = nil
  if self._window then
    self._window:leave(channel._id)
  end
end

-- Sending ----------------------------------------------------------------------------------------

--- Sends a value to everybody else on a channel. Need not be joined.
--
-- A peer whose queue is full is asked again until the timeout, while others' messages are accepted
-- here. One that did not answer in time is asked briefly the next time whether it answers again,
-- and fails at once if not.
-- @param name the channel's name
-- @param value anything `copydata.msgpack.encode` takes; what it does not take raises an error
-- @param[opt] options `timeout`: seconds to wait for a verdict, by default the endpoint's; a
-- message that takes several frames has a verdict for each. `on_progress(done, total)`: called
-- after each of these, with bytes.
-- @return how many peers accepted it
-- @return a list with an entry `{ peer =, code =, message = }` for each of the others. Codes:
-- GONE (the peer died or left), ABSENT (left the channel), BUSY (its queue is full), REFUSED,
-- MALFORMED, TOO_LARGE (its limit), UNHANDLED, DENIED (Windows forbids it), TIMEOUT (no verdict:
-- outcome unknown), HUNG (it hangs since an earlier timeout: nothing was sent), SYSTEM. When the
-- message is over our own limit, max_message: nil, "TOO_LARGE: message", "TOO_LARGE", and nobody
-- gets it.
function Endpoint:send(name, value, options)
  open(self)
  check.name(name)
  return self:_send(name, value, check.sending(options, self.timeout))
end

function Endpoint:_send(name, value, options)
  local outbox = self._outbox
  local frame, size, code = outbox:compose(name, value)
  if not frame then
    return nil, size, code
  end
  self:_send_posted(options.timeout) -- first what was said first
  local count, failures = outbox:broadcast(name, frame, size, options)
  outbox:done(frame)
  return count, Outbox.report(failures)
end

function Endpoint:_send_to(hwnd, pid, name, value, options)
  local outbox = self._outbox
  if pid and select(2, core.describe(hwnd)) ~= pid then
    return nil, "GONE: the peer's process has no such window any more", "GONE"
  end
  local frame, size, code = outbox:compose(name, value)
  if not frame then
    return nil, size, code
  end
  self:_send_posted(options.timeout)
  local failures = {}
  outbox:deliver({ hwnd }, frame, size, options, failures)
  outbox:done(frame)
  local failure = failures[1]
  if failure then
    return nil, failure.message, failure.code
  end
  return true
end

function Endpoint:_post(name, value)
  return self._postbox:post(name, value, self.timeout)
end

-- Tells the script what became of its posts, if it has said how.
local function tell(self)
  if self._on_failure then
    local _, failures = self._postbox:outcome()
    for _, failure in ipairs(Outbox.report(failures)) do
      self._on_failure(failure)
    end
  end
end

-- Sends what was posted, before something else is sent or waited for.
function Endpoint:_send_posted(timeout)
  if not self._postbox:empty() then
    self._postbox:send(timeout)
    tell(self)
  end
end

function Endpoint:_flush(options)
  self._postbox:send(options.timeout)
  local accepted, failures = self._postbox:outcome()
  return accepted, Outbox.report(failures)
end

--- Sends what was posted.
-- @param[opt] options `timeout`, as for `send`
-- @return how many deliveries were accepted since the last flush: a message that three peers
-- accepted counts three times
-- @return a list of failures since then, as for `send`, with `channel` and with `post`, the number
-- that `post` returned: one for each message and peer. Those that `on_failure` was told are not
-- among them. At most 10,000 are kept; `more` is how many others there were.
function Endpoint:flush(options)
  open(self)
  return self:_flush(check.sending(options, self.timeout))
end

--- Sets the handler for what could not be delivered of what was posted: `handler(failure)`, once
-- for each message and peer, in whichever call sent the frame. An error in it leaves that call.
-- @param handler a function, or nil: failures wait for `flush` from now on
function Endpoint:on_failure(handler)
  open(self)
  if handler ~= nil then
    check.handler(handler)
  end
  self._on_failure = handler
end

-- Receiving --------------------------------------------------------------------------------------

local function message_of(channel, data, sent, received, hwnd, pid, exe)
  return {
    data = data,
    channel = channel.name,
    sent = sent,
    received = received,
    sender = Peer.new(hwnd, pid, exe),
  }
end

function Endpoint:_receive(channel, seconds)
  local id = channel._id
  self:_send_posted(self.timeout)
  local newest, why, code = self._window:wait(seconds, id)
  if code ~= "INTERRUPTED" then
    local taken, data, sent, received, hwnd, pid, exe = self._window:next(newest, id)
    if taken then
      return message_of(channel, data, sent, received, hwnd, pid, exe)
    end
  end
  if not code then
    why, code = "TIMEOUT: no message within the time", "TIMEOUT"
  end
  return nil, why, code
end

local function traceback(problem)
  if type(problem) == "string" then
    return debug.traceback(problem, 2)
  end
  return problem -- an object of the script's own: handed on as it is
end

-- Whether the handlers have to stop for now.
local function halted(self)
  return not self._window or self._stop or (self._running and self._window:interrupted())
end

-- Pumps, then runs the handlers for what has arrived by then, not for what arrives meanwhile: so
-- this ends. Returns how many messages were handled and, when waiting ended for another reason
-- than a message or time, that reason: "NAME: message", "NAME".
local function turn(self, seconds)
  if not self._window then
    return 0, "CLOSED: the endpoint is closed", "CLOSED"
  end
  self:_send_posted(self.timeout)
  local newest, why, code = self._window:wait(seconds)
  local count = 0
  if code == "INTERRUPTED" then
    return count, why, code
  end
  while not halted(self) do
    local id, data, sent, received, hwnd, pid, exe = self._window:next(newest)
    if not id then
      break
    end
    local handler = self._handlers[id] -- nil: a finalizer closed the channel just now
    if handler then
      count = count + 1
      local message = message_of(handler.channel, data, sent, received, hwnd, pid, exe)
      local ok, problem = xpcall(handler.call, traceback, data, message)
      if not ok then
        error(problem, 0)
      end
    end
  end
  return count, why, code
end

--- Pumps the thread's messages, whichever window they are for, and runs this endpoint's handlers.
-- Waits until there is something to handle.
-- @param[opt] seconds how long to wait at most; 0: do not wait; nil: for as long as it takes
-- @return how many messages were handled; or nil, "NAME: message", "NAME" when none was and none
-- can be waited for: CLOSED (the window was closed), QUIT (the thread was sent WM_QUIT; said by
-- every later poll as well), INTERRUPTED (Ctrl+C, which then takes its usual course)
function Endpoint:poll(seconds)
  local count, why, code = turn(self, check.wait(seconds))
  if count == 0 and code then
    return nil, why, code
  end
  return count
end

local function loop(self)
  local _, why, code
  repeat
    _, why, code = turn(self, -1)
  until code or self._stop or (self._window and self._window:interrupted())
  if self._stop then
    return true
  end
  if not code then
    why, code = "INTERRUPTED: Ctrl+C was pressed", "INTERRUPTED"
  end
  return nil, why, code
end

--- Polls until `stop` is called. The first Ctrl+C ends it too, after the handler that is running;
-- a second one, while that handler runs on, takes its usual course.
-- @return true when stopped; otherwise nil, "NAME: message", "NAME": INTERRUPTED, CLOSED, QUIT
function Endpoint:run()
  local window = open(self)
  if self._running then
    error("run is under way on this endpoint: in a handler use poll", 2)
  end
  self._running, self._stop = true, false
  window:run(true)
  local ok, result, why, code = pcall(loop, self)
  self._running, self._stop = false, false
  if self._window then
    window:run(false)
  end
  if not ok then
    error(result, 0)
  end
  return result, why, code
end

--- Ends `run` when the handler that called this returns. Without effect while nothing runs.
function Endpoint:stop()
  self._stop = self._running
end

-- Life -------------------------------------------------------------------------------------------

--- Sends what was posted, leaves every channel and destroys the window; what still waits to be
-- received is dropped. Posts that fail and that nobody was told of are told by `warn`. Idempotent.
-- The same as `__close`; the collector does it too.
function Endpoint:close()
  local window = self._window
  if window then
    self:_send_posted(self.timeout)
    for _, channel in pairs(self._channels) do
      channel:close()
    end
    self._window = nil
    window:close()
    local _, failures = self._postbox:outcome()
    if #failures > 0 then
      warn(("copydata: %d posted messages were not delivered, such as one on %q: %s"):format(
        #failures + (failures.more or 0), failures[1].channel, failures[1].message))
    end
  end
end

Endpoint.__close = Endpoint.close
Endpoint.__gc = Endpoint.close

function Endpoint:__tostring()
  return ("copydata.endpoint (%s)"):format(
    self._window and ("hwnd 0x%X"):format(self._window:hwnd()) or "closed")
end

return Endpoint
