-- SPDX-License-Identifier: MIT

--- References of dropped proxies, until they are given back to the programs whose objects they are.
-- For node.lua.
--
-- A reference must not be given back twice, so this is sent only to a peer that pumps messages at
-- the moment. If the loop may wait, it waits for a peer that does not: a little longer each time,
-- but for no more than a tenth of the time.
local core = require "copydata.core"
local fibers = require "copydata.fibers"
local turn = require "copydata.turn"

local Returns = {}
Returns.__index = Returns

local FIRST_PATIENCE, LONGEST_PATIENCE = 0.01, 0.5 -- seconds to wait for a peer
local PAUSE = 10 -- until the next try, times the patience

--- Makes the list. `give_back(info, patience)` sends a reference to a peer if it pumps messages
-- within some seconds, and returns whether the reference is done with.
function Returns.new(give_back)
  local self = setmetatable({
    _give_back = give_back,
    _dropped = {}, -- what is known of dropped proxies
    _silent = {}, -- by hwnd: { patience =, time = }: how long to wait for a peer at the next try
    _asked = false, -- the next turn calls `tend`
    _closed = false,
  }, Returns)
  self._alarm = { tend = function() self:_wish() end }
  return self
end

-- Makes the next turn try.
function Returns:_wish()
  if not (self._asked or self._closed) then
    self._asked = true
    turn.ask(self)
  end
end

--- Adds what is known of a proxy. Waits for nothing: it may be called by the collector.
function Returns:add(info)
  if info.count > 0 then
    table.insert(self._dropped, info)
    if not self._silent[info.hwnd] then
      self:_wish()
    end
  end
end

-- Gives back a reference, unless its peer was silent a moment ago.
-- @return nothing, or when to try again
local function try(self, info, hurried)
  local hwnd, now = info.hwnd, core.seconds()
  local silent = self._silent[hwnd] or { patience = FIRST_PATIENCE, time = now }
  if silent.time > now then
    return silent.time
  elseif self._give_back(info, hurried and FIRST_PATIENCE or silent.patience) then
    self._silent[hwnd] = nil
    return
  end
  silent.time = core.seconds() + PAUSE * silent.patience
  silent.patience = math.min(2 * silent.patience, LONGEST_PATIENCE)
  self._silent[hwnd] = silent
  return silent.time
end

--- Gives back what can be given back; see turn.ask.
function Returns:tend(hurried)
  local dropped, next_try = self._dropped, math.huge
  self._dropped, self._asked = {}, false
  for _, info in ipairs(dropped) do
    local time = not self._closed and try(self, info, hurried)
    if time then
      table.insert(self._dropped, info)
      next_try = math.min(next_try, time)
    end
  end
  if next_try < math.huge then
    fibers.at(next_try, self._alarm)
  end
end

--- Gives back no more, because the endpoint is being closed.
function Returns:close()
  self._closed = true
end

return Returns
