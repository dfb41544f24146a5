-- SPDX-License-Identifier: MIT

--- The one loop of a Lua state: it pumps the thread's messages for all endpoints, runs handlers and
-- lets fibers go on. For the files of this folder; task.lua has what scripts call.
--
-- A call that waits hands a wait to `loop.await`, which suspends the fiber (fibers.lua) that makes
-- it or, elsewhere, runs the loop until the wait is over.
--
-- Handlers are called by a **worker**, a fiber that runs the loop: one that waits keeps it, and the
-- loop goes on in another. So a message costs no coroutine.
local core = require "copydata.core"
local errors = require "copydata.errors"
local fibers = require "copydata.fibers"
local problems = require "copydata.problems"

local loop = {}

local LOOPS_MOST = 16 -- that run inside each other
local INTERRUPTED = "INTERRUPTED: Ctrl+C was pressed"
local BREATH = 0.001 -- seconds that a call may find something at once before a turn passes

local frames = {} -- the loops that run, the outermost first
loop.kept = {} -- a set: what stays until it is closed
local endpoints = setmetatable({ count = 0 }, { __mode = "v" })
local parts = setmetatable({}, { __mode = "k" }) -- a set: see loop.add
local untold -- Ctrl+C ended a run that told something else: the next wait tells it
local peopled = false -- there were endpoints, and nobody was told yet that all are closed
local turned = 0 -- when the last turn began, on the clock of core.seconds

-- Handlers ---------------------------------------------------------------------------------------

