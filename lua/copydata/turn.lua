-- SPDX-License-Identifier: MIT

--- A turn of the loop: the messages that had arrived when it began, due timers, fibers that could
-- be resumed by then, and for a moment those whose waits they end. For loop.lua and the files that
-- take part in turns.
--
-- There is one turn at a time. A loop continues the turn of the loop that it is nested in, and what
-- the previous loop left of its own: a loop ends when its wait is over.
local core = require "copydata.core"
local fibers = require "copydata.fibers"

local turn = {
  number = 0, -- how many have begun
  is_under_way = false,
  is_hurried = false, -- nothing in this turn must wait
  peopled = false, -- there were sources, and it is not yet reported that all are closed
}

local BREATH = 0.001 -- seconds in which calls may find something at once before a turn must pass
local WEAK = { __mode = "v" }

local sources = setmetatable({}, WEAK)
local source_count = 0
local parts = setmetatable({}, WEAK) -- those that asked to be called when the next turn begins
local part_count = 0
local watcher -- called before and after each wait; or nil
local lossy = false -- there may be a source that is lost
local began = 0 -- on the clock of core.seconds
local at = 1 -- the source whose messages are being handled
local left -- how many fibers this turn still resumes; nil: timers are not checked yet

--- Adds a source of an endpoint's messages, which is not kept alive. It has `dispatch()`, which
-- handles the next message that had arrived when the turn began, and returns whether there was one;
-- `look()`, which checks whether its window still exists; `lost`, whether it does not; and
-- `has_thread`, whether its window has a thread of its own.
function turn.add_source(source)
  source_count = source_count + 1
  sources[source_count] = source
  turn.peopled = true -- though it may be closed before the next turn
end

--- Removes a source whose endpoint is closed, and sources that were collected.
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

-- Whether `is(source)` is true for any source.
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

--- Makes all sources check whether they are lost.
function turn.look()
  lossy = true
  for i = source_count, 1, -1 do
    if sources[i] then
      sources[i]:look()
    end
  end
end

--- Whether a source's window has no thread of its own: it then receives messages only while the
-- script waits or sends, and other waits do not notice them.
function turn.pumps()
  return any(function(source)
    return not source.has_thread
  end)
end

--- Makes the next turn call `part:tend(hurried)` once when it begins; hurried: it must not wait.
-- The part is not kept alive.
function turn.ask(part)
  part_count = part_count + 1
  parts[part_count] = part
end

--- Sets the part whose `part:look()` is called before and after each wait; nil: none. For
-- sockets.lua.
function turn.watch(part)
  watcher = part
end

--- Calls the parts that asked for it.
function turn.prepare(hurried)
  turn.is_hurried = hurried or false
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

--- Begins a turn: waits at most until a time on the clock of core.seconds, and notes what has
-- arrived.
-- @return nothing; or why it could not wait, "NAME: message", "NAME"
function turn.begin(deadline)
  local ended, something, code = core.wait(deadline)
  if watcher then
    watcher:look()
  end
  began = ended or core.seconds()
  turn.number = turn.number + 1
  turn.is_under_way = true
  at, left = something == false and source_count + 1 or 1, nil
  if code then
    return something, code
  end
end

--- Does the next thing of the turn.
-- @param resuming called before a fiber is resumed
-- @return whether there was one; otherwise the turn is over
function turn.step(resuming)
  while at <= source_count do
    local source = sources[at]
    if source and source:dispatch() then
      return true
    end
    at = at + 1
  end
  left = left or fibers.wake(began)
  if left > 0 and fibers.is_any() or fibers.is_prompt() and not turn.needs_breath() then
    left = left - 1
    fibers.step(resuming)
    return true
  end
  turn.is_under_way = false
  return false
end

--- Leaves the rest of the turn to the next.
function turn.drop()
  turn.is_under_way = false
end

--- Whether to let a turn pass, for calls that find something at once again and again.
function turn.needs_breath()
  return core.seconds() - began > BREATH
end

return turn
