-- SPDX-License-Identifier: MIT

--- Who may send to a window next: what an endpoint sends to one peer goes in the order of the
-- calls, also when some of them wait. For send.lua.
--
-- A lane is a list of those who send to a window and are not done, in the order in which they came.
-- There is none as long as nobody waits.
local Lanes = {}
Lanes.__index = Lanes

function Lanes.new()
  return setmetatable({}, Lanes)
end

--- Whether somebody else is to send to a window first.
-- @param who a table, for each send; nil: somebody who has not come
function Lanes:is_taken(hwnd, who)
  local lane = self[hwnd]
  return lane ~= nil and lane[1] ~= who
end

--- Takes a place, unless one has one already.
function Lanes:enter(hwnd, who)
  local lane = self[hwnd]
  if not lane then
    self[hwnd] = { who }
    return
  end
  for _, other in ipairs(lane) do
    if other == who then
      return
    end
  end
  lane[#lane + 1] = who
end

--- Gives a place up, if one has one.
function Lanes:leave(hwnd, who)
  local lane = self[hwnd]
  for i, other in ipairs(lane or {}) do
    if other == who then
      table.remove(lane, i)
      break
    end
  end
  if lane and #lane == 0 then
    self[hwnd] = nil
  end
end

return Lanes
