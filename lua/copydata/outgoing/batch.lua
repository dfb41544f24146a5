-- SPDX-License-Identifier: MIT

--- Small messages that wait to be sent together, many to a frame. For endpoint.lua.
--
-- Posts are sent in a fiber of their own: a busy peer delays only calls of `flush` and later sends
-- to that peer.
local Waits = require "copydata.waits"
local core = require "copydata.core"
local errors = require "copydata.errors"
local fibers = require "copydata.fibers"
local loop = require "copydata.loop"
local problems = require "copydata.problems"
local turn = require "copydata.turn"

local Batch = {}
Batch.__index = Batch

local UNTOLD_MOST = 10000 -- failures kept for a script that does not call flush

--- Makes the batch of a sender (send.lua); `timeout()` returns how long a peer may be busy. Must be
-- made before the object that sends waiting posts when it is collected: the collector then
-- finalizes the buffers later.
function Batch.new(send, timeout)
  return setmetatable({
    on_failure = nil, -- the script's handler, or nil
    _send = send,
    _timeout = timeout,
    _posted = 0, -- the number of the last message
    _frame = core.frame(), -- a buffer: what waits
    _other = core.frame(), -- a spare, for posts while the first is being sent; nil: in use
    _size = 0, -- of that
    _runs = {}, -- what waits, in order: { name =, first =, last =, from =, to = }; first and last
    -- number its messages, from and to are where they are in the frame
    _sending = 0, -- the number of fibers that are sending
    _wished = false, -- the loop is to call `tend`
    _fibers = {}, -- a set: these
    _waits = Waits.new(), -- of calls that wait until there is none
    _accepted = 0, -- deliveries since the last flush of the script's
    _untold = {}, -- failures since then
  }, Batch)
end

--- Whether nothing waits.
function Batch:is_empty()
  return #self._runs == 0
end

-- Makes the next turn of the loop send what waits.
local function wish(self)
  if not self._wished and self._sending == 0 and #self._runs > 0 then
    self._wished = true
    turn.ask(self)
  end
end

