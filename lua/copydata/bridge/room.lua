-- SPDX-License-Identifier: MIT

--- A limit for the bytes that a bridge has accepted and not yet appended. For outbound.lua.
local Room = {}
Room.__index = Room

--- Makes a room of so many bytes.
-- @param event makes an event, as copydata.event does
function Room.new(bytes, event)
  return setmetatable({
    limit = bytes, taken = 0, _event = event, _waiting = {} -- a set of events
  }, Room)
end

local function fits(self, bytes)
  return self.taken == 0 or self.taken + bytes <= self.limit
end

--- Takes room, and waits for it. One message always fits.
-- @return true; nil: the wait was ended
function Room:take(bytes)
  while not fits(self, bytes) do
    local event = self._event()
    self._waiting[event] = true
    local came = event:wait()
    self._waiting[event] = nil
    if not came then
      return nil
    end
  end
  self.taken = self.taken + bytes
  return true
end

--- Ends the limit, because the bridge is being closed.
function Room:open()
  self.limit = math.huge
  self:give(0)
end

--- Gives room back.
function Room:give(bytes)
  self.taken = self.taken - bytes
  for event in pairs(self._waiting) do
    event:set(true)
  end
end

return Room