--- Counts a handler that is being called.
function loop.begin()
  local frame = frames[#frames]
  frame.count = frame.count + 1
end

--- Runs the handler of something that is to handle one message at a time: `owner:pause()` is called
-- when it waits, and then `owner:unpause()` when it has returned.
function loop.handle(owner, handler, ...)
  local fiber = fibers.current()
  loop.begin()
  fiber.handling = owner
  local ok, problem = xpcall(handler, errors.traced, ...)
  fiber.handling = nil
  if fiber.paused then
    fiber.paused = nil
    owner:unpause()
  end
  if not ok then
    problems.report(problem)
  end
end

-- Turns ------------------------------------------------------------------------------------------

--- Adds somebody who wants to be looked after: `part:due()` says when, on the clock of
-- core.seconds (math.huge: not at all), and then `part:tend(now)` is called. Not kept.
function loop.add(part)
  parts[part] = true
end

--- Adds an endpoint, of which the loop takes the messages. Not kept. It has `is_open()`;
-- `flush_posts(hurried)`, which sends what was posted; `newest()`, the sequence of its newest
-- message; `dispatch(enter, newest)`, which takes a message that is not newer and has the script's
-- code called by `enter(f, …)`, and returns whether there was one; `look()`, which sees whether its
-- window is still there, and `is_lost()`, whether it was not; `has_posts()`, whether a turn would
-- send what was posted, and `has_thread()`, whether its window has a thread of its own.
function loop.add_endpoint(endpoint)
  endpoints.count = endpoints.count + 1
  endpoints[endpoints.count] = endpoint
  peopled = true -- though it may be closed before the next turn
end

--- Keeps something until loop.release, whatever the collector does.
function loop.keep(object)
  loop.kept[object] = true
end

function loop.release(object)
  loop.kept[object] = nil
end

-- The endpoints that are open.
local function open_endpoints()
  local list, last = {}, 0
  for i = 1, endpoints.count do
    local endpoint = endpoints[i]
    endpoints[i] = nil
    if endpoint and endpoint:is_open() then
      last = last + 1
      list[last], endpoints[last] = endpoint, endpoint
    end
  end
  endpoints.count = last
  return list
end

-- When a timer or a part is due.
local function next_due()
  local time = fibers.due()
  for part in pairs(parts) do
    time = math.min(time, part:due())
  end
  return time
end

-- How long a turn may wait.
local function patience(frame, now)
  local time = math.min(next_due(), frame.deadline)
  if fibers.is_ready() then
    return 0
  end
  return time == math.huge and -1 or math.max(0, time - now)
end

-- Ends every loop: nobody is to wait any more.
local function end_all(why, code)
  for _, frame in ipairs(frames) do
    frame.why, frame.code = why, code
  end
end

-- What made core.wait fail, other than time. What has arrived before is handled first, but for
-- Ctrl+C.
local function attend(frame, why, code)
  if code == "INTERRUPTED" then
    end_all(why, code)
  elseif code == "LOST" then
    for _, endpoint in ipairs(open_endpoints()) do
      endpoint:look()
    end
  else
    frame.last, frame.last_code = why, code
  end
end

-- Whether a loop that waits for nothing in particular has something to wait for: not when all
-- endpoints were closed meanwhile, nor when a window was.
local function is_closed(frame, open)
  for _, endpoint in ipairs(open) do
    if endpoint:is_lost() then
      return true
    end
  end
  peopled = peopled or #open > 0
  frame.had = frame.had or peopled
  return frame.had and #open == 0
end

-- Ends a turn, and perhaps the loop.
local function end_turn(frame)
  frame.turn = nil
  frame.turns = frame.turns + 1
  if frame.last_code then
    frame.why, frame.code = frame.last, frame.last_code
  elseif not frame.wait and frame.count == frame.counted
      and is_closed(frame, open_endpoints()) then
    peopled = false
    frame.why, frame.code = select(2, errors.closed())
  end
end

-- Begins a turn: waits, and notes what has arrived.
local function begin_turn(frame)
  local now = core.seconds()
  local open = open_endpoints()
  for _, endpoint in ipairs(open) do
    endpoint:flush_posts(frame.hurried)
  end
  local seconds = not frame.wait and is_closed(frame, open) and 0 or patience(frame, now)
  local _, why, code = core.wait(seconds)
  turned = core.seconds()
  if code then
    attend(frame, why, code)
  end
  if endpoints.count ~= #open then -- some were made meanwhile
    open = open_endpoints()
  end
  frame.turn, frame.newest = open, {}
  for i, endpoint in ipairs(open) do
    frame.newest[i] = endpoint:is_open() and endpoint:newest()
  end
  frame.at, frame.left, frame.counted = 1, nil, frame.count
end

-- Whether a loop has to end before it does anything else.
local function is_over(frame)
  return frame.code or frame.wait and frame.wait.done and not (frame.whole and frame.turn)
    or frame.fiber and frame.fiber.cancelled
    or frames[1] == frame and problems.is_any()
    or frame.stopped and frame:stopped()
end

-- Lets those go on whose time has come.
local function take_time(now)
  fibers.wake(now)
  local due -- a list of its own: what they do may add others
  for part in pairs(parts) do
    if part:due() <= now then
      due = due or {}
      due[#due + 1] = part
    end
  end
  for _, part in ipairs(due or {}) do
    part:tend(now)
  end
end

local spin -- runs a loop

-- A worker has ended, or ended with an error of our own.
local function worker_ended(_, ok, problem)
  if not ok then
    problems.report(problem)
  end
end

-- Makes the function that has the script's code called by a worker: by this one, or by a new one
-- that then goes on with the loop.
local function enterer(frame, worker)
  return function(f, ...)
    if worker then
      f(...)
      return
    end
    local new = { ended = worker_ended }
    frame.worker = new
    fibers.start(new, function(...)
      f(...)
      spin(frame, new)
    end, ...)
    frame.worker = nil
  end
end

-- Does the next thing of a turn. What there is to do is in the frame, so that it does not matter
-- who does it.
local function step(frame, enter)
  if not frame.turn then
    begin_turn(frame)
    return
  end
  local at = frame.at
  local endpoint = frame.turn[at]
  if endpoint then
    if not (endpoint:is_open() and endpoint:dispatch(enter, frame.newest[at])) then
      frame.at = at + 1
    end
  elseif not frame.left then
    take_time(core.seconds())
    frame.left = fibers.count_ready()
  elseif frame.left > 0 and fibers.count_ready() > 0 then
    frame.left = frame.left - 1
    fibers.step(loop.begin)
  else
    end_turn(frame)
  end
end

-- Runs a loop until it is over, or until its worker is not its worker any more.
function spin(frame, worker)
  local enter = enterer(frame, worker)
  while not is_over(frame) and (not worker or frame.worker == worker) do
    if not frame.turn and frame.turns > 0
        and (frame.once and frame.count > 0 or core.seconds() >= frame.deadline) then
      return
    end
    step(frame, enter)
  end
end

-- Whether a finalizer runs, which must not wait: it may interrupt anything.
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
  return #frames == 0 and problems.is_any()
end

-- Runs a loop inside the caller until it is over.
-- @param frame `wait`, `deadline` (math.huge: none), `once`: until there was something to do,
-- `hurried`: it does not wait, `stopped(frame)`: whether it is to end
-- @return nil, or what ended it: "NAME: message", "NAME"
local function run(frame)
  if #frames == LOOPS_MOST then
    error(("%d loops run inside each other: wait in tasks, which need none"):format(LOOPS_MOST), 0)
  elseif fibers.is_closing() or not collectgarbage "isrunning" and in_finalizer() then
    error("what is run by a finalizer, or by the end of a cancelled task, cannot wait", 0)
  elseif untold then
    untold = false
    return INTERRUPTED, "INTERRUPTED"
  end
  local fiber = fibers.current()
  fibers.pause(fiber)
  frame.count, frame.turns, frame.fiber = 0, 0, fiber
  frames[#frames + 1] = frame
  fibers.depth = #frames
  local ok, problem = pcall(spin, frame)
  frames[#frames] = nil
  fibers.depth = #frames
  if not ok then
    error(problem, 0)
  elseif fiber and fiber.cancelled then
    return fibers.cancelled(fiber)
  end
  return frame.why, frame.code
end

-- Waiting ----------------------------------------------------------------------------------------

-- Suspends the fiber that runs. A loop that it runs goes on in another.
local function suspend(wait, deadline)
  if fibers.is_closing() then
    error("what is run by the end of a cancelled task cannot wait", 0)
  end
  local fiber = fibers.current()
  fibers.pause(fiber)
  for _, frame in ipairs(frames) do
    if frame.worker == fiber then
      frame.worker = nil
    end
  end
  fibers.suspend(wait, deadline)
end

--- Waits until a wait is over.
-- @param wait a table: see above
-- @param deadline on the clock of core.seconds; math.huge: none
-- @param[opt] whole whether a turn is to pass, although the wait is over before its end
-- @return nothing when it is done or time ran out; otherwise "NAME: message", "NAME": INTERRUPTED,
-- QUIT, CANCELLED, …
function loop.await(wait, deadline, whole)
  if wait.done then
    return
  end
  local why, code = fibers.cancelled(fibers.current())
  if code then
    return why, code
  elseif fibers.can_suspend() then
    suspend(wait, deadline)
    return
  end
  local ok
  ok, why, code = pcall(run, { wait = wait, deadline = deadline, whole = whole })
  if not ok then
    fibers.abandon(wait)
    error(why, 0)
  elseif not wait.done and is_raising() then
    fibers.abandon(wait)
    problems.raise()
  end
  return why, code
end

--- Waits for a time.
function loop.sleep(seconds)
  return loop.await({}, core.seconds() + seconds)
end

--- Whether it is time to let a turn pass, for what may find something at once again and again.
function loop.needs_breath()
  return core.seconds() - turned > BREATH
end

--- When the next turn has something to do if nothing arrives, for those who wait elsewhere: on the
-- clock of core.seconds; math.huge: never.
function loop.due()
  if untold or problems.is_any() or fibers.count_ready() > 0 then
    return 0
  end
  local open = open_endpoints()
  for _, endpoint in ipairs(open) do
    if endpoint:has_posts() then
      return 0
    end
  end
  return peopled and #open == 0 and 0 or next_due() -- 0: all were closed, and that was not told
end

--- Whether an open endpoint takes messages only while the script waits or sends: nobody else
-- notices that there is one.
function loop.pumps()
  for _, endpoint in ipairs(open_endpoints()) do
    if not endpoint:has_thread() then
      return true
    end
  end
  return false
end

--- One turn, for loops of others.
-- @param deadline when it is over at the latest; math.huge: not before there is something
-- @return how much there was to do
-- @return nil, or why nothing can come any more: "NAME: message", "NAME"
function loop.poll(deadline, hurried)
  local frame = { deadline = deadline, once = true, hurried = hurried }
  local why, code = run(frame)
  if is_raising() then
    problems.raise()
  end
  return frame.count, why, code
end

--- Runs until `stopped(frame)`, or until a wait is over.
-- @return nil, or why it ended otherwise: "NAME: message", "NAME"
function loop.run(wait, stopped)
  local frame = { wait = wait, deadline = math.huge, stopped = stopped }
  core.run(true)
  local ok, why, code = pcall(run, frame)
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
