-- SPDX-License-Identifier: MIT

--- The methods of endpoints that make requests, and the coroutines that wait for their answers.
-- For endpoint.lua; what a request and a group are is in requests.lua.
-- @submodule endpoint
local Peer = require "copydata.peer"
local caller = require "copydata.remote.caller"
local check = require "copydata.check"
local core = require "copydata.core"

local asking = {}

local DEPTH = 16 -- requests that wait inside each other and still serve
local CLOSED = "CLOSED: the endpoint was closed"

-- Coroutines -------------------------------------------------------------------------------------

local function resume(thread, ...)
  local before = caller.get()
  local ok, problem = coroutine.resume(thread, ...)
  caller.set(before)
  if not ok then
    if type(problem) == "string" then
      problem = debug.traceback(thread, problem)
    end
    coroutine.close(thread)
    error(problem, 0)
  end
end

-- Whether a coroutine can go on.
function asking:_resumable()
  return self._ready.first <= self._ready.last
end

-- Lets the next coroutine go on whose requests are over, unless somebody else has. An error in it
-- is raised.
-- @return whether there was one
function asking:_resume()
  local ready = self._ready
  local group = ready[ready.first]
  if not group then
    return false
  end
  ready[ready.first] = nil
  ready.first = ready.first + 1
  local thread = group.coroutine
  if thread and coroutine.status(thread) == "suspended" then
    resume(thread)
  end
  return true
end

--- Runs a function in a coroutine of its own, in which a request does not block the program but
-- suspends the coroutine; `poll` and `run` let it go on. Runs it at once, up to its first request.
-- An error in it leaves the call that ran it, `spawn`, `poll` or `run`, with its traceback.
-- @function spawn
-- @param f the function
-- @param ... its arguments
-- @return the coroutine
function asking:spawn(f, ...)
  check.open(self)
  check.handler(f)
  local thread = coroutine.create(function(...)
    f(...)
  end)
  self._spawned[thread] = true
  resume(thread, ...)
  return thread
end

-- Whether waiting is to suspend the coroutine that is running: one of ours, or any under `run`.
local function suspends(self)
  local thread, is_main = coroutine.running()
  if is_main or not coroutine.isyieldable() then
    return false
  end
  return self._spawned[thread] or (self:_running() and not self:_runs_in(thread))
end

-- Ends what is left of a group, with a failure if there is one to tell.
local function give_up(self, group, code, why)
  for _, request in ipairs(group) do
    if not request.done then
      self:_finish(request, code, why)
    end
  end
end

-- Waits until a group's requests are over, taking answers and, when wanted, requests to us.
local function block(self, group, wanted)
  while group.left > 0 do
    local newest, why, code = self:_wait(-1, wanted)
    if code then
      return give_up(self, group, code, why)
    end
    repeat
      local handled = self:_dispatch(self._window:next(newest, wanted))
    until handled == nil or group.left == 0 or not self._window
  end
end

-- Waits for a group of requests.
local function await(self, group, serve)
  if group.left == 0 then
    return
  elseif suspends(self) then
    group.coroutine = coroutine.running()
    local peer = caller.get()
    repeat
      coroutine.yield()
    until group.left == 0
    caller.set(peer)
    group.coroutine = nil -- it may wait for something else when its turn comes
    return
  end
  self._depth = self._depth + 1
  local ok, problem = pcall(block, self, group,
    serve and self._depth <= DEPTH and core.calls or core.answers)
  self._depth = self._depth - 1
  if not ok then
    give_up(self, group)
    error(problem, 0)
  end
end

-- Asking -----------------------------------------------------------------------------------------

