-- SPDX-License-Identifier: MIT

--- Sends requests and waits for their answers. For endpoint.lua and remote/; pending.lua describes
-- requests and groups.
local Peer = require "copydata.peer"
local Pending = require "copydata.request.pending"
local core = require "copydata.core"
local errors = require "copydata.errors"
local loop = require "copydata.loop"

local Ask = {}
Ask.__index = Ask

--- Makes what asks for an endpoint, from its window, its outgoing messages, its pending requests
-- and its presence.
function Ask.new(window, outgoing, pending, presence)
  return setmetatable({
    _window = window, _send = outgoing.sender, _batch = outgoing.batch, _pending = pending,
    _presence = presence,
  }, Ask)
end

local DIRECT = { direct = true } -- extras: bridges must not ask other peers of their desktop

-- The extras of a request for the peers that the script names, or for all of them.
local function direct(self)
  return #self._send.directory:bridges() > 0 and DIRECT or nil
end

-- Sends a composed request to one peer.
-- @return the pending request; or nil, "NAME: message", "NAME", stale
local function ask(self, name, hwnd, pid, frame, size, options, group)
  local pending, send = self._pending, self._send
  local request, problem, failure = pending:begin(frame, name, hwnd, pid, group)
  if not request then
    return nil, problem, failure
  end
  local ok, accepted, why, code, stale =
    pcall(send.deliver_to, send, hwnd, frame, size, options)
  if ok and accepted then
    return request
  end
  request:abandon()
  if not ok then
    error(accepted, 0)
  elseif not self._window:is_open() then -- closed in a callback or a finalizer
    return errors.closed()
  end
  return nil, why, code, stale
end

-- With these failures no peer has the message, and no time was lost.
local PASS_ON = {
  REFUSED = true, ABSENT = true, GONE = true, HUNG = true, DENIED = true, UNHANDLED = true,
  MALFORMED = true, TOO_LARGE = true,
}

-- Asks the first peer that accepts the request, starting with the one that did last time.
-- @return the request, or nil, "NAME: message", "NAME"
local function ask_first(self, name, frame, size, options)
  local directory, tried = self._send.directory, nil
  local why, worst = "NO_PEER: there is no other peer on the channel", "NO_PEER"
  for turn = 1, 2 do
    local peers, remembered, preferred = directory:peers(name, turn == 2)
    for at = preferred and 0 or 1, #peers do
      local hwnd = peers[at] or preferred
      if hwnd ~= options.except and not (tried and tried[hwnd]) then
        local request, message, code, stale = ask(self, name, hwnd, nil, frame, size, options)
        if request then
          if hwnd ~= preferred then
            directory:prefer(name, hwnd)
          end
          return request
        elseif not PASS_ON[code] then
          return nil, message, code
        elseif not stale and worst ~= "REFUSED" then
          why, worst = message, code
        end
        tried = tried or {}
        tried[hwnd] = true
      end
    end
    if not remembered or options.once then
      break
    end
  end
  if worst == "REFUSED" then
    why = "REFUSED: no peer on the channel serves requests, or none accepts ours"
  end
  return nil, why, worst
end

-- Asks the peer that the script has chosen, or the first that accepts the request.
local function ask_somebody(self, name, frame, size, options)
  local hwnd, pid = options.hwnd, options.pid
  if not self._window:is_open() then
    return errors.closed()
  elseif not hwnd then
    return ask_first(self, name, frame, size, options)
  end
  local reached, why, code = self._send.directory:reaches(hwnd, name, pid)
  if not reached then
    return nil, why, code
  end
  return ask(self, name, hwnd, pid, frame, size, options)
end

-- Failures that may pass when no peer serves the channel yet.
local NOT_YET = { NO_PEER = true, REFUSED = true, ABSENT = true, GONE = true }

-- Whether a peer may appear that accepts a request which no peer accepted.
local function may_come(request, code, options)
  return not request and NOT_YET[code] and core.seconds() < options.deadline
end

-- Asks again whenever a peer may have appeared, until one accepts the request.
local function ask_patiently(self, name, frame, size, options)
  local presence = self._presence
  local hold <close> = presence:hold()
  hold:take() -- first, so that no newcomer is missed
  while true do
    local news = presence.news
    local request, why, code = ask_somebody(self, name, frame, size, options)
    if not may_come(request, code, options) then
      return request, why, code
    end
    why, code = presence:await(news, options.deadline)
    if code then
      return nil, why, code
    end
  end
end

-- Waits until a request or a group of them is over, or time runs out.
local function await(wait, deadline)
  if not wait.done then
    local why, code = loop.await(wait, deadline)
    if not wait.done then
      wait:abandon(code or "TIMEOUT", why or "TIMEOUT: no answer in time")
    end
  end
end

--- Sends a composed request, returns the frame, and waits until the request is over.
-- @param options `deadline`; `hwnd` and `pid` of the peer to ask, otherwise the first that accepts
-- it, but not the window `except`; `once`: does not look for newcomers if no known peer accepts it;
-- `wait`: keeps trying until the deadline if no peer accepts it; `on_progress`
-- @return the request, or nil, "NAME: message", "NAME" if it could not be sent
function Ask:one(name, frame, size, options)
  self._batch:start()
  local request, why, code = ask_somebody(self, name, frame, size, options)
  if options.wait and may_come(request, code, options) then
    request, why, code = ask_patiently(self, name, frame, size, options)
  end
  self._send:done(frame)
  if not request then
    return nil, why, code
  end
  await(request, options.deadline)
  return request
end

--- Sends a request to one peer.
-- @param options as for Ask:one, and `extras`, as for Send:compose
-- @return as endpoint:request
function Ask:request(name, value, options)
  local extras = options.extras or options.hwnd and direct(self) or nil
  local frame, size, code = self._send:compose(name, value, 0, extras)
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

--- Sends a request to all other peers on a channel. They share the time: a peer that does not pump
-- messages is given up early enough to leave time for the others.
-- @return a list of `{ peer =, data = }`, one for each answer
-- @return a list of `{ peer =, code =, message =, details = }` for each of the others
function Ask:request_all(name, value, options)
  local frame, size, code = self._send:compose(name, value, 0, direct(self))
  if not frame then
    return nil, size, code
  end
  local group, answers, failures = Pending.group(), {}, {}
  local deadline = options.deadline
  self._batch:start()
  if not self._window:is_open() then
    return errors.closed()
  end
  local peers = self._send.directory:peers(name, true)
  for _, once in ipairs { true, false } do -- a second time for busy peers, waiting for them
    local busy = {}
    for i, hwnd in ipairs(peers) do
      local now = core.seconds()
      local request, message, failed = ask(self, name, hwnd, nil, frame, size, {
        deadline = now + math.max(0, deadline - now) / (#peers - i + 1), once = once,
        on_progress = options.on_progress,
      }, group)
      if request then
        group[#group + 1] = request
      elseif (failed == "BUSY" or failed == "UNPROVEN") and once then
        busy[#busy + 1] = hwnd
      else
        failures[#failures + 1] = { peer = Peer.of(hwnd), code = failed, message = message }
      end
    end
    peers = busy
  end
  self._send:done(frame)
  await(group, deadline)
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
