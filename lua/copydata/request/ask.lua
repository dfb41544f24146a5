-- SPDX-License-Identifier: MIT

--- Sending requests and waiting for their answers. For endpoint.lua and remote/; what a request and
-- a group are is in pending.lua.
local Peer = require "copydata.peer"
local core = require "copydata.core"
local errors = require "copydata.errors"
local loop = require "copydata.loop"

local Ask = {}
Ask.__index = Ask

Ask.PAUSE = 0.1 -- seconds between looks for somebody who is not there yet

--- Makes what asks for an endpoint: by its window, what it sends, and its requests under way.
function Ask.new(window, outgoing, pending)
  return setmetatable({
    _window = window, _send = outgoing.sender, _batch = outgoing.batch, _pending = pending,
  }, Ask)
end

-- Sends a request that was composed to one peer.
-- @return the request under way, which the group counts; or nil, "NAME: message", "NAME", stale
local function ask(self, group, name, hwnd, pid, frame, size, options)
  local pending = self._pending
  if not self._window:is_open() then
    return errors.closed()
  end
  local request = pending:begin(group, name, hwnd, pid)
  if not request then
    return nil, "BUSY: 65535 requests are under way already", "BUSY"
  end
  core.renumber(frame, request.msgid)
  local send = self._send
  local ok, accepted, why, code, stale =
    pcall(send.deliver_to, send, hwnd, frame, size, options)
  if not (ok and accepted) and not request.done then
    pending:finish(request)
  end
  if not self._window:is_open() then -- closed in a callback or a finalizer, so nothing went on
    return errors.closed()
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
          self._send.directory:prefer(name, hwnd)
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
    local peers, remembered, preferred = self._send.directory:peers(name, turn == 2)
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

-- Asks the one peer that the script has chosen.
local function ask_one(self, group, name, frame, size, options)
  local hwnd, pid = options.hwnd, options.pid
  local reached, why, code = self._send.directory:reaches(hwnd, name, pid)
  if not reached then
    return nil, why, code
  end
  return ask(self, group, name, hwnd, pid, frame, size, options)
end

-- What there may be more of in a moment, when nobody is there who serves yet.
local NOT_YET = { NO_PEER = true, REFUSED = true, ABSENT = true, GONE = true }

-- Waits until a group's requests are over, or time is.
local function await(group, options)
  if group.left > 0 then
    local why, code = loop.await(group, options.deadline)
    if group.left > 0 then
      group:abandon(code or "TIMEOUT", why or "TIMEOUT: no answer in time")
    end
  end
end

--- Sends a request that was composed, gives the frame back, and waits until it is over.
-- @param options `deadline`; `hwnd` and `pid` of the one to ask, else the first who takes it is;
-- `wait`: nobody there is no failure until the deadline; `on_progress`
-- @return the request, or nil, "NAME: message", "NAME" when it could not be sent
function Ask:one(name, frame, size, options)
  local group = self._pending:group()
  local ask_somebody = options.hwnd and ask_one or ask_first
  self._batch:start()
  local request, why, code
  repeat
    if not self._window:is_open() then
      request, why, code = errors.closed()
      break
    end
    request, why, code = ask_somebody(self, group, name, frame, size, options)
    local again = not request and options.wait and NOT_YET[code]
      and core.seconds() < options.deadline
    if again then
      local ended, ended_code = loop.sleep(Ask.PAUSE)
      if ended_code then
        why, code, again = ended, ended_code, false
      end
    end
  until not again
  self._send:done(frame)
  if not request then
    return nil, why, code
  end
  await(group, options)
  return request
end

--- Sends a request to one peer.
-- @param options as for Ask:one
-- @return as endpoint:request
function Ask:request(name, value, options)
  local frame, size, code = self._send:compose(name, value, 0)
  if not frame then
    return nil, size, code
  end
  local request, why
  request, why, code = self:one(name, frame, size, options)
  if not request then
    return nil, why, code
  elseif request.code then
    return nil, request.message, request.code, request.details
  end
  return request.data
end

--- Sends a request to everybody else on a channel. The time is shared: a peer that does not
-- look for messages is given up in time for the others.
-- @return a list of `{ peer =, data = }`, one for each answer
-- @return a list of `{ peer =, code =, message =, details = }` for each of the others
function Ask:request_all(name, value, options)
  local frame, size, code = self._send:compose(name, value, 0)
  if not frame then
    return nil, size, code
  end
  local group, answers, failures = self._pending:group(), {}, {}
  local deadline = options.deadline
  self._batch:start()
  if not self._window:is_open() then
    return errors.closed()
  end
  local peers = self._send.directory:peers(name, true)
  for _, once in ipairs { true, false } do -- then again those that were busy, waiting for them
    local busy = {}
    for i, hwnd in ipairs(peers) do
      local now = core.seconds()
      local request, message, failed = ask(self, group, name, hwnd, nil, frame, size, {
        deadline = now + math.max(0, deadline - now) / (#peers - i + 1), once = once,
        on_progress = options.on_progress,
      })
      if failed == "BUSY" and once then
        busy[#busy + 1] = hwnd
      elseif not request then
        failures[#failures + 1] = { peer = Peer.of(hwnd), code = failed, message = message }
      end
    end
    peers = busy
  end
  self._send:done(frame)
  await(group, options)
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

return Ask
