-- SPDX-License-Identifier: MIT

--- The waits (fibers.lua) for one thing, a list in the order in which they began.
local fibers = require "copydata.fibers"
local remove = require "copydata.remove"

local Waits = {}
Waits.__index = Waits

local Wait = {}
Wait.__index = Wait

--- Takes the wait out of its list, if it is there.
function Wait:abandon()
  remove(self.waits, self)
end

function Waits.new()
  return setmetatable({}, Waits)
end

--- Adds a wait.
function Waits:add()
  local wait = setmetatable({ waits = self }, Wait)
  self[#self + 1] = wait
  return wait
end

--- Ends the oldest wait, if there is one.
function Waits:wake_first()
  local wait = table.remove(self, 1)
  if wait then
    fibers.finish(wait)
  end
end

--- Ends all waits.
function Waits:wake()
  for i, wait in ipairs(self) do
    self[i] = nil
    fibers.finish(wait)
  end
end

return Waits
