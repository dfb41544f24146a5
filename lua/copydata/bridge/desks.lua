-- SPDX-License-Identifier: MIT

--- Which desks have a bridge, by their leases. For asking.lua, leases.lua and retained.lua.
local Desks = {}
Desks.__index = Desks

local KNOWN = 5 -- seconds that an answer is good for

--- Makes it.
-- @param engine
-- @param seconds the clock of core.seconds
function Desks.new(engine, seconds)
  return setmetatable({
    _engine = engine,
    _seconds = seconds,
    _boots = {}, -- by desk: { boot =, since = }
  }, Desks)
end

--- What the bridge of a desk is known by.
-- @param[opt] anew true: asks the engine in any case
-- @return its boot; "": there is none; or nil, "NAME: message", "NAME"
function Desks:boot_of(desk, anew)
  local known = self._boots[desk]
  if known and not anew and self._seconds() - known.since < KNOWN then
    return known.boot
  end
  local boot, why, code = self._engine:holder("name:" .. desk)
  if boot then
    self._boots[desk] = boot ~= "" and { boot = boot, since = self._seconds() } or nil
  end
  return boot, why, code
end

return Desks