-- Adds a message to those that wait.
local function add(self, name, number, message, size)
  local runs = self._runs
  local from = self._size + 1
  if from == 1 then
    self._frame = core.gather(self._frame, message, 1, size)
    self._size = size
  else
    self._size = core.append(self._frame, message)
  end
  local run = runs[#runs]
  if run and run.name == name then
    run.last, run.to = number, self._size
  else
    runs[#runs + 1] = { name = name, first = number, last = number, from = from, to = self._size }
    wish(self)
  end
end

--- Adds a message to the next frame. If it does not fit there, or in any frame, what waits is sent
-- first; if a peer is busy, this waits.
-- @param[opt] extras as for Send:compose
-- @return its number; or nil, "NAME: message", "NAME"
function Batch:post(name, value, extras)
  local send = self._send
  local message, size, code = send:compose(name, value, nil, extras)
  if not message then
    return nil, size, code
  end
  if self._size + size > send.max_frame then
    self:flush()
  end
  self._posted = self._posted + 1
  local number = self._posted
  add(self, name, number, message, size)
  send:done(message)
  if size > send.max_frame then
    self:flush()
  end
  return number
end

-- Reports a failure to the script, or keeps it for `flush`.
local function fail(self, failure)
  if self.on_failure then
    self.on_failure(self._send.report { failure }[1])
  elseif #self._untold < UNTOLD_MOST then
    table.insert(self._untold, failure)
  else
    self._untold.more = (self._untold.more or 0) + 1
  end
end

-- Records what became of runs that were sent to some peers. An error in the script's handler is
-- reported after all failures.
local function note(self, runs, accepting, failures)
  for _, run in ipairs(runs) do
    self._accepted = self._accepted + accepting * (run.last - run.first + 1)
    for _, failure in ipairs(failures) do
      for number = run.first, run.last do
        local ok, problem = xpcall(fail, errors.traced, self, {
          hwnd = failure.hwnd, code = failure.code, message = failure.message,
          channel = run.name, post = number,
        })
        if not ok then
          problems.report(problem)
        end
      end
    end
  end
end

-- The runs of the channels that each peer is on.
-- @return windows, in order
-- @return by window: runs
local function addressees(self, runs)
  local order, wanted = {}, {}
  for _, run in ipairs(runs) do
    for _, hwnd in ipairs((self._send.directory:peers(run.name))) do
      if not wanted[hwnd] then
        wanted[hwnd] = {}
        order[#order + 1] = hwnd
      end
      table.insert(wanted[hwnd], run)
    end
  end
  return order, wanted
end

-- Makes a frame of some runs of another.
local function part_of(part, frame, runs)
  local size = 0
  for i, run in ipairs(runs) do
    if i == 1 then
      part = core.gather(part, frame, run.from, run.to)
    else
      local piece = core.gather(nil, frame, run.from, run.to)
      core.append(part, piece)
    end
    size = size + run.to - run.from + 1
  end
  return part, size
end

local function one_channel(runs)
  for _, run in ipairs(runs) do
    if run.name ~= runs[1].name then
      return false
    end
  end
  return true
end

-- Sends a frame to all peers that it is for.
local function send_all(self, runs, frame, size, options)
  local send = self._send
  if one_channel(runs) then
    local count, failures = send:broadcast(runs[1].name, frame, size, options)
    note(self, runs, count, failures)
    return
  end
  local order, wanted = addressees(self, runs)
  local part
  for _, hwnd in ipairs(order) do
    local failures = {}
    part, size = part_of(part, frame, wanted[hwnd])
    local accepting = send:deliver({ hwnd }, part, size, options, failures)
    note(self, wanted[hwnd], #accepting, failures)
  end
end

--- Starts to send what waits; what cannot be sent at once is sent in the background.
-- @param hurried does not wait for a peer that does not pump messages
function Batch:start(hurried)
  local runs, frame, size = self._runs, self._frame, self._size
  if #runs == 0 then
    return
  end
  self._runs, self._frame, self._other, self._size = {}, self._other or core.frame(), nil, 0
  local options = {
    deadline = core.seconds() + self._timeout(), hurried = hurried or nil,
  }
  local fiber = {
    ended = function(fiber, ok, problem)
      self._sending = self._sending - 1
      self._fibers[fiber] = nil
      self._other = self._other or frame
      if self._sending == 0 then
        self._waits:wake()
        wish(self)
      end
      if not ok then -- out of memory: some peers may have got it
        note(self, runs, 0, { { code = "SYSTEM", message = "SYSTEM: " .. tostring(problem) } })
        problems.report(problem)
      end
    end,
  }
  self._sending = self._sending + 1
  self._fibers[fiber] = true
  fibers.start(fiber, send_all, self, runs, frame, size, options)
end

--- Sends what waits when a turn of the loop begins, unless earlier posts are still being sent: see
-- turn.ask.
function Batch:tend(hurried)
  self._wished = false
  if self._sending == 0 then
    self:start(hurried)
  end
end

--- Sends what waits, and waits until all of it was sent or failed. The script's handler of
-- failures, which runs meanwhile, does not wait for itself.
-- @param[opt] deadline on the clock of core.seconds
-- @return nothing, or why it was not sent: "NAME: message", "NAME"
function Batch:flush(deadline)
  self:start(false)
  if self._sending > 0 and not self._fibers[fibers.current()] then
    local wait = self._waits:add()
    local why, code = loop.await(wait, deadline or math.huge)
    wait:abandon()
    return why, code
  end
end

--- Sends what waits for the last time, and waits for it, unless a call already waits in `flush` and
-- reports what became of it.
function Batch:close(deadline)
  if #self._waits > 0 then
    self:start(false)
  else
    self:flush(deadline)
  end
end

--- What became of the messages sent since the last call of this.
-- @return how many deliveries were accepted, and the failures: { hwnd =, code =, message =, channel
-- =, post = } for each message and peer, and `more`: how many others were not kept
function Batch:outcome()
  local accepted, untold = self._accepted, self._untold
  self._accepted, self._untold = 0, {}
  return accepted, untold
end

return Batch
