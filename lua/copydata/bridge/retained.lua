-- SPDX-License-Identifier: MIT

--- What programs retain for newcomers on a channel: the values of this desktop's programs, which
-- the engine keeps for desks that join, and those of other desks' programs, which newcomers here
-- get. For carried.lua.
--
-- The program that retains a value is its keeper, "DESK:BOOT:WINDOW". The value is valid as long as
-- that bridge is there, and the program is on the channel and does not withdraw it.
local core = require "copydata.core"
local entry = require "copydata.bridge.entry"

local Retained = {}
Retained.__index = Retained

local KEEPER = "^([%w._-]+):(%x+):%x+$"
local KEEPER_MOST = 100 -- bytes
local VALUES_MOST = 1000 -- of other desks, for one channel
local BYTES_MOST = 64 * 1024 * 1024 -- of these

--- Makes what a channel retains.
-- @param settings `name`, of the channel; `origin`, ours: "DESK:BOOT"; `desks`; `endpoint`;
-- `spawn`; `timeout`, seconds for which a newcomer may be busy
function Retained.new(settings)
  return setmetatable({
    count = 0, -- values of other desks
    _bytes = 0, -- of these
    _name = settings.name,
    _origin = settings.origin,
    _desks = settings.desks,
    _endpoint = settings.endpoint,
    _spawn = settings.spawn,
    _timeout = settings.timeout,
    _ours = {}, -- a set: the windows of this desktop's programs that have retained a value
    _values = {}, -- by keeper: { body =, extras =, desk =, boot = }; body is encoded
  }, Retained)
end

-- Ours -------------------------------------------------------------------------------------------

--- A program of this desktop retains a value.
-- @return its keeper
function Retained:keeper_of(hwnd)
  self._ours[hwnd] = true
  return ("%s:%x"):format(self._origin, hwnd & 0xFFFFFFFF)
end

--- A program has left the channel, or no longer keeps its value.
-- @return the keeper of that value; nil: there is none
function Retained:left(hwnd)
  if self._ours[hwnd] then
    local keeper = self:keeper_of(hwnd)
    self._ours[hwnd] = nil
    return keeper
  end
end

--- Which values the engine still keeps for an earlier bridge of this name.
-- @param kept by keeper: bytes
-- @return a list of keepers
function Retained:stale(kept)
  local list, desk = {}, self._origin:match "^[^:]*"
  for keeper in pairs(kept) do
    local ours = keeper:sub(1, #self._origin + 1) == self._origin .. ":"
    if keeper:match "^[^:]*" == desk and not ours then
      list[#list + 1] = keeper
    end
  end
  return list
end

-- Others' ----------------------------------------------------------------------------------------

local function forget(self, keeper)
  local value = self._values[keeper]
  if value then
    self._values[keeper] = nil
    self.count, self._bytes = self.count - 1, self._bytes - #value.body
  end
end

--- Notes a message of another desk that says what its sender retains, or that it no longer does.
-- @param origin of the entry
-- @return whether the keeper is that desk's
function Retained:note(origin, body, extras)
  local keeper = extras.keeper
  local desk, boot = keeper:match(KEEPER)
  if #keeper > KEEPER_MOST or not desk or desk .. ":" .. boot ~= origin then
    return false
  end
  forget(self, keeper)
  if not extras.gone and self.count < VALUES_MOST and self._bytes + #body <= BYTES_MOST then
    self._values[keeper] = { body = body, extras = extras, desk = desk, boot = boot }
    self.count, self._bytes = self.count + 1, self._bytes + #body
  end
  return true
end

--- Takes the values that the engine keeps, before reading starts.
-- @param kept by keeper: bytes
-- @param most bytes of a message
function Retained:load(kept, most)
  local own = self._origin:match "^[^:]*"
  for keeper, bytes in pairs(kept) do
    local origin = keeper:match "^([^:]+:[^:]+):" or ""
    local ok, value, after = entry.decode(#bytes <= most and bytes or "", 1)
    local extras = ok and type(value) == "table" and entry.extras(value)
    local body = extras and core.content(bytes, after)
    if body and extras.keeper == keeper and origin:match "^[^:]*" ~= own then
      extras.via[#extras.via + 1] = own
      self:note(origin, body, extras)
    end
  end
end

-- Sends one value to a peer.
local function send(self, peer, value)
  local extras = { retained = true, origin = value.extras.origin, via = value.extras.via }
  self._endpoint._outgoing:send_to(self._name, peer.hwnd, peer.pid, core.packed(value.body),
    { deadline = core.seconds() + self._timeout, extras = extras })
end

-- Sends a newcomer all values, except those of bridges that are gone.
local function tell(self, peer)
  local keepers = {}
  for keeper in pairs(self._values) do
    keepers[#keepers + 1] = keeper
  end
  for _, keeper in ipairs(keepers) do
    local value = self._values[keeper]
    local boot = value and self._desks:boot_of(value.desk)
    if boot and boot == value.boot then
      send(self, peer, value)
    elseif boot and boot ~= "" and self._values[keeper] == value then
      forget(self, keeper) -- another bridge has the name now
    end
  end
end

--- Sends a newcomer what other desks' programs retain.
function Retained:tell(peer)
  if next(self._values) then
    self._spawn(tell, self, peer)
  end
end

return Retained
