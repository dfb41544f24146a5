-- SPDX-License-Identifier: MIT

--- Tasks: functions that wait without holding up others. For init.lua.
-- @submodule copydata
local Waits = require "copydata.waits"
local check = require "copydata.check"
local core = require "copydata.core"
local errors = require "copydata.errors"
local fibers = require "copydata.fibers"
local loop = require "copydata.loop"
local object = require "copydata.object"
local problems = require "copydata.problems"

local task = {}

-- Waits for a thing in a list of waits.
-- @return whether it is over; otherwise "NAME: message", "NAME"
local function join(waits, seconds)
  local wait = waits:add()
  local why, code = loop.await(wait, seconds < 0 and math.huge or core.seconds() + seconds)
  if wait.done then
    return true
  end
  wait:abandon()
  if code then
    return false, why, code
  end
  return false, select(2, errors.timeout())
end

-- Tasks ------------------------------------------------------------------------------------------

--- What `spawn` returns. The loop keeps every task until it ends.
-- @type Task
local Task = {}
local class -- its metatable

-- A task is over.
local function ended(fiber, ok, ...)
  fiber.ok, fiber.results = ok, table.pack(...)
  local heard = #fiber.waits > 0 or fiber.cancelled
  fiber.waits:wake()
  if not ok and not heard then
    problems.report((...))
  end
end

-- What a task that is over returns to those who wait for it.
local function outcome(fiber)
  local results = fiber.results
  if fiber.ok then
    return table.unpack(results, 1, results.n)
  elseif fiber.cancelled then
    return nil, "CANCELLED: the task was cancelled", "CANCELLED"
  end
  return nil, "FAILED: " .. errors.describe(results[1]), "FAILED"
end

--- Waits until the task is over.
-- @param[opt] seconds how long; nil: as long as it takes
-- @return what its function returned; or nil, "NAME: message", "NAME": FAILED (an error in it),
-- CANCELLED, TIMEOUT, QUIT, INTERRUPTED
function Task:wait(seconds)
  object.check(self, class, "task:wait()")
  seconds = check.wait(seconds)
  local fiber = self._fiber
  if fiber == fibers.current() then
    error("a task cannot wait for itself", 2)
  end
  if fiber.ok == nil then
    local over, why, code = join(fiber.waits, seconds)
    if not over then
      return nil, why, code
    end
  end
  return outcome(fiber)
end

--- Ends the task: one that is suspended at once, and its to-be-closed variables are closed. One
-- that runs a loop (it waits below a C function) is told CANCELLED when that loop is the innermost,
-- and by every wait from then on. Without effect on one that is over.
function Task:cancel()
  object.check(self, class, "task:cancel()")
  local fiber = self._fiber
  if fiber == fibers.current() then
    error("a task cannot cancel itself: return, or raise an error", 2)
  elseif fiber.ok == nil then
    fibers.cancel(fiber)
  end
end

class = object.class("copydata.task", Task)

function class:__tostring()
  local fiber = self._fiber
  return ("copydata.task (%s)"):format(fiber.ok == nil and "under way" or fiber.ok and "over"
    or fiber.cancelled and "cancelled" or "failed")
end

local function start(f, ...)
  local fiber = { ended = ended, waits = Waits.new(), ok = nil }
  fibers.start(fiber, f, ...)
  return setmetatable({ _fiber = fiber }, class)
end

--- @section end

--- Runs a function as a task: a call that waits suspends it, while everything else goes on. Runs it
-- at once, up to where it first waits. An error in it is told to those who wait for the task,
-- otherwise to `on_error`.
-- @function spawn
-- @param f the function
-- @param ... its arguments
-- @return the task
function task.spawn(f, ...)
  check.handler(f, "task")
  return start(f, ...)
end

--- Waits for a time.
-- @function sleep
-- @param seconds 0: lets everybody else go on once
-- @return true, or nil, "NAME: message", "NAME": QUIT, INTERRUPTED, CANCELLED
function task.sleep(seconds)
  check.seconds("seconds to sleep", seconds)
  local why, code = loop.sleep(seconds)
  if code then
    return nil, why, code
  end
  return true
end

-- Events -----------------------------------------------------------------------------------------

--- Something that happens once; made by `copydata.event`.
-- @type Event
local Event = {}
local event_class -- its metatable

