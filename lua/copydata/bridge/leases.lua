-- SPDX-License-Identifier: MIT

--- What a bridge repeats every 2 seconds: that it is there, under its name, and which channels its
-- desktop serves; and it asks which other desks do. For link.lua.
local Leases = {}
Leases.__index = Leases

local LEASE = 6 -- seconds for which that is valid
local EVERY = 2 -- seconds until it is repeated
local LOOK = 0.5 -- seconds between tries to take a name
local SYNCHRONIZE = 60 -- seconds between looks at the server's clock, and words for the inbox
local NAME = "^[%w._-]+$"
local NAME_MOST = 64

--- Makes it.
-- @param settings `engine`; `desks`; `desk` and `boot`, ours; `waits`; `carried`, a list;
-- `asking()`; `fail(name, message)`; `report(name, message)`
function Leases.new(settings)
  settings.key = "name:" .. settings.desk
  settings.synchronized = settings.waits.seconds()
  return setmetatable(settings, Leases)
end

--- Takes the bridge's name. Waits for one that a killed bridge has left behind: unlike a living
-- bridge's lease, that one runs out.
-- @return true; or nil, "NAME_TAKEN: message", "NAME_TAKEN", and what else fails
function Leases:take_name()
  local before, ends = math.huge, self.waits.seconds() + 2 * LEASE
  while true do
    local taken, why, code = self.engine:lease(self.key, self.boot, LEASE)
    if taken or code then
      return taken, why, code
    end
    local left
    left, why, code = self.engine:lease_left(self.key)
    if not left then
      return nil, why, code
    elseif left == math.huge or left > before or self.waits.seconds() > ends then
      return nil, ("NAME_TAKEN: another bridge is called %s"):format(self.desk), "NAME_TAKEN"
    end
    before = left
    local slept
    slept, why, code = self.waits.sleep(LOOK)
    if not slept then
      return nil, why, code
    end
  end
end

-- Says whether this desktop may serve a channel, which it does if there is a program on it, and
-- asks which others may. Desks without a bridge do not count, whatever the server has of them.
-- @return true; or nil, "NAME: message", "NAME"
local function exchange(self, carried)
  local some = carried.peers > 0
  local desks, why, code = self.engine:servers(carried.remote, LEASE,
    (some or carried.told) and self.desk, some and LEASE or 0)
  if not desks then
    return nil, why, code
  end
  carried.told = some
  local others = {}
  for _, desk in ipairs(desks) do
    if #desk <= NAME_MOST and desk:find(NAME) and desk ~= self.desk then
      local boot
      boot, why, code = self.desks:boot_of(desk)
      if not boot then
        return nil, why, code
      elseif boot ~= "" then
        others[#others + 1] = desk
      end
    end
  end
  carried:served_by(others)
  return true
end

-- Says and asks everything once.
-- @return true; or nil, "NAME: message", "NAME"
local function turn(self)
  local ok, why, code = self.engine:renew(self.key, self.boot, LEASE)
  if ok == false then
    self.fail("NAME_TAKEN", ("NAME_TAKEN: another bridge is called %s"):format(self.desk))
    return nil, "", "CLOSED"
  end
  for _, carried in ipairs(self.carried) do
    if ok and carried.requests then
      ok, why, code = exchange(self, carried)
    end
  end
  local asking = self.asking()
  if ok and asking then
    asking:look()
  end
  if ok and self.waits.seconds() - self.synchronized > SYNCHRONIZE then
    ok, why, code = self.engine:synchronize()
    if ok and asking then
      ok, why, code = self.engine:renew_inbox(self.desk)
    end
    self.synchronized = self.waits.seconds()
  end
  return ok, why, code
end

--- Runs until the connection is closed or the task cancelled.
function Leases:run()
  while true do
    local ok, why, code = turn(self)
    if code == "CLOSED" then
      return
    end
    self.report(not ok and code or nil, why)
    if not self.waits.sleep(EVERY) then
      return
    end
  end
end

--- Gives everything back.
function Leases:release()
  for _, carried in ipairs(self.carried) do
    if carried.told then
      self.engine:stop_serving(carried.remote, self.desk)
    end
  end
  self.engine:release(self.key, self.boot)
end

return Leases
