-- SPDX-License-Identifier: MIT

--- The pending requests of an endpoint, and how they end. For endpoint.lua; ask.lua makes them.
--
-- A pending request is a wait (fibers.lua), { msgid =, hwnd =, pid =, name =, group = }. When it is
-- over, it has `data`, or `code`, `message` and, for a REMOTE failure, `details`. `seen`: a check
-- has found it pending; only then does the next one watch its peer. Requests that one call waits
-- for share a group, which is a wait too, with `left`: how many of them are pending.
local Peer = require "copydata.peer"
local core = require "copydata.core"
local errors = require "copydata.errors"
local fibers = require "copydata.fibers"

local Pending = {}
Pending.__index = Pending

local QUICK = 0.02 -- seconds: a peer that answers sooner is not watched, however often it is asked
local LOOK = 1 -- seconds between checks without news, and until peers are no longer watched
local PARTING = 0.125 -- seconds for the last message of a peer that has left
local NEXT_TURN = 0.001 -- seconds, so that what has arrived by now is handled first

-- Cancels the next look.
local function look_away(self)
  if self._timer then
    fibers.forget(self._timer)
  end
  self._look, self._timer = math.huge, false
end

-- Checks at a time whether the peers that were asked are still there.
local function look_at(self, time)
  if time < self._look then
    look_away(self)
    self._look, self._timer = time, fibers.at(time, self)
  end
end

-- Checks soon, because of requests that have just begun.
local function look_soon(self, now)
  self._soon = true
  look_at(self, now + QUICK)
end

--- Makes the list for a window of core's; `presence` reports who leaves.
function Pending.new(window, presence)
  local self = setmetatable({
    late = 0, -- answers that arrived after their request was over
    _window = window,
    _by_msgid = {},
    _hold = presence:hold(), -- has the watched peers
    _look = math.huge, -- when to check next whether the peers are still there
    _timer = false, -- for that check
    _soon = false, -- whether that is soon enough for requests that begin now
  }, Pending)
  presence:listen(function(now)
    if self._look < math.huge then
      look_at(self, now)
    end
  end)
  self._request = { __index = {
    abandon = function(request, code, message)
      if not request.done then
        self:finish(request, code, message)
      end
    end,
  } }
  return self
end

local Group = {}
Group.__index = Group

--- Makes a group: `group:add(request)`.
function Pending.group()
  return setmetatable({ done = true, left = 0 }, Group)
end

--- Ends the pending requests of a group, with a failure if there is one to report.
function Group:abandon(code, message)
  for _, request in ipairs(self) do
    request:abandon(code, message)
  end
end

--- Records that a request is about to be sent.
-- @param frame the composed request, which gets the number
-- @param[opt] group the group that waits for it
-- @return the request; or nil, "NAME: message", "NAME"
function Pending:begin(frame, name, hwnd, pid, group)
  local msgid = self._window:ask(hwnd, name, frame)
  if not msgid and not self._window:is_open() then
    return errors.closed()
  elseif not msgid then
    return nil, "BUSY: 65535 requests are already in progress", "BUSY"
  end
  local request = setmetatable({ -- with room for what is set later
    done = false, fiber = nil, msgid = msgid, hwnd = hwnd, pid = pid, name = name, group = group,
    data = nil,
  }, self._request)
  self._by_msgid[msgid] = request
  if not (self._soon or self._hold:has(hwnd)) then
    look_soon(self, core.seconds())
  end
  if group then
    group.left, group.done = group.left + 1, false
  end
  return request
end

--- Records that a request is over; with the failure, if it failed.
function Pending:finish(request, code, message, details)
  if code then
    request.code, request.message, request.details = code, message, details
  end
  self._by_msgid[request.msgid] = nil
  self._window:over(request.msgid)
  fibers.finish(request)
  local group = request.group
  if group then
    group.left = group.left - 1
    if group.left == 0 then
      fibers.finish(group)
    end
  end
end

-- A bridge's failures on the way to the answering peer: with these, no handler failed.
local ON_THE_WAY = {
  NO_PEER = true, GONE = true, TIMEOUT = true, BUSY = true, TOO_LARGE = true, UNREACHABLE = true,
}

-- What the caller gets for an error that the other side reported: a string, or a map with
-- `message`. Foreign programs may send anything else.
local function failure_of(problem)
  local details = { message = "the handler failed, without a message" }
  if type(problem) == "string" then
    details.message = problem
  elseif type(problem) == "table" then
    for _, name in ipairs { "message", "name", "traceback", "value" } do
      if type(problem[name]) == "string" then
        details[name] = problem[name]
      end
    end
  end
  local code = type(problem) == "table" and problem.code
  if ON_THE_WAY[code] then
    return code, ("%s: %s"):format(code, details.message)
  end
  return "REMOTE", "REMOTE: " .. details.message, details
end

--- An answer arrived; `undecoded`: why it could not be decoded.
function Pending:answer(msgid, data, problem, undecoded)
  local request = self._by_msgid[msgid]
  if not request then
    self.late = self.late + 1
  elseif undecoded ~= nil then
    self:finish(request, "MALFORMED",
      "MALFORMED: the answer cannot be decoded: " .. errors.describe(undecoded))
  elseif problem ~= nil then
    self:finish(request, failure_of(problem))
  else
    request.data = data
    self:finish(request)
  end
end

-- Checks whether the peer of a request is there. When it is first found missing, its last message
-- may still be on its way or, if its window is gone, have arrived during this turn. So it has until
-- the next check.
-- @return when to check again; math.huge: the peer is there, or the request is over
local function look(request, is_present, now)
  if is_present then
    request.missed = nil
    return math.huge
  elseif not request.missed then
    request.missed = now + (Peer.of(request.hwnd).pid and PARTING or NEXT_TURN)
  elseif request.missed <= now then
    request:abandon("GONE", "GONE: the peer left before it answered")
  end
  return request.done and math.huge or request.missed
end

--- Watches peers that did not answer at once, and ends the requests whose peer is gone. See
-- fibers.at.
function Pending:tend(now)
  self._look, self._timer, self._soon = math.huge, false, false
  local slow, young = {}, false -- slow: a copy, as a finalizer may make requests meanwhile
  for _, request in pairs(self._by_msgid) do
    if request.seen then
      slow[#slow + 1] = request
    else
      request.seen, young = true, true
    end
  end
  if young then
    look_soon(self, now)
  end
  if #slow == 0 or not self._window:is_open() then
    self._hold:close()
    return
  end
  self._hold:take()
  local asked, next_look = {}, now + LOOK -- asked: a set of windows
  local hwnd, name, pid, is_present -- asks Windows once for a row of requests to one peer
  for _, request in ipairs(slow) do
    if not self._window:is_open() then -- closed by a finalizer
      return
    elseif request.hwnd ~= hwnd or request.name ~= name or request.pid ~= pid then
      hwnd, name, pid = request.hwnd, request.name, request.pid
      self._hold:add(hwnd)
      asked[hwnd] = true
      is_present = self._window:reaches(hwnd, name, pid)
    end
    next_look = math.min(next_look, look(request, is_present, now))
  end
  self._hold:keep(asked)
  look_at(self, next_look)
end

--- Ends all requests, because the endpoint is being closed.
function Pending:close()
  for _, request in pairs(self._by_msgid) do
    self:finish(request, "CLOSED", select(2, errors.closed()))
  end
  look_away(self)
end

return Pending
