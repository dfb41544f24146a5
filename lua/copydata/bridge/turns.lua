-- SPDX-License-Identifier: MIT

--- A lock that tasks take in turn. For connection.lua.
local Turns = {}
Turns.__index = Turns

local Turn = {}

-- Hands it to the next.
local function pass_on(turns)
  local next_one = table.remove(turns._waiting, 1)
  if next_one then
    next_one.event:set(true)
  else
    turns._taken = false
  end
end

function Turn:__close()
  pass_on(self.turns)
end

-- Somebody who waits, and may be cancelled meanwhile, also when it is his turn already.
local Place = {}

function Place:__close()
  local waiting = self.turns._waiting
  for i, other in ipairs(waiting) do
    if other == self then
      table.remove(waiting, i)
      return
    end
  end
  if not self.came then
    pass_on(self.turns)
  end
end

--- Makes one that nobody has.
-- @param event makes an event, as copydata.event does
function Turns.new(event)
  return setmetatable({ _event = event, _taken = false, _waiting = {} }, Turns)
end

--- Takes it, when it is free.
-- @return a to-be-closed value, whose end gives it back; nil: waiting was ended
function Turns:take()
  if self._taken then
    local place <close> = setmetatable({ turns = self, event = self._event(), came = false }, Place)
    table.insert(self._waiting, place)
    place.came = place.event:wait() and true or false
    if not place.came then
      return nil
    end
  end
  self._taken = true
  return setmetatable({ turns = self }, Turn)
end

return Turns