-- Sends a request that was composed to one peer. `share`: of the time that is left, how much the
-- peer may take to accept it, 1 by default.
-- @return the request under way, which the group counts; or nil, "NAME: message", "NAME", stale
local function ask(self, group, name, hwnd, pid, frame, size, options, share)
  if not self._window then
    return nil, CLOSED, "CLOSED"
  end
  local request = self:_begin(group, name, hwnd, pid, options.deadline)
  if not request then
    return nil, "BUSY: 65535 requests are under way already", "BUSY"
  end
  core.renumber(frame, request.msgid)
  local outbox = self._outbox
  local timeout = math.max(0, options.deadline - core.seconds()) * (share or 1)
  local ok, accepted, why, code, stale =
    pcall(outbox.deliver_to, outbox, hwnd, frame, size, timeout, options)
  if not (ok and accepted) and not request.done then
    self:_finish(request)
  end
  if not self._window then -- closed in a callback or a finalizer, so nothing went on
    return nil, CLOSED, "CLOSED"
  elseif not ok then
    error(accepted, 0)
  elseif not accepted then
    return nil, why, code, stale
  end
  group[#group + 1] = request
  return request
end

-- With these the message is not in anybody's hands, nor was time lost.
local PASS_ON = {
  REFUSED = true, ABSENT = true, GONE = true, HUNG = true, DENIED = true, UNHANDLED = true,
  MALFORMED = true, TOO_LARGE = true,
}

-- Asks the peers that were not tried before, last time's first, until one takes the request.
-- `attempts`: `{ [hwnd] = true, why =, worst = }`, what was tried, and what to say if nobody does.
-- @return the request, or nil and of a failure that ends it "NAME: message", "NAME"
local function ask_in_turn(self, group, name, frame, size, options, peers, preferred, attempts)
  for at = preferred and 0 or 1, #peers do
    local hwnd = peers[at] or preferred
    if not attempts[hwnd] then
      attempts[hwnd] = true
      local request, message, code, stale =
        ask(self, group, name, hwnd, nil, frame, size, options)
      if request then
        if hwnd ~= preferred then
          self._outbox:prefer(name, hwnd)
        end
        return request
      elseif not PASS_ON[code] then
        return nil, message, code
      elseif not stale and attempts.worst ~= "REFUSED" then
        attempts.why, attempts.worst = message, code
      end
    end
  end
end

-- Asks the first peer that takes the request.
-- @return the request, or nil, "NAME: message", "NAME"
local function ask_first(self, group, name, frame, size, options)
  local attempts = {}
  for turn = 1, 2 do
    local peers, remembered, preferred = self._outbox:peers(name, turn == 2)
    local request, why, code = ask_in_turn(self, group, name, frame, size, options, peers,
      preferred, attempts)
    if request or code then
      return request, why, code
    elseif not remembered then
      break
    end
  end
  if attempts.worst == "REFUSED" then
    return nil, "REFUSED: nobody on the channel takes requests, or nobody takes ours", "REFUSED"
  end
  return nil, attempts.why or "NO_PEER: nobody else is on the channel",
    attempts.worst or "NO_PEER"
end

-- Says by when it is to be over, and sends first what was said first.
-- @return true; or nil, "NAME: message", "NAME": a handler of posts that failed closed the endpoint
local function prepare(self, options)
  options.deadline = core.seconds() + options.timeout
  self:_send_posted(options.timeout)
  if not self._window then
    return nil, CLOSED, "CLOSED"
  end
  return true
end

-- Asks the one peer that the script has chosen.
local function ask_one(self, group, name, frame, size, options)
  local hwnd, pid = options.hwnd, options.pid
  local reached, why, code = self._outbox:reaches(hwnd, name, pid)
  if not reached then
    return nil, why, code
  end
  return ask(self, group, name, hwnd, pid, frame, size, options)
end

--- Sends a request to one peer on a channel and waits for its answer. Need not be joined.
--
-- Without `to` it goes to the first peer that takes requests there (`channel:serve`); who merely
-- listens turns it away at once.
--
-- While it waits, messages are accepted and queued, and requests to us are served, so that two
-- programs may ask each other and ask back; past 16 of these inside each other they wait. In a
-- coroutine of `spawn`, or in any other that is not `run`'s own while `run` is under way, it
-- suspends the coroutine instead, and up to 65,535 may be under way at once.
-- @function request
-- @param name the channel's name
-- @param value anything `copydata.msgpack.encode` takes
-- @param[opt] options `to`: a peer, or its window handle; `timeout`: seconds in all, by default
-- the endpoint's; `serve_while_waiting`: by default the endpoint's; `on_progress`: as for `send`
-- @return the answer, which may be nil, as the failure then has a third value; or
-- nil, "NAME: message", "NAME". Names: those of `send`, and NO_PEER (nobody is on the channel),
-- REFUSED (nobody there takes requests), TIMEOUT (an answer that comes later is dropped), GONE (the
-- peer died or left: noticed within a second), REMOTE (its handler failed), MALFORMED (the answer
-- cannot be decoded here), CLOSED, ENDING, QUIT, INTERRUPTED (while waiting, as of `poll`).
-- @return of a REMOTE failure a fourth value: `{ message =, name =, traceback = }`, as far as the
-- peer told them
function asking:request(name, value, options)
  check.open(self)
  check.name(name)
  return self:_request(name, value, check.requesting(options, self))
end

function asking:_request(name, value, options)
  local frame, size, code = self._outbox:compose(name, value, 0)
  if not frame then
    return nil, size, code
  end
  local request, why
  request, why, code = self:_ask(name, frame, size, options)
  if not request then
    return nil, why, code
  elseif request.code then
    return nil, request.message, request.code, request.details
  end
  return request.data
end

-- Sends a request that the outbox has composed, and waits until it is over.
-- @return the request, or nil, "NAME: message", "NAME" when it could not be sent
function asking:_ask(name, frame, size, options)
  local request, why, code = prepare(self, options)
  if not request then
    return nil, why, code
  end
  local group = { left = 0 }
  local ask_somebody = options.hwnd and ask_one or ask_first
  request, why, code = ask_somebody(self, group, name, frame, size, options)
  self._outbox:done(frame)
  if not request then
    return nil, why, code
  end
  await(self, group, options.serve_while_waiting)
  return request
end

--- Sends a request to every other peer on a channel and waits until each has answered or failed.
-- The time is shared: a peer that does not look for messages is given up in time for the others.
-- @function request_all
-- @param name the channel's name
-- @param value as for `request`
-- @param[opt] options as for `request`, but for `to`
-- @return a list of `{ peer =, data = }`, one for each answer
-- @return a list of `{ peer =, code =, message =, details = }` for each of the others: those that
-- take no requests (REFUSED) are among them
function asking:request_all(name, value, options)
  check.open(self)
  check.name(name)
  return self:_request_all(name, value, check.requesting(options, self))
end

function asking:_request_all(name, value, options)
  local outbox = self._outbox
  local frame, size, code = outbox:compose(name, value, 0)
  if not frame then
    return nil, size, code
  end
  local prepared, why
  prepared, why, code = prepare(self, options)
  if not prepared then
    return nil, why, code
  end
  local group, answers, failures = { left = 0 }, {}, {}
  local peers = outbox:peers(name, true)
  for _, once in ipairs { true, false } do -- then again those that were busy, waiting for them
    options.once = once
    local busy = {}
    for i, hwnd in ipairs(peers) do
      local share = 1 / (#peers - i + 1)
      local request, message, failed =
        ask(self, group, name, hwnd, nil, frame, size, options, share)
      if failed == "BUSY" and once then
        busy[#busy + 1] = hwnd
      elseif not request then
        failures[#failures + 1] = { peer = Peer.of(hwnd), code = failed, message = message }
      end
    end
    peers = busy
  end
  outbox:done(frame)
  await(self, group, options.serve_while_waiting)
  for _, request in ipairs(group) do
    local peer = Peer.of(request.hwnd)
    if request.code then
      failures[#failures + 1] =
        { peer = peer, code = request.code, message = request.message, details = request.details }
    else
      answers[#answers + 1] = { peer = peer, data = request.data }
    end
  end
  return answers, failures
end

return asking
