-- SPDX-License-Identifier: MIT

--- A lock that tasks take in turn. For connection.lua.
local remove = require "copydata.remove"

local Turns = {}
Turns.__index = Turns

local Turn = {}

-- Hands the lock to the next task.
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

-- The place of a task that waits. It may be cancelled, even when its turn has come.
local Place = {}

function Place:__close()
  if not remove(self.turns._waiting, self) and not self.came then
    pass_on(self.turns)
  end
end

--- Makes a lock that is free.
-- @param event makes an event, as copydata.event does
function Turns.new(event)
  return setmetatable({ _event = event, _taken = false, _waiting = {} }, Turns)
end

--- Waits for the lock and takes it.
-- @return a to-be-closed value, which gives it back; nil: the wait was ended
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
