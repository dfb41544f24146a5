-- SPDX-License-Identifier: MIT

--- The requests of an endpoint that are under way, and how they end. For endpoint.lua; asking.lua
-- makes them.
--
-- A request under way is { msgid =, hwnd =, pid =, name =, deadline =, group = }. When it is over,
-- `done` is true, and it has `data`, or `code`, `message` and of a REMOTE failure `details`. A
-- group is what somebody waits for: `{ left = how many, coroutine = who, unless it blocks }`.
-- @submodule endpoint
local core = require "copydata.core"
local failure = require "copydata.failure"

local requests = {}

local LOOK = 0.25 -- seconds between looks whether those that were asked are still there

-- Notes that a request is about to be sent, which a group will wait for.
-- @return it; nil: too many are under way
function requests:_begin(group, name, hwnd, pid, deadline)
  local msgid = self._window:ask(hwnd)
  if not msgid then
    return nil
  end
  local now = core.seconds()
  if next(self._asked) == nil then
    self._look = now + LOOK
  end
  local request = {
    msgid = msgid, hwnd = hwnd, pid = pid, name = name, group = group, deadline = deadline,
  }
  self._asked[msgid] = request
  self._due = math.min(self._due, deadline, self._look)
  group.left = group.left + 1
  return request
end

-- Notes that a request is over; with the failure, if it failed.
function requests:_finish(request, code, message, details)
  request.code, request.message, request.details = code, message, details
  request.done = true
  self._asked[request.msgid] = nil
  if self._window then
    self._window:over(request.msgid)
  end
  local group = request.group
  group.left = group.left - 1
  if group.left == 0 and group.coroutine then
    local ready = self._ready
    ready.last = ready.last + 1
    ready[ready.last] = group
  end
end

-- What the caller is told of an error that the other side reported: a string, or a map with
-- `message`. Programs that we did not write may send anything else.
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
  return "REMOTE", "REMOTE: " .. details.message, details
end

-- An answer came in; `undecoded`: what kept it from being decoded.
-- @return whether somebody still waits for it
function requests:_answered(msgid, data, problem, undecoded)
  local request = self._asked[msgid]
  if not request then
    self._late = self._late + 1
    return false
  end
  if undecoded ~= nil then
    self:_finish(request, "MALFORMED",
      "MALFORMED: the answer cannot be decoded: " .. failure.describe(undecoded))
  elseif problem ~= nil then
    self:_finish(request, failure_of(problem))
  else
    request.data = data
    self:_finish(request)
  end
  return true
end

-- How long waiting may take until something under way is to be looked after; negative: for ever.
function requests:_watch_time()
  local first = math.min(self._due, self._remote and self._remote:due() or math.huge)
  return first < math.huge and math.max(0, first - core.seconds()) or -1
end

-- Makes the function that says whether a request's peer is still where it was when it was asked. Of
-- many requests to one peer in a row, Windows is asked once.
local function presence(self)
  local hwnd, name, pid, is_present
  return function(request)
    if request.hwnd ~= hwnd or request.name ~= name or request.pid ~= pid then
      hwnd, name, pid = request.hwnd, request.name, request.pid
      is_present = self._window:reaches(hwnd, name, pid)
    end
    return is_present
  end
end

-- Takes the answers that are here: what came in time counts, however late it is looked at.
-- @return whether there were any
local function take_answers(self)
  local any = false
  while self._window do
    local handled = self:_dispatch(self._window:next(math.maxinteger, core.answers))
    if handled == nil then
      break
    end
    any = true
  end
  return any
end

-- What a request fails with that is ended without an answer; nil: it is not ended. `is_present` is
-- nil when it is not yet time to look.
local function ending(request, now, is_present)
  if now >= request.deadline then
    return "TIMEOUT", "TIMEOUT: no answer in time"
  elseif is_present then
    local missed = not is_present(request)
    if missed and request.missed then
      return "GONE", "GONE: the peer left before it answered"
    end
    request.missed = missed
  end
end

-- Sees to remote objects, and ends the requests whose time is over or whose peer is gone. A peer's
-- last words may be on their way here: so one that is missed for the first time has until the next
-- look. To be called often: does nothing while nothing is due.
-- @return whether any requests were ended
function requests:_watch()
  if self._due == math.huge and not self._remote then
    return false
  end
  local now = core.seconds()
  if self._remote and self._window then
    self._remote:tend(now)
  end
  if now < self._due then
    return false
  end
  local ended = take_answers(self)
  local is_present = now >= self._look and presence(self) or nil
  local under_way = {} -- of its own, as a finalizer may ask while we go through it
  for _, request in pairs(self._asked) do
    under_way[#under_way + 1] = request
  end
  if is_present then
    self._look = now + LOOK / 2
  end
  self._due = math.huge
  for _, request in ipairs(under_way) do
    local code, message
    if self._window and not request.done then
      code, message = ending(request, now, is_present)
    end
    if code then
      self:_finish(request, code, message)
      ended = true
    elseif not request.done then
      self._due = math.min(self._due, request.deadline, self._look)
    end
  end
  return ended
end

-- Ends all requests, for the endpoint is being closed.
function requests:_end_requests()
  for _, request in pairs(self._asked) do
    self:_finish(request, "CLOSED", "CLOSED: the endpoint was closed")
  end
end

return requests
