-- SPDX-License-Identifier: MIT

--- Fibers: coroutines that wait, and are resumed in order. For loop.lua, which runs them, and the
-- files that start fibers or end their waits.
--
-- A **fiber** is a table: `{ thread =, caller =, … }`. A call that waits makes a **wait**, a table
-- with `done`, which suspends the fiber that makes it (`loop.await`). The code that ends a wait
-- calls `fibers.finish`. A wait that holds a resource has `abandon(wait)`, which releases it.
local Timers = require "copydata.timers"
local core = require "copydata.core"
local errors = require "copydata.errors"
local problems = require "copydata.problems"

local fibers = {
  depth = 0, -- how many loops are nested; set by loop.lua
}

local CANCELLED = "CANCELLED: the task was cancelled"
local YIELDED = "a task must not yield: to wait for another library's callback, use copydata.event"

local timers = Timers.new()
local ready, first, last = {}, 1, 0 -- those that can be resumed, in order
local under_way = {} -- a set: those that have waited and have not ended
local current -- the running fiber; nil: none
local closing = false -- a fiber is being closed: its __close must not wait

--- The fiber that runs, or nil.
function fibers.current()
  return current
end

--- Whether a fiber is being closed: code that runs then must not wait.
function fibers.is_closing()
  return closing
end

-- Puts a fiber into the queue of those that can be resumed.
local function enqueue(fiber)
  last = last + 1
  ready[last] = fiber
end

--- Ends a wait, and resumes its fiber later.
function fibers.finish(wait)
  wait.done = true
  local fiber = wait.fiber
  if fiber then
    wait.fiber = nil
    enqueue(fiber)
  end
end

--- Gives up a wait, and releases what it holds.
function fibers.abandon(wait)
  wait.fiber = nil
  if wait.abandon then
    wait:abandon()
  end
end

-- Ends a fiber that cannot be resumed.
local function kill(fiber, problem)
  under_way[fiber] = nil
  local before = closing
  closing = true
  local ok, worse = coroutine.close(fiber.thread)
  closing = before
  if not ok and fiber.cancelled then
    problems.report(worse) -- calls that wait for it get CANCELLED
  end
  fiber:ended(false, ok and problem or worse)
end

-- Handles a fiber that was resumed and does not wait.
local function settle(fiber, ok, problem)
  if coroutine.status(fiber.thread) == "dead" then
    under_way[fiber] = nil
    if not ok then -- out of memory: all else was caught
      fiber:ended(false, problem)
    end
  elseif not ok and under_way[fiber] then -- too many nested loops for C's stack: it did not run
    fiber.stuck = fibers.depth
    enqueue(fiber)
  elseif not ok then -- nor did it start
    kill(fiber, problem)
  else
    kill(fiber, debug.traceback(fiber.thread, YIELDED))
  end
end

-- Resumes a fiber until it waits or ends.
local function resume(fiber, ...)
  local before, thread = current, fiber.thread
  fiber.wait = nil
  core.running(thread) -- the first call, which may raise for lack of memory
  current = fiber
  local ok, problem = coroutine.resume(thread, ...)
  current = before
  core.running(before and before.thread)
  if not (ok and fiber.wait) then
    settle(fiber, ok, problem)
  end
end

local function body(fiber, f, ...)
  fiber:ended(xpcall(f, errors.traced, ...))
end

--- Starts a fiber, which runs until it waits or ends.
-- @param fiber a table, which becomes one: `ended(fiber, ok, …)` is called when it is over
-- @param f, ... the function to call and its arguments
function fibers.start(fiber, f, ...)
  fiber.caller = fiber.caller or false
  fiber.thread = coroutine.create(body)
  resume(fiber, fiber, f, ...)
end

--- Starts a fiber that no call waits for: an error in it is reported.
function fibers.run(f, ...)
  fibers.start({ ended = problems.report_end }, f, ...)
end

--- Cancels a fiber. A suspended one ends at once; one that runs a loop gets CANCELLED when that
-- loop is the innermost.
-- @return whether it was suspended
function fibers.cancel(fiber)
  if coroutine.status(fiber.thread) ~= "suspended" then
    fiber.cancelled = true
    return false
  end
  if fiber.wait then
    fibers.abandon(fiber.wait)
    if fiber.timer then
      timers:cancel(fiber.timer)
    end
  end
  fiber.cancelled = true -- it may be in the queue
  kill(fiber, CANCELLED)
  return true
end

--- The failure of a cancelled fiber: "NAME: message", "NAME"; nil if it was not cancelled.
function fibers.cancelled(fiber)
  if fiber and fiber.cancelled then
    return CANCELLED, "CANCELLED"
  end
end

--- Whether the caller is a fiber that can be suspended: not another coroutine inside one, nor below
-- a C function that cannot be yielded across.
function fibers.can_suspend()
  return current and coroutine.running() == current.thread and coroutine.isyieldable()
end

--- Records that a fiber waits (nil: none). What it handles is paused: the next message waits until
-- this one's handler has returned.
function fibers.pause(fiber)
  if fiber then
    fiber.waited = true
    if fiber.handling and not fiber.paused then
      fiber.paused = true
      fiber.handling:pause()
    end
  end
end

--- Suspends the running fiber until its wait is over.
-- @param deadline on the clock of core.seconds; math.huge: none; 0: until the other fibers that can
-- be resumed have had a turn
function fibers.suspend(wait, deadline)
  local fiber = current
  under_way[fiber] = true
  fiber.wait = wait
  if deadline == 0 then
    enqueue(fiber)
    coroutine.yield()
    return
  end
  wait.fiber = fiber
  if deadline < math.huge then
    fiber.timer = timers:add(deadline, wait)
  end
  coroutine.yield()
  if fiber.timer then
    timers:cancel(fiber.timer)
    fiber.timer = nil
  end
end

--- Makes the loop call `part:tend(now)` when its time has come.
-- @param time on the clock of core.seconds
-- @return a timer, for fibers.forget before that
function fibers.at(time, part)
  return timers:add(time, part)
end

--- Cancels a timer of fibers.at.
function fibers.forget(timer)
  timers:cancel(timer)
end

--- The earliest time of all timers; math.huge: there is none.
function fibers.due()
  return timers:first()
end

--- Queues the fibers whose time has come.
-- @return how many fibers can be resumed
function fibers.wake(now)
  while timers:first() <= now do
    local what = timers:pop()
    local fiber = what.fiber
    if fiber then
      what.fiber, fiber.timer = nil, nil
      enqueue(fiber)
    elseif what.tend then
      what:tend(now)
    end
  end
  return last - first + 1
end

--- Whether any fiber can be resumed.
function fibers.is_any()
  return first <= last
end

--- Whether the next fiber's wait has ended: it did not just let others have a turn.
function fibers.is_prompt()
  local next = ready[first]
  return next ~= nil and next.wait ~= nil and next.wait.done
end

--- Whether the next fiber can be resumed, as far as C's stack permits.
function fibers.is_ready()
  local next = ready[first]
  return next ~= nil and not (next.stuck and fibers.depth >= next.stuck)
end

--- Resumes the next fiber; there must be one.
-- @param began called first, unless the fiber was cancelled meanwhile
function fibers.step(began)
  local fiber = ready[first]
  ready[first] = nil
  first = first + 1
  if under_way[fiber] then
    fiber.stuck = nil
    began()
    resume(fiber)
  end
end

return fibers
