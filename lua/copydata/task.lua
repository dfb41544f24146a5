-- SPDX-License-Identifier: MIT

--- Tasks: functions that can wait while everything else continues. For init.lua.
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

-- Waits in a list of waits.
-- @return whether the wait is over; otherwise also "NAME: message", "NAME"
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

-- What a finished task returns to those that wait for it.
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
-- @param[opt] seconds how long to wait; nil: no limit
-- @return what its function returned; or nil, "NAME: message", "NAME": FAILED (it raised an error),
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

--- Cancels the task. A suspended task ends at once, and its to-be-closed variables are closed. A
-- task that runs a loop (it waits below a C function) gets CANCELLED when that loop is the
-- innermost, and from every wait afterwards. Has no effect on a task that is over.
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
  return ("copydata.task (%s)"):format(fiber.ok == nil and "in progress" or fiber.ok and "over"
    or fiber.cancelled and "cancelled" or "failed")
end

local function start(f, ...)
  local fiber = { ended = ended, waits = Waits.new(), ok = nil }
  fibers.start(fiber, f, ...)
  return setmetatable({ _fiber = fiber }, class)
end

--- @section end

--- Runs a function as a task: a call that waits suspends only the task. The function runs at once,
-- up to its first wait. An error in it is reported to those that wait for the task, otherwise to
-- `on_error`.
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
-- @param seconds how long; 0: resumes after other tasks have had a turn
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

--- Reports that it has happened. Calls that wait for it return these values; later waits return
-- them at once. Setting it again replaces the values.
-- @param ... values; pass at least one, such as true, if `wait` has a time limit: it returns nil
-- when that runs out
function Event:set(...)
  object.check(self, event_class, "event:set()")
  self._values = table.pack(...)
  self._waits:wake()
end

--- Waits until it has happened.
-- @param[opt] seconds how long to wait; nil: no limit
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

--- Makes an event: other code's callbacks set it, and tasks wait for it.
-- @function event
-- @return an event
function task.event()
  return setmetatable({ _values = false, _waits = Waits.new() }, event_class)
end

-- The loop ---------------------------------------------------------------------------------------

local running = false -- whether run is in progress
local stopping = false -- run must end; set before run, it ends the next one

--- Runs one turn of the loop, for programs with a loop of their own: receives the messages that
-- have arrived, calls handlers and resumes tasks.
-- @function poll
-- @param[opt] seconds how long to wait for something to do; nil: no limit; 0: does not wait, but
-- may spend up to 10 ms on a peer that gets posts
-- @return how many handlers were called and tasks resumed; or, if there were none and nothing more
-- can arrive, nil, "NAME: message", "NAME": CLOSED (a window was destroyed from outside, or the
-- program was asked to close, as `taskkill` without `/F` does), ENDING (the session is ending: the
-- user signs out, or Windows shuts down), QUIT (the thread got WM_QUIT); every later poll returns
-- these as well; INTERRUPTED (Ctrl+C, which then takes its usual course)
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

--- Runs the loop. With a function, runs it as a task until it returns; without one, runs until
-- `stop`. The first Ctrl+C also ends the loop, after the handler that is running; a second one
-- while that handler still runs takes its usual course.
-- @function run
-- @param[opt] main a function
-- @param ... its arguments
-- @return what main returned (what main raises is raised here); true if stopped; otherwise nil,
-- "NAME: message", "NAME", as for `poll`: INTERRUPTED, CLOSED, ENDING, QUIT
function task.run(main, ...)
  if main ~= nil or select("#", ...) > 0 then
    check.handler(main, "main")
  end
  if running then
    error("run is already in progress: start tasks with spawn", 2)
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
  if fiber and fiber.ok == nil and fiber.thread then -- it continues in other loops, unless stopped
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

--- Ends `run` and cancels its main function as soon as the calling handler or task returns or
-- waits. If no `run` is in progress, the next one ends at once.
-- @function stop
function task.stop()
  stopping = true
end

--- Sets the handler for errors in handlers, and in tasks that no call waits for:
-- `handler(problem)`. `problem` is a string with its traceback, or the value that was raised.
-- Without a handler, such errors are raised one at a time by the outermost call that waits: `run`,
-- `poll`, `receive` and so on.
-- @function on_error
-- @param handler a function, or nil
function task.on_error(handler)
  if handler ~= nil then
    check.handler(handler)
  end
  problems.on_error(handler)
end

return task
