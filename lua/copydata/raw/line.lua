-- SPDX-License-Identifier: MIT

--- Requests whose replies come to an endpoint of the script's. For ask.lua.
--
-- There nothing but their order tells the replies of one program apart. So a request that was given
-- up stays in line: the next reply is its, and is dropped.
local core = require "copydata.core"

local Line = {}
Line.__index = Line

local LATE_MOST = 64 -- requests that were given up and stay in line

--- Makes that of an endpoint, as a part of it.
function Line.new(endpoint)
  return setmetatable({
    endpoint = endpoint,
    window = endpoint._window,
    under_way = {}, -- a set
    late = {}, -- those that were given up, the oldest first
    dropped = {}, -- by window: how many of its replies were dropped
  }, Line)
end

--- Says whose a message is that core has taken with an id; nil: nobody's.
function Line:set_taker(id, taker)
  self.endpoint:_take_raw(id, taker)
end

-- Takes those out of line that a function chooses.
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

--- A request is about to be sent.
-- @param seconds how long it may take to find out what became of those before it
function Line:begin(request, seconds)
  local hwnd = request.hwnd
  request.dropped = self.dropped[hwnd]
  self.under_way[request] = true
  local unsure = false
  forget(self, function(other)
    unsure = unsure or other.hwnd == hwnd and other.unsure
    return not select(2, core.describe(other.hwnd)) -- the program is gone
  end)
  -- Nobody knows whether it was looked at. It was, or never will be, when the program looks for
  -- messages again; and most programs reply while they look.
  if unsure and self.window:probe(hwnd, seconds) then
    forget(self, function(other) return other.hwnd == hwnd and other.unsure end)
  end
end

--- A request is over. `pending`: its reply may still come.
function Line:release(request, pending)
  local hwnd = request.hwnd
  self.under_way[request] = nil
  if not pending then
    request:unhook()
  elseif self.dropped[hwnd] ~= request.dropped then
    -- What was dropped meanwhile may have been its own: then those before it get none any more.
    request:unhook()
    forget(self, function(other) return other.hwnd == hwnd end)
  else
    request.given_up = true
    table.insert(self.late, request)
    if #self.late > LATE_MOST then
      table.remove(self.late, 1):unhook()
    end
  end
end

--- The reply of a request that was given up has come.
function Line:drop(request)
  self.dropped[request.hwnd] = (self.dropped[request.hwnd] or 0) + 1
  forget(self, function(other) return other == request end)
end

--- The endpoint is closed.
function Line:close()
  self.late = {}
  for request in pairs(self.under_way) do
    request:lose()
  end
end

return Line
