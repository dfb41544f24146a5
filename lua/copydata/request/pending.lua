-- SPDX-License-Identifier: MIT

--- The requests of an endpoint that are under way, and how they end. For endpoint.lua; ask.lua
-- makes them.
--
-- A request under way is { msgid =, hwnd =, pid =, name =, group = }. When it is over, `done` is
-- true, and it has `data`, or `code`, `message` and of a REMOTE failure `details`. A group is what
-- somebody waits for: a wait (fibers.lua) with `left`, how many of its requests are under way; the
-- requests are its items.
local core = require "copydata.core"
local errors = require "copydata.errors"
local fibers = require "copydata.fibers"

local Pending = {}
Pending.__index = Pending

local LOOK = 0.25 -- seconds between looks whether those that were asked are still there

--- Makes the list of a window of core's.
function Pending.new(window)
  return setmetatable({
    late = 0, -- answers that came when nobody waited for them any more
    _window = window,
    _by_msgid = {},
    _looks = false, -- it is to be seen soon whether those that were asked are still there
  }, Pending)
end

local Group = {}
Group.__index = Group

--- What somebody waits for: requests, none of them under way yet.
function Pending:group()
  return setmetatable({ left = 0, pending = self }, Group)
end

--- Ends what is left of a group, with a failure if there is one to tell.
function Group:abandon(code, message)
  for _, request in ipairs(self) do
    if not request.done then
      self.pending:finish(request, code, message)
    end
  end
end

--- Notes that a request is about to be sent, which a group will wait for.
-- @return it; nil: too many are under way
function Pending:begin(group, name, hwnd, pid)
  local msgid = self._window:ask(hwnd)
  if not msgid then
    return nil
  end
  local request = { msgid = msgid, hwnd = hwnd, pid = pid, name = name, group = group }
  self._by_msgid[msgid] = request
  if not self._looks then
    self._looks = true
    fibers.at(core.seconds() + LOOK, self)
  end
  group.left = group.left + 1
  group.done = nil -- those before may all be over, as when they turned it away
  return request
end

--- Notes that a request is over; with the failure, if it failed.
function Pending:finish(request, code, message, details)
  request.code, request.message, request.details = code, message, details
  request.done = true
  self._by_msgid[request.msgid] = nil
  if self._window:is_open() then
    self._window:over(request.msgid)
  end
  local group = request.group
  group.left = group.left - 1
  if group.left == 0 then
    fibers.finish(group)
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

--- An answer came in; `undecoded`: what kept it from being decoded.
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

--- Ends the requests whose peer is gone. A peer's last words may be on their way here: so one that
-- is missed for the first time has until the next look. See fibers.at.
function Pending:tend(now)
  local under_way = {} -- of its own, as a finalizer may ask while we go through it
  for _, request in pairs(self._by_msgid) do
    under_way[#under_way + 1] = request
  end
  self._looks = #under_way > 0 and self._window:is_open()
  if not self._looks then
    return
  end
  fibers.at(now + LOOK / 2, self)
  local hwnd, name, pid, is_present -- of many requests to one peer in a row, Windows is asked once
  for _, request in ipairs(under_way) do
    if request.hwnd ~= hwnd or request.name ~= name or request.pid ~= pid then
      hwnd, name, pid = request.hwnd, request.name, request.pid
      is_present = self._window:reaches(hwnd, name, pid)
    end
    if not is_present and request.missed and not request.done then
      self:finish(request, "GONE", "GONE: the peer left before it answered")
    end
    request.missed = not is_present
  end
end

--- Ends all requests, for the endpoint is being closed.
function Pending:close()
  for _, request in pairs(self._by_msgid) do
    self:finish(request, "CLOSED", select(2, errors.closed()))
  end
end

return Pending
