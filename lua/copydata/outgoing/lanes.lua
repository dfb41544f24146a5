-- SPDX-License-Identifier: MIT

--- The order of sends to a window: an endpoint's messages to one peer are sent in the order of the
-- calls, even if some calls wait. For send.lua.
--
-- A lane is a list of the unfinished sends to a window, in the order in which they began. A window
-- has no lane as long as no send waits.
local contains = require "copydata.contains"
local remove = require "copydata.remove"

local Lanes = {}
Lanes.__index = Lanes

function Lanes.new()
  return setmetatable({}, Lanes)
end

--- Whether another send to a window comes first.
-- @param who a table for each send; nil: a send without a place
function Lanes:is_taken(hwnd, who)
  local lane = self[hwnd]
  return lane ~= nil and lane[1] ~= who
end

--- Takes a place, unless the send already has one.
function Lanes:enter(hwnd, who)
  local lane = self[hwnd] or {}
  self[hwnd] = lane
  if not contains(lane, who) then
    lane[#lane + 1] = who
  end
end

--- Gives up a place, if the send has one.
function Lanes:leave(hwnd, who)
  local lane = self[hwnd]
  if lane and remove(lane, who) and #lane == 0 then
    self[hwnd] = nil
  end
end

return Lanes
