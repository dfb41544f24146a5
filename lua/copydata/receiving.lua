-- SPDX-License-Identifier: MIT

--- The methods of endpoints that receive. For endpoint.lua.
-- @submodule endpoint
local Message = require "copydata.message"
local Peer = require "copydata.peer"
local check = require "copydata.check"
local core = require "copydata.core"

local receiving = {}

local CLOSED = "CLOSED: the endpoint is closed"
local INTERRUPTED = "INTERRUPTED: Ctrl+C was pressed"

local DECISIONS_MOST = 16 -- in a turn: those who make up senders must not keep it from ending

-- Asks the script about the senders that wait for it.
-- @return whether there were any
local function decide(self)
  if not self._accept and next(self._guards) == nil then
    return false
  end
  local decided = 0
  while self._window and decided < DECISIONS_MOST do
    local id, hwnd, pid, exe = self._window:undecided()
    if not id then
      break
    end
    decided = decided + 1
    local accept = id == 0 and self._accept or self._guards[id]
    local ok, allowed = true, true
    if accept then
      ok, allowed = pcall(accept, Peer.new(hwnd, pid, exe))
    end
    if self._window then -- an error leaves the sender refused
      self._window:decide(id, hwnd, pid, ok and allowed)
    end
    if not ok then
      error(allowed, 0)
    end
  end
  return decided > 0
end

-- The shorter of two times to wait, of which negative ones are for ever.
local function shorter(a, b)
  return (a < 0 or (b >= 0 and b < a)) and b or a
end

-- Sends what was posted, then waits until something is there that is wanted: a channel's id, or
-- one of core's. Sees meanwhile to senders that wait for a decision and to requests under way, and
-- returns when one of these has ended without an answer, unless the caller has nothing to do with
-- them (`apart`). What is dispatched meanwhile may close anything.
-- @return the sequence of the newest message that is there
-- @return nil, or "NAME: message", "NAME": why the wait ended, other than by a message or time
function receiving:_wait(seconds, wanted, apart)
  if not self._window then
    return 0, CLOSED, "CLOSED"
  end
  if self._interrupted then
    self._interrupted = false
    return 0, INTERRUPTED, "INTERRUPTED"
  end
  self:_send_posted(self.timeout)
  local deadline = seconds > 0 and core.seconds() + seconds
  local left = seconds
  while self._window do
    local newest, ready, code = self._window:wait(shorter(left, self:_watch_time()), wanted)
    if code then
      return newest, ready, code
    end
    local decided = decide(self)
    local ended = self:_watch() -- however much there is to handle
    if ready and not decided or ended and not apart then
      return newest
    end
    if deadline then
      left = math.max(0, deadline - core.seconds())
    end
    if left == 0 then
      return newest
    end
  end
  return 0, CLOSED, "CLOSED"
end

function receiving:_receive(channel, seconds)
  local id = channel._id
  local newest, why, code = self:_wait(seconds, id, true)
  if code ~= "INTERRUPTED" and self._window then
    local taken, data, sent, received, hwnd, pid, exe = self._window:next(newest, id)
    if taken then
      return Message.of(channel, data, sent, received, hwnd, pid, exe)
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
  return not self._window or self._stop or (self._runner and self._window:interrupted())
end

-- Runs the handler of a message, if it still has one: a finalizer may just have closed the channel.
-- @return whether it had
local function handle(self, id, data, sent, received, hwnd, pid, exe)
  local handler = self._handlers[id]
  if not handler then
    return false
  end
  local message = id == core.raw_id and Message.of_raw(sent, received, hwnd, pid, exe)
    or Message.of(handler.channel, data, sent, received, hwnd, pid, exe)
  local ok, problem = xpcall(handler.call, traceback, data, message)
  if not ok then
    error(problem, 0)
  end
  return true
end

-- Does with a message that was taken what there is to be done with it.
-- @return whether there was something; nil when nothing was taken
function receiving:_dispatch(id, data, sent, received, hwnd, pid, exe, msgid, problem,
    undecoded)
  if not id then
    return nil
  elseif id == core.answers then
    return self:_answered(msgid, data, problem, undecoded)
  elseif msgid then
    return self:_serve(msgid, id, data, sent, received, hwnd, pid, exe, undecoded)
  end
  return handle(self, id, data, sent, received, hwnd, pid, exe)
end

-- Pumps, then runs the handlers for what has arrived by then, not for what arrives meanwhile: so
-- this ends. Returns how many messages were handled and, when waiting ended for another reason
-- than a message or time, that reason: "NAME: message", "NAME".
local function turn(self, seconds)
  local newest, why, code = self:_wait(self:_resumable() and 0 or seconds, core.handled)
  local count = 0
  if code == "INTERRUPTED" then
    return count, why, code
  end
  while not halted(self) do
    local handled = self:_dispatch(self._window:next(newest))
    if handled == nil then
      break
    elseif handled then
      count = count + 1
    end
  end
  local resumed = 0
  while self:_resumable() and not halted(self) do
    self:_resume()
    resumed = resumed + 1
  end
  -- Those that resumed for an answer were counted with it.
  return math.max(count, resumed), why, code
end

