-- SPDX-License-Identifier: MIT

--- The task that appends what waits: one entry after another, from each stream in turn. For
-- link.lua.
local Writer = {}
Writer.__index = Writer

local FIRST_PAUSE, LONGEST_PAUSE = 0.1, 30 -- seconds before a stream that fails is tried again

--- Makes it.
-- @param waits `seconds()`, `event()`
-- @param report called with each failure, `report(outbound, name, message)`, and without a name
-- when it is over
function Writer.new(waits, report)
  return setmetatable({
    _waits = waits,
    _report = report,
    _outbounds = {}, -- all, in order
    _event = waits.event(), -- something was added
    _idle = {}, -- the events of drain
  }, Writer)
end

--- Adds an outbound.
function Writer:add(outbound)
  table.insert(self._outbounds, outbound)
end

--- Something was added to an outbound.
function Writer:wake()
  self._event:set(true)
end

-- Appends one entry.
local function append(self, outbound)
  local entry = outbound:entry(self._waits.seconds())
  if not entry then
    return
  end
  local id, message, name = outbound.append(entry)
  if id then
    outbound:done()
    if outbound.pause > 0 then
      outbound.pause, outbound.again = 0, 0
      self._report(outbound)
    end
  elseif name ~= "CLOSED" then -- a connection has its own pauses
    if name ~= "UNREACHABLE" then
      outbound.pause = math.min(LONGEST_PAUSE, math.max(FIRST_PAUSE, 2 * outbound.pause))
      outbound.again = self._waits.seconds() + outbound.pause * (0.5 + math.random() / 2)
    end
    outbound.pause = math.max(outbound.pause, FIRST_PAUSE)
    self._report(outbound, name, message)
  end
  return name ~= "CLOSED"
end

-- Appends an entry from each outbound that has one and may be tried.
-- @return whether there was one, and when the next may be tried; nil: the connection is closed
local function round(self)
  local now, next_try, any = self._waits.seconds(), math.huge, false
  for _, outbound in ipairs(self._outbounds) do
    if outbound.waiting > 0 then
      if outbound.again <= now then
        any = true
        if append(self, outbound) == false then
          return nil
        end
      else
        next_try = math.min(next_try, outbound.again)
      end
    end
  end
  return any, next_try
end

local function is_empty(self)
  for _, outbound in ipairs(self._outbounds) do
    if outbound.waiting > 0 then
      return false
    end
  end
  return true
end

--- Runs until the connection is closed or the task cancelled.
function Writer:run()
  while true do
    self._event = self._waits.event()
    local any, next_try = round(self)
    if any == nil then
      return
    elseif not any then
      if is_empty(self) then
        for _, event in ipairs(self._idle) do
          event:set(true)
        end
        self._idle = {}
      end
      local left = next_try < math.huge and math.max(0, next_try - self._waits.seconds()) or nil
      local _, _, code = self._event:wait(left)
      if code and code ~= "TIMEOUT" then
        return
      end
    end
  end
end

--- Waits until everything is appended.
-- @return whether it is
function Writer:drain(seconds)
  if is_empty(self) then
    return true
  end
  local event = self._waits.event()
  table.insert(self._idle, event)
  return event:wait(seconds) == true
end

return Writer
