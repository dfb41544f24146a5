-- SPDX-License-Identifier: MIT

--- Requests whose replies go to one of the script's endpoints. For ask.lua.
--
-- There only their order tells one program's replies apart. So each program is asked one question
-- at a time, and a request that was given up stays in line: the next reply belongs to it, and is
-- dropped.
local Waits = require "copydata.waits"
local core = require "copydata.core"
local errors = require "copydata.errors"
local loop = require "copydata.loop"

local Line = {}
Line.__index = Line

local LATE_MOST = 64 -- requests that were given up and stay in line

--- Makes the line of an endpoint, as a part of it.
function Line.new(endpoint)
  return setmetatable({
    endpoint = endpoint,
    window = endpoint._window,
    current = {}, -- by program: the request in progress
    waiting = Waits.new(), -- requests that wait for their turn
    late = {}, -- the requests that were given up, the oldest first
    dropped = {}, -- by program: how many replies to those have arrived
  }, Line)
end

--- Waits until no other request to a program is in progress.
-- @return true; otherwise false, "NAME: message", "NAME"
function Line:turn(pid, deadline)
  while self.current[pid] do
    local wait = self.waiting:add()
    local why, code = loop.await(wait, deadline)
    if not wait.done then
      wait:abandon()
      return false, why or select(2, errors.timeout()), code or "TIMEOUT"
    elseif not self.window:is_open() then
      return false, select(2, errors.closed())
    end
  end
  return true
end

--- Sets which request gets the messages that core takes under an id; nil: none.
function Line:set_taker(id, taker)
  self.endpoint:_take_raw(id, taker)
end

-- Removes the requests from the line that a function chooses.
local function forget(self, chooses)
  local kept = {}
  for _, request in ipairs(self.late) do
    if chooses(request) then
      request:unhook()
    else
      kept[#kept + 1] = request
    end
  end
  self.late = kept
end

-- Waits until a program has finished with what it was sent. While it replies, it answers probes and
-- handles whatever else it is sent; so it has finished when it answers a probe and has sent nothing
-- here since the probe began.
-- @return whether it has; otherwise false, "NAME: message", "NAME" if the wait was ended
local function settle(self, hwnd, deadline)
  local window = self.window
  local function answers(which)
    return window:probe(which, math.max(0, deadline - core.seconds()))
  end
  local seen
  repeat
    seen = window:raw_seen()
    if not answers(hwnd) or not answers(window:hwnd()) then -- the second has a thread of its own
      return false
    end
    local why, code = loop.await({}, core.seconds()) -- takes what is there
    if code then
      return false, why, code
    elseif not window:is_open() then
      return false, select(2, errors.closed())
    end
  until window:raw_seen() == seen
  return true
end

--- A request is about to be sent.
-- @param deadline how long to find out what became of earlier requests
-- @return nothing; or "NAME: message", "NAME" if it cannot be sent
function Line:begin(request, deadline)
  local pid = request.pid
  request.dropped = self.dropped[pid]
  self.current[pid] = request
  local unsure = false
  forget(self, function(other)
    unsure = unsure or other.pid == pid and other.unsure
    return not core.process_of(other.hwnd) -- the program is gone
  end)
  -- It is unknown whether the program has handled the message. When the program has finished, it
  -- has, or never will; and most programs reply before that.
  if unsure then
    local settled, why, code = settle(self, request.hwnd, deadline)
    if settled then
      forget(self, function(other) return other.pid == pid and other.unsure end)
    end
    return why, code
  end
end

--- Passes on a message from a program that was asked.
function Line:offer(pid, bytes, message)
  for i, request in ipairs(self.late) do
    if request.pid == pid and request:accepts(bytes, message) then
      table.remove(self.late, i)
      self.dropped[pid] = (self.dropped[pid] or 0) + 1
      for _, next_one in ipairs(request:unhook()) do -- which arrived before this was noticed
        self:offer(pid, next_one.data, next_one)
      end
      return
    end
  end
  local request = self.current[pid]
  if request and request:accepts(bytes, message) then
    request:answer(bytes, message)
  end
end

--- A request is over. `pending`: its reply may still come.
function Line:release(request, pending)
  local pid = request.pid
  if not pending then
    request:unhook()
  elseif self.dropped[pid] ~= request.dropped then
    -- The reply dropped meanwhile may have been its own: then earlier requests get none any more.
    request:unhook()
    forget(self, function(other) return other.pid == pid end)
  else
    table.insert(self.late, request)
    if #self.late > LATE_MOST then
      table.remove(self.late, 1):unhook()
    end
  end
  if self.current[pid] == request then
    self.current[pid] = nil
    self.waiting:wake()
  end
end

--- The endpoint is closed.
function Line:close()
  self.late = {}
  for _, request in pairs(self.current) do
    request:lose()
  end
end

return Line