--- A raw message.
-- @table raw_message
-- @within Tables
-- @tfield integer tag the `dwData`
-- @tfield number received seconds since 1970
-- @tfield peer sender whom it claims to be by its `wParam`; `hwnd` is 0 when it claims nothing

--- Sets the handler for raw messages: every `WM_COPYDATA` to this endpoint's window that is not of
-- copydata's own protocol. `poll` and `run` call it, `handler(bytes, message)`, in the order of
-- arrival among all messages, and as they call a channel's.
-- Raw messages are described as `endpoint.raw_message`.
--
-- The handler runs later than the sender is answered: it is told `result` at once. Without a
-- handler, when the queue is full, when the message is over `max_message`, and when a guard of the
-- endpoint has not allowed the sender (`endpoint:guard`; it is asked about), it is told 0, as by
-- any window that does not know the message.
-- @function on_raw
-- @param handler a function, or nil: raw messages are no longer taken, and what waits is dropped
-- @param[opt] options `result`: an integer, default 1 (many programs want it for TRUE)
-- @return the endpoint
function receiving:on_raw(handler, options)
  local window = check.open(self)
  if handler ~= nil then
    check.handler(handler)
  end
  local result = check.raw_result(options)
  self._handlers[core.raw_id] = handler and { call = handler }
  window:raw(handler ~= nil, result)
  return self
end

--- Pumps the thread's messages, whichever window they are for, and runs this endpoint's handlers.
-- Waits until there is something to handle.
-- @function poll
-- @param[opt] seconds how long to wait at most; 0: do not wait; nil: for as long as it takes
-- @return how many messages were handled: requests, answers to requests of coroutines, and such
-- requests as ended without one, are among them; or nil, "NAME: message", "NAME" when none was and
-- none can be waited for: CLOSED (the window was closed, or the program is asked to close, as
-- `taskkill` without `/F` does), ENDING (the session ends: the user signs out, or Windows shuts
-- down), QUIT (the thread was sent WM_QUIT), all of which every later poll says as well;
-- INTERRUPTED (Ctrl+C, which then takes its usual course)
function receiving:poll(seconds)
  local count, why, code = turn(self, check.wait(seconds))
  if count == 0 and code then
    return nil, why, code
  end
  return count
end

-- Whether run is under way: in a coroutine that still lives, if it was called in one.
function receiving:_running()
  local runner = self._runner and self._runner[1]
  return runner and coroutine.status(runner) ~= "dead"
end

-- Whether it is in this one.
function receiving:_runs_in(thread)
  return self._runner[1] == thread
end

local function loop(self)
  local _, why, code
  repeat
    _, why, code = turn(self, -1)
  until code or self._stop or (self._window and self._window:interrupted())
  return why, code
end

-- Ends running. A Ctrl+C that was ours to handle is not lost, however the loop ended.
-- @return whether there was one
local function stop_running(self)
  self._runner, self._stop = nil, false
  local window = self._window
  local interrupted = window and window:interrupted()
  if window then
    window:run(false)
  end
  return interrupted
end

--- Polls until `stop` is called. The first Ctrl+C ends it too, after the handler that is running;
-- a second one, while that handler runs on, takes its usual course.
-- @function run
-- @return true when stopped; otherwise nil, "NAME: message", "NAME": INTERRUPTED, CLOSED, ENDING,
-- QUIT, as of `poll`
function receiving:run(...)
  if select("#", ...) > 0 then
    error("run takes no arguments: to poll for a time there is poll(seconds)", 2)
  end
  local window = self._window
  if not window then
    return nil, CLOSED, "CLOSED"
  end
  if self:_running() then
    error("run is under way on this endpoint: in a handler use poll", 2)
  end
  self._stop = false
  -- Weak: of a coroutine that is dropped in mid-run nothing is left.
  self._runner = setmetatable({ (coroutine.running()) }, { __mode = "v" })
  window:run(true)
  local ok, why, code = pcall(loop, self)
  local interrupted = stop_running(self)
  if not ok then
    self._interrupted = interrupted -- for the next wait to tell
    error(why, 0)
  end
  if interrupted then
    why, code = INTERRUPTED, "INTERRUPTED"
  end
  if code then
    return nil, why, code
  end
  return true
end

--- Ends `run` when the handler that called this returns. Without effect while nothing runs.
-- @function stop
function receiving:stop()
  self._stop = self:_running()
end

--- Decides who may send here. `accept(peer)` is asked about each sender, a window of a process, in
-- `poll`, `run` and `receive`; until then, and when it returns nothing or false or raises, nothing
-- of that sender is decoded or queued. An undecided sender is told BUSY, so that it tries again by
-- itself, a refused one REFUSED; raw messages of both are answered 0. The decision is remembered
-- until another function is set: the 64 senders allowed last, and the 64 refused. A window that
-- does not exist is refused unasked, and a turn asks about 16 senders at most. A channel's own:
-- `channel:guard(accept)`.
-- @function guard
-- @param accept a function, or nil: everybody may send
function receiving:guard(accept)
  local window = check.open(self)
  if accept ~= nil then
    check.handler(accept)
  end
  self._accept = accept
  window:guard(nil, accept ~= nil)
end

return receiving
