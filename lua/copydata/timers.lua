-- SPDX-License-Identifier: MIT

--- Times to wait for, the earliest first. For fibers.lua.
--
-- A binary heap. A cancelled timer stays in it until its time comes, or until half of them are
-- cancelled.
local Timers = {}
Timers.__index = Timers

function Timers.new()
  return setmetatable({ _count = 0, _cancelled = 0 }, Timers)
end

-- Moves a timer up from a place to where it belongs.
local function up(heap, place, timer)
  while place > 1 do
    local parent = heap[place // 2]
    if parent.time <= timer.time then
      break
    end
    heap[place] = parent
    place = place // 2
  end
  heap[place] = timer
end

-- Moves a timer down from a place to where it belongs.
local function down(heap, place, timer)
  local count = heap._count
  while 2 * place <= count do
    local child = 2 * place
    if child < count and heap[child + 1].time < heap[child].time then
      child = child + 1
    end
    if timer.time <= heap[child].time then
      break
    end
    heap[place] = heap[child]
    place = child
  end
  heap[place] = timer
end

-- Removes the first timer.
local function take(heap)
  local first, last = heap[1], heap[heap._count]
  heap[heap._count] = nil
  heap._count = heap._count - 1
  if heap._count > 0 then
    down(heap, 1, last)
  end
  if first.cancelled then
    heap._cancelled = heap._cancelled - 1
  end
  return first
end

-- Drops the cancelled timers.
local function sweep(heap)
  local count, kept = heap._count, 0
  for place = 1, count do
    local timer = heap[place]
    heap[place] = nil
    if not timer.cancelled then
      kept = kept + 1
      up(heap, kept, timer)
    end
  end
  heap._count, heap._cancelled = kept, 0
end

--- Adds a timer.
-- @param time on the clock of core.seconds
-- @param what the value that `pop` returns
-- @return the timer, for `cancel`
function Timers:add(time, what)
  local timer = { time = time, what = what, cancelled = false }
  self._count = self._count + 1
  up(self, self._count, timer)
  return timer
end

--- Cancels a timer whose time has not come.
function Timers:cancel(timer)
  timer.cancelled = true
  self._cancelled = self._cancelled + 1
  if 2 * self._cancelled > self._count and self._count > 64 then
    sweep(self)
  end
end

--- The earliest time; math.huge: there is none.
function Timers:first()
  local first = self[1]
  while first and first.cancelled do
    take(self)
    first = self[1]
  end
  return first and first.time or math.huge
end

--- Removes the timer whose time `first` has just returned.
-- @return the value it was made for
function Timers:pop()
  return take(self).what
end

return Timers
