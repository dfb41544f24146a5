-- SPDX-License-Identifier: MIT

--- The one loop of a Lua state: it pumps the thread's messages for all endpoints, runs handlers and
-- resumes fibers. For the files of this folder; task.lua has the functions that scripts call.
--
-- A call that waits passes a wait to `loop.await`, which suspends the fiber (fibers.lua) that makes
-- it or, outside of fibers, runs the loop until the wait is over.
--
-- Handlers are called by a **worker**, a fiber that runs the loop. A handler that waits keeps its
-- worker, and the loop continues in another. So a message costs no coroutine.
local core = require "copydata.core"
local errors = require "copydata.errors"
local fibers = require "copydata.fibers"
local problems = require "copydata.problems"
local turn = require "copydata.turn"

local loop = {
  kept = {}, -- a set: what stays until it is closed
}

local LOOPS_MOST = 16 -- nested
local INTERRUPTED = "INTERRUPTED: Ctrl+C was pressed"

local frames = {} -- the loops that run, the outermost first
local innermost -- the last of them, or nil

local untold -- Ctrl+C ended a run that returned something else: the next wait reports it

--- Keeps something until loop.release, whatever the collector does.
function loop.keep(object)
  loop.kept[object] = true
end

function loop.release(object)
  loop.kept[object] = nil
end

--- Counts a handler that is being called.
function loop.begin()
  innermost.count = innermost.count + 1
end

-- A handler that has waited is over: see loop.handle.
local function unpause(fiber)
  fiber.paused = nil
  fiber.handling:unpause()
end

local spin -- runs a loop
local start_worker

-- A worker is over. If that happened in the script's code, others still wait for what it handles.
local function ended(worker, ok, problem)
  if ok or not worker.begun then
    return
  elseif worker.paused then
    unpause(worker)
  end
  local asked = worker.asked
  if asked then
    start_worker({ ended = ended, loop = worker.loop }, asked.fail, asked, worker, problem)
  end
  problems.report(problem)
end

local function work(worker, f, ...)
  worker.begun = true
  f(...)
  spin(worker.loop, worker)
end

local late = { calls = {} } -- those that C's stack had no room for, in order: by table.pack

-- Starts a worker. If C's stack has no room for it, the next turn tries again, and an owner that
-- handles one message at a time gets none before.
function start_worker(worker, f, owner, ...)
  fibers.start(worker, work, worker, f, owner, ...)
  if not worker.begun then
    table.insert(late.calls, table.pack(f, owner, ...))
    turn.ask(late)
    if owner.pause then
      owner:pause()
    end
  end
end

--- Makes the late calls; see turn.ask.
function late:tend()
  local calls = self.calls
  self.calls = {}
  for _, call in ipairs(calls) do
    local owner = call[2]
    if owner.unpause then
      owner:unpause()
    end
    start_worker({ ended = ended, loop = innermost }, table.unpack(call, 1, call.n))
  end
end

--- Makes a worker call the script's code: the running worker, or a new one, which then continues
-- the loop.
-- @param f a function, `f(owner, …)`
-- @param owner may have `pause` and `unpause`, as for loop.handle
function loop.enter(f, owner, ...)
  local frame, fiber = innermost, fibers.current()
  if fiber and frame.worker == fiber then
    f(owner, ...)
    return
  end
  local worker = { ended = ended, loop = frame }
  frame.worker = worker
  start_worker(worker, f, owner, ...)
  frame.worker = nil
end

--- Runs a handler whose owner handles one message at a time. If the handler waits, `owner:pause()`
-- is called, and `owner:unpause()` when it has returned.
function loop.handle(owner, handler, ...)
  local fiber = fibers.current()
  loop.begin()
  fiber.handling = owner
  local ok, problem = xpcall(handler, errors.traced, ...)
  if fiber.paused then
    unpause(fiber)
  end
  fiber.handling = nil
  if not ok then
    problems.report(problem)
  end
end

-- Turns ------------------------------------------------------------------------------------------

-- Until when a turn may wait for messages.
local function patience(frame)
  if fibers.is_ready() then
    return 0
  end
  local due, deadline = fibers.due(), frame.deadline
  return deadline < due and deadline or due
end

-- Ends every loop, and so every wait.
local function end_all(why, code)
  for _, frame in ipairs(frames) do
    frame.why, frame.code = why, code
  end
end

-- Handles the failure of core.wait. Messages that have arrived are handled first, except after
-- Ctrl+C.
local function attend(frame, why, code)
  if code == "INTERRUPTED" then
    end_all(why, code)
  elseif code == "LOST" then
    turn.look()
  else
    frame.last, frame.last_code = why, code
  end
end

-- Whether a loop without a wait has nothing left to wait for: all endpoints were closed meanwhile,
-- or a window was.
local function is_closed(frame)
  frame.had = frame.had or turn.peopled
  return turn.is_lost() or turn.is_empty() and frame.had
end

-- Ends a turn, and perhaps the loop.
local function end_turn(frame)
  if frame.last_code then
    frame.why, frame.code = frame.last, frame.last_code
  elseif not frame.wait and frame.count == frame.counted and is_closed(frame) then
    turn.peopled = false
    frame.why, frame.code = select(2, errors.closed())
  end
end

-- Begins a turn.
local function begin_turn(frame)
  turn.prepare(frame.hurried)
  local why, code = turn.begin(not frame.wait and is_closed(frame) and 0 or patience(frame))
  frame.begun, frame.counted = true, frame.count
  if code then
    attend(frame, why, code)
  end
end

