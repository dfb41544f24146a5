-- SPDX-License-Identifier: MIT

--- A turn of the loop: the messages that had arrived when it began, timers that are due, fibers
-- that could go on by then. For loop.lua, and for those who have something done in it.
--
-- There is one at a time. A loop goes on with that of the loop that it runs inside of, and with
-- what the one before it left: it is over when its wait is.
local core = require "copydata.core"
local fibers = require "copydata.fibers"

local turn = {
  number = 0, -- how many have begun
  is_under_way = false,
  peopled = false, -- there were sources, and nobody was told yet that all are closed
}

local BREATH = 0.001 -- seconds that a call may find something at once before a turn passes
local WEAK = { __mode = "v" }

local sources = setmetatable({}, WEAK)
local source_count = 0
local parts = setmetatable({}, WEAK) -- to be looked after when the next turn begins
local part_count = 0
local watcher -- looks around each wait; nil: nobody does
local lossy = false -- there may be a source that is lost
local began = 0 -- on the clock of core.seconds
local at = 1 -- the source of which messages are taken
local left -- how many fibers are still to go on; nil: timers were not looked at yet

--- Adds what messages of an endpoint come from. Not kept. It has `dispatch()`, which does something
-- with the next that had arrived when the turn began and returns whether there was one; `look()`,
-- which sees whether its window is still there, and `lost`, whether it was not; and `has_thread`,
-- whether its window has a thread of its own.
function turn.add_source(source)
  source_count = source_count + 1
  sources[source_count] = source
  turn.peopled = true -- though it may be closed before the next turn
end

--- Takes one out, for its endpoint is closed; and those that were collected.
function turn.remove_source(source)
  local count, before = source_count, 0
  source_count = 0
  for i = 1, count do
    local other = sources[i]
    sources[i] = nil
    if other and other ~= source then
      source_count = source_count + 1
      sources[source_count] = other
    elseif i < at then
      before = before + 1
    end
  end
  at = at - before
end

--- Whether there is no source.
function turn.is_empty()
  return source_count == 0
end

-- Whether a source is one of those that `is(source)` says.
local function any(is)
  for i = 1, source_count do
    if sources[i] and is(sources[i]) then
      return true
    end
  end
  return false
end

local function is_lost(source)
  return source.lost
end

--- Whether a source is lost.
function turn.is_lost()
  lossy = lossy and any(is_lost)
  return lossy
end

--- Has all sources see whether they are.
function turn.look()
  lossy = true
  for i = source_count, 1, -1 do
    if sources[i] then
      sources[i]:look()
    end
  end
end

--- Whether the window of a source has no thread of its own, and takes messages only while the
-- script waits or sends: nobody else notices that there is one.
function turn.pumps()
  return any(function(source)
    return not source.has_thread
  end)
end

--- Has `part:tend(hurried)` called once, when the next turn begins; hurried: it is not to wait. Not
-- kept.
function turn.ask(part)
  part_count = part_count + 1
  parts[part_count] = part
end

--- Has `part:look()` called before and after each wait; nil: nobody's any more. For sockets.lua.
function turn.watch(part)
  watcher = part
end

--- Calls those.
function turn.prepare(hurried)
  if watcher then
    watcher:look()
  end
  local asked, count = parts, part_count
  if count == 0 then
    return
  end
  parts, part_count = setmetatable({}, WEAK), 0
  for i = 1, count do
    if asked[i] then
      asked[i]:tend(hurried)
    end
  end
end

--- When the next turn has something to do if nothing arrives: on the clock of core.seconds;
-- math.huge: never.
function turn.due()
  if watcher then
    watcher:look()
  end
  return (part_count > 0 or fibers.is_any()) and 0 or fibers.due()
end

--- Begins one: waits, at most for so many seconds, and notes what has arrived.
-- @return nothing; or what kept it from waiting, "NAME: message", "NAME"
function turn.begin(seconds)
  local something, why, code = core.wait(seconds)
  if watcher then
    watcher:look()
  end
  began = core.seconds()
  turn.number = turn.number + 1
  turn.is_under_way = true
  at, left = something == false and source_count + 1 or 1, nil
  return why, code
end

--- Does the next thing of it.
-- @param resuming called before a fiber goes on
-- @return whether there was one; otherwise it is over
function turn.step(resuming)
  while at <= source_count do
    local source = sources[at]
    if source and source:dispatch() then
      return true
    end
    at = at + 1
  end
  left = left or fibers.wake(began)
  if left > 0 and fibers.is_any() then
    left = left - 1
    fibers.step(resuming)
    return true
  end
  turn.is_under_way = false
  return false
end

--- Leaves what is left of it to the next.
function turn.drop()
  turn.is_under_way = false
end

--- Whether it is time to let a turn pass, for what may find something at once again and again.
function turn.needs_breath()
  return core.seconds() - began > BREATH
end

return turn
