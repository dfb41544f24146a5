-- SPDX-License-Identifier: MIT

--- The requests of an endpoint that are under way, and how they end. For endpoint.lua; ask.lua
-- makes them.
--
-- A request under way is a wait (fibers.lua), { msgid =, hwnd =, pid =, name =, group = }. When it
-- is over it has `data`, or `code`, `message` and of a REMOTE failure `details`. Several that
-- somebody waits for have a group, a wait too, with `left`: how many of them are under way.
local core = require "copydata.core"
local errors = require "copydata.errors"
local fibers = require "copydata.fibers"

local Pending = {}
Pending.__index = Pending

local LOOK = 0.25 -- seconds between looks whether those that were asked are still there

--- Makes the list of a window of core's.
function Pending.new(window)
  local self = setmetatable({
    late = 0, -- answers that came when nobody waited for them any more
    _window = window,
    _by_msgid = {},
    _looks = false, -- it is to be seen soon whether those that were asked are still there
  }, Pending)
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

--- Ends what is left of a group, with a failure if there is one to tell.
function Group:abandon(code, message)
  for _, request in ipairs(self) do
    request:abandon(code, message)
  end
end

--- Notes that a request is about to be sent.
-- @param[opt] group one that waits for it
-- @return it; nil: too many are under way
function Pending:begin(name, hwnd, pid, group)
  local msgid = self._window:ask(hwnd, name)
  if not msgid then
    return nil
  end
  local request = setmetatable({ -- with room for what is set later
    done = false, fiber = nil, msgid = msgid, hwnd = hwnd, pid = pid, name = name, group = group,
    data = nil,
  }, self._request)
  self._by_msgid[msgid] = request
  if not self._looks then
    self._looks = true
    fibers.at(core.seconds() + LOOK, self)
  end
  if group then
    group.left, group.done = group.left + 1, false
  end
  return request
end

--- Notes that a request is over; with the failure, if it failed.
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
    if not is_present and request.missed then
      request:abandon("GONE", "GONE: the peer left before it answered")
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