-- Whether a loop must end before it does anything else.
local function is_over(frame)
  local wait, fiber = frame.wait, frame.fiber
  if frame.code or wait and wait.done and not (frame.whole and turn.is_under_way)
      or fiber and fiber.cancelled
      or frame == frames[1] and problems[1]
      or frame.stopped and frame.stopped() then
    return true
  elseif turn.is_under_way or not frame.begun then
    return false
  end
  return frame.once and frame.count > 0
    or frame.deadline < math.huge and core.seconds() >= frame.deadline
end

-- Does the next thing of this turn, or of the next one.
local function go_on(frame)
  if not turn.is_under_way then
    begin_turn(frame)
    if frame.code then
      return
    end
  end
  if not turn.step(loop.begin) then
    end_turn(frame)
  end
end

-- Runs a loop until it is over, or until it has another worker. All state is outside of this
-- function, so any worker can continue the loop.
function spin(frame, worker)
  while frame.worker == worker and not is_over(frame) do
    go_on(frame)
  end
end

-- Whether a finalizer is running. It must not wait, because it may interrupt any code.
local function in_finalizer()
  for level = 3, math.huge do
    local info = debug.getinfo(level, "n")
    if not info then
      return false
    elseif info.namewhat == "metamethod" and (info.name == "__gc" or info.name == "gc") then
      return true
    end
  end
end

-- Whether there is an error for the caller of the outermost loop.
local function is_raising()
  return #frames == 0 and problems[1] ~= nil
end

-- Runs a loop inside the caller until it is over.
-- @param frame `deadline` (math.huge: none); `wait`, `whole`: completes a turn even if the wait is
-- over before; `once`: ends when there was something to do; `hurried`: does not wait; `stopped()`:
-- returns whether to end
-- @return true, and nil or what ended it: "NAME: message", "NAME"; or false and an error to raise
local function run(frame)
  local depth = #frames + 1
  if depth > LOOPS_MOST then
    return false, ("%d loops are nested: wait in tasks, which need none"):format(
      LOOPS_MOST)
  elseif fibers.is_closing() or not collectgarbage "isrunning" and in_finalizer() then
    return false, "code run by a finalizer, or at the end of a cancelled task, cannot wait"
  elseif untold then
    untold = false
    return true, INTERRUPTED, "INTERRUPTED"
  end
  local outer, fiber = innermost, fibers.current()
  fibers.pause(fiber)
  frame.count, frame.fiber = 0, fiber
  frames[depth], innermost, fibers.depth = frame, frame, depth
  local ok, problem = pcall(spin, frame)
  frames[depth], innermost, fibers.depth = nil, outer, depth - 1
  if not ok then
    return false, problem
  elseif fiber and fiber.cancelled then
    return true, fibers.cancelled(fiber)
  end
  return true, frame.why, frame.code
end

-- Waiting ----------------------------------------------------------------------------------------

-- Suspends the running fiber. If it runs a loop, that continues in another worker.
local function suspend(fiber, wait, deadline)
  if fibers.is_closing() then
    error("code run at the end of a cancelled task cannot wait", 0)
  end
  fibers.pause(fiber)
  local frame = fiber.loop
  if frame and frame.worker == fiber then
    frame.worker = nil
  end
  fibers.suspend(wait, deadline)
end

--- Waits until a wait is over.
-- @param wait a table: see fibers.lua
-- @param deadline on the clock of core.seconds; math.huge: none
-- @param[opt] whole whether to complete a turn even if the wait is over before
-- @return nothing if it is done or time ran out; otherwise "NAME: message", "NAME": INTERRUPTED,
-- QUIT, CANCELLED, …
function loop.await(wait, deadline, whole)
  if wait.done then
    return
  end
  local fiber = fibers.current()
  if fiber then
    if fiber.cancelled then
      return fibers.cancelled(fiber)
    elseif fibers.can_suspend() then
      suspend(fiber, wait, deadline)
      return
    end
  end
  local ok, why, code = run { wait = wait, deadline = deadline, whole = whole, count = 0,
    counted = 0, begun = false, fiber = fiber }
  if not ok then
    fibers.abandon(wait)
    error(why, 0)
  elseif not wait.done and is_raising() then
    fibers.abandon(wait)
    problems.raise()
  end
  return why, code
end

--- Waits for a time; 0: resumes after the other fibers have had a turn.
function loop.sleep(seconds)
  return loop.await({}, seconds > 0 and core.seconds() + seconds or 0)
end

--- When there is something to do if nothing arrives, for loops that wait elsewhere: on the clock of
-- core.seconds; math.huge: never.
function loop.due()
  if untold or problems[1] or turn.peopled and turn.is_empty() then -- not reported yet
    return 0
  end
  return turn.due()
end

--- Runs one turn, for other loops.
-- @param deadline when it ends at the latest; math.huge: not before there is something to do
-- @return how many things there were to do
-- @return nil, or why nothing more can arrive: "NAME: message", "NAME"
function loop.poll(deadline, hurried)
  local frame = { deadline = deadline, once = true, hurried = hurried, count = 0 }
  turn.drop()
  local ok, why, code = run(frame)
  if not ok then
    error(why, 0)
  elseif is_raising() then
    problems.raise()
  end
  return frame.count, why, code
end

--- Runs until `stopped()`, or until a wait is over.
-- @return nil, or why it ended otherwise: "NAME: message", "NAME"
function loop.run(wait, stopped)
  core.run(true)
  local ok, why, code = run { wait = wait, deadline = math.huge, stopped = stopped }
  local pressed = core.interrupted()
  core.run(false)
  if not ok then
    error(why, 0)
  elseif wait and wait.done then
    untold = pressed
  elseif is_raising() then
    untold = pressed
    problems.raise()
  elseif pressed then
    return INTERRUPTED, "INTERRUPTED"
  end
  return why, code
end

return loop