--- Says that it has happened. Whoever waits for it goes on, with these values; so does, at once,
-- whoever waits for it later. Setting it again changes the values.
-- @param ... values
function Event:set(...)
  object.check(self, event_class, "event:set()")
  self._values = table.pack(...)
  self._waits:wake()
end

--- Waits until it has happened.
-- @param[opt] seconds how long; nil: as long as it takes
-- @return the values; or nil, "NAME: message", "NAME": TIMEOUT, QUIT, INTERRUPTED, CANCELLED
function Event:wait(seconds)
  object.check(self, event_class, "event:wait()")
  seconds = check.wait(seconds)
  if not self._values then
    local over, why, code = join(self._waits, seconds)
    if not over then
      return nil, why, code
    end
  end
  return table.unpack(self._values, 1, self._values.n)
end

event_class = object.class("copydata.event", Event)

function event_class:__tostring()
  return ("copydata.event (%s)"):format(self._values and "set" or "not set")
end

--- @section end

--- Makes an event: something that other code's callbacks say, and that tasks wait for.
-- @function event
-- @return an event
function task.event()
  return setmetatable({ _values = false, _waits = Waits.new() }, event_class)
end

-- The loop ---------------------------------------------------------------------------------------

local running = false -- whether run is under way
local stopping = false -- it is to end; a stop that comes first is for the next

--- One turn of the loop, for programs with a loop of their own: takes the messages that have
-- arrived, calls handlers and lets tasks go on.
-- @function poll
-- @param[opt] seconds how long to wait for something to do; nil: as long as it takes; 0: does not
-- wait, for more than 10 ms, for a peer that gets what was posted either
-- @return how many handlers began and tasks went on; or nil, "NAME: message", "NAME" when there
-- were none and nothing can be waited for: CLOSED (a window was destroyed from outside, or the
-- program is asked to close, as `taskkill` without `/F` does), ENDING (the session ends: the user
-- signs out, or Windows shuts down), QUIT (the thread was sent WM_QUIT), all of which every later
-- poll says as well; INTERRUPTED (Ctrl+C, which then takes its usual course)
function task.poll(seconds)
  seconds = check.wait(seconds)
  local deadline = seconds < 0 and math.huge or core.seconds() + seconds
  local count, why, code = loop.poll(deadline, seconds == 0)
  if count == 0 and code then
    return nil, why, code
  end
  return count
end

local function is_stopping()
  return stopping
end

--- Runs the loop. With a function: runs that as a task, until it returns; without: until `stop`.
-- The first Ctrl+C ends it too, after the handler that is running; a second one, while that handler
-- runs on, takes its usual course.
-- @function run
-- @param[opt] main a function
-- @param ... its arguments
-- @return what main returned, and raises what it raised; true when stopped; otherwise
-- nil, "NAME: message", "NAME", as of `poll`: INTERRUPTED, CLOSED, ENDING, QUIT
function task.run(main, ...)
  if main ~= nil or select("#", ...) > 0 then
    check.handler(main, "main")
  end
  if running then
    error("run is under way: start tasks with spawn", 2)
  end
  running = true
  local waits = Waits.new()
  local wait = main and waits:add() or nil
  local fiber = main and { ended = ended, waits = waits, ok = nil } or nil
  if fiber and not stopping then
    fibers.start(fiber, main, ...)
  end
  local ok, why, code = pcall(loop.run, wait, is_stopping)
  local stopped = stopping
  running, stopping = false, false
  if fiber and fiber.ok == nil and fiber.thread then -- it goes on in other loops, unless stopped
    wait:abandon()
    if stopped then
      fibers.cancel(fiber)
    end
  end
  if not ok then
    error(why, 0)
  elseif code then
    return nil, why, code
  elseif fiber and fiber.ok ~= nil and not fiber.cancelled then
    if not fiber.ok then
      error(fiber.results[1], 0)
    end
    return outcome(fiber)
  end
  return stopped or nil
end

--- Ends `run`, and cancels its main, when the handler or task that called this returns or waits.
-- One that comes before `run` ends that run at once.
-- @function stop
function task.stop()
  stopping = true
end

--- Sets the handler for errors in handlers and tasks that nobody waits for: `handler(problem)`, a
-- string with its traceback or what was raised. Without one such an error leaves the outermost call
-- that waits: `run`, `poll`, `receive` and the like; one at a time.
-- @function on_error
-- @param handler a function, or nil
function task.on_error(handler)
  if handler ~= nil then
    check.handler(handler)
  end
  problems.on_error(handler)
end

return task
