-- SPDX-License-Identifier: MIT

--- What later instances hand to the first, and what becomes of it. For first.lua; later.lua has the
-- other side.
--
-- A later instance sends two requests, one right after the other. An offer, `{ id =, deadline =,
-- gives_up =, arguments =, directory = }`, is answered at once: true, the arguments are taken. A
-- question, `{ answer_to = id }`, is answered with what the handler returns.
--
-- A later instance that gives up tells its user, who tries again or does something else. So the
-- arguments must not be handled unless the later instance knows that they are taken. `deadline` is
-- the last moment to take them; at `gives_up` the later instance stops waiting to hear of it; the
-- time between is for the answer to arrive. Both are on the clock of core.seconds, which is the
-- same in all processes. If the answer were sent as soon as the arguments are in the queue, those
-- waiting there would be lost when the first instance is killed.
local Peer = require "copydata.peer"
local core = require "copydata.core"
local errors = require "copydata.errors"
local task = require "copydata.task"

local Jobs = {}
Jobs.__index = Jobs

-- Names of failures that cannot be mistaken for a handler's.
Jobs.NOT_READY, Jobs.LATE = "INSTANCE_NOT_READY", "INSTANCE_LATE"

--- Makes an empty list.
function Jobs.new()
  return setmetatable({}, Jobs)
end

local function not_ready()
  return nil, "there is no handler yet", Jobs.NOT_READY
end

local function late()
  return nil, "it is too late to accept it", Jobs.LATE
end

local function malformed()
  return nil, "not a request of a later instance", "MALFORMED"
end

-- What is taken ----------------------------------------------------------------------------------

-- The key of a job: its sender and the sender's number for it. So an offer that is repeated,
-- because its sender did not hear whether it was taken, is handled once.
local function key_of(sender, id)
  return ("%d %d"):format(sender.hwnd, id)
end

-- Whether the sender was told that its job is taken: the answer has been sent, but this process may
-- have been suspended before.
local function is_told(job)
  if job.told == nil then
    job.told = core.seconds() < (job.deadline + job.gives_up) / 2
  end
  return job.told
end

-- Calls the handler.
local function handle(job)
  job.has_begun = true
  job.begun:set()
  local outcome = table.pack(xpcall(job.handler, errors.of, job.arguments, job.message))
  if outcome[1] then
    job.over:set(table.unpack(outcome, 2, outcome.n))
  else
    job.over:set(nil, outcome[2])
  end
end

-- Handles a job whose sender was told that it is taken, but could not ask.
local function promise(job)
  task.sleep(0) -- until the answer has been sent
  if is_told(job) then
    local _, _, code = job.begun:wait(math.max(0, job.gives_up - core.seconds()))
    if code == "TIMEOUT" then
      handle(job)
    end
  end
end

-- Drops jobs that no instance asks for any more.
local function forget(self)
  for key, job in pairs(self) do
    if core.seconds() > job.gives_up and Peer.of(job.message.sender.hwnd).pid ~= job.pid then
      self[key] = nil
    end
  end
end

-- Requests ---------------------------------------------------------------------------------------

local function take(self, handler, data, message)
  local deadline, gives_up = data.deadline, data.gives_up
  if math.type(data.id) ~= "integer" or type(deadline) ~= "number"
      or type(gives_up) ~= "number" then
    return malformed()
  end
  local key = key_of(message.sender, data.id)
  if self[key] then
    return true
  elseif not handler then
    return not_ready()
  elseif not (core.seconds() <= deadline) then
    return late()
  end
  forget(self)
  message.directory = type(data.directory) == "string" and data.directory or nil
  local job = {
    handler = handler, arguments = data.arguments, message = message, pid = message.sender.pid,
    deadline = deadline, gives_up = gives_up, told = nil,
    has_begun = false, begun = task.event(), over = task.event(),
  }
  self[key] = job
  task.spawn(promise, job)
  return true
end

local function answer(self, data, message)
  local key = key_of(message.sender, data.answer_to)
  local job = self[key]
  if not job or not is_told(job) then
    return late()
  end
  if not job.has_begun then
    handle(job)
  end
  local outcome = table.pack(job.over:wait())
  self[key] = nil
  return table.unpack(outcome, 1, outcome.n)
end

--- Serves a later instance's request.
-- @param handler the handler of what is handed over, or false
-- @return as the handler of a request
function Jobs:serve(handler, data, message)
  if type(data) ~= "table" then
    return malformed()
  elseif math.type(data.answer_to) == "integer" then
    return answer(self, data, message)
  end
  return take(self, handler, data, message)
end

return Jobs
