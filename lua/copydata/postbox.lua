-- SPDX-License-Identifier: MIT

--- Small messages that wait to be sent together, many to a frame. For endpoint.lua.
local core = require "copydata.core"

local Postbox = {}
Postbox.__index = Postbox

local UNTOLD_MOST = 10000 -- failures kept for a script that does not ask for them

--- Makes the postbox of an outbox. `max_frame`: bytes of a frame. To be made before the object that
-- sends what waits when it is collected: the collector finalizes the buffers after that one then.
function Postbox.new(outbox, max_frame)
  return setmetatable({
    _outbox = outbox,
    _max_frame = max_frame,
    _posted = 0, -- the number of the last message
    _frame = core.frame(), -- a buffer: what waits
    _other = core.frame(), -- one for what is posted while that is being sent; nil: it is in use
    _size = 0, -- of that
    _runs = {}, -- what waits, in order: { name =, first =, last =, from =, to = }; first and last
    -- number its messages, from and to are where they are in the frame
    _accepted = 0, -- deliveries since the last flush of the script's
    _untold = {}, -- failures since then
  }, Postbox)
end

--- Whether nothing waits.
function Postbox:empty()
  return #self._runs == 0
end

-- Adds a message to what waits.
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
  end
end

--- Takes a message that is to be sent with the next frame. What does not fit there any more, or in
-- any frame, sends what waits first.
-- @param timeout for that
-- @return its number
function Postbox:post(name, value, timeout)
  local outbox = self._outbox
  local message, size, code = outbox:compose(name, value)
  if not message then
    return nil, size, code
  end
  if self._size + size > self._max_frame then
    self:send(timeout)
  end
  self._posted = self._posted + 1
  local number = self._posted
  add(self, name, number, message, size)
  outbox:done(message)
  if size > self._max_frame then
    self:send(timeout)
  end
  return number
end

-- Takes note of what became of the runs that were sent to some peers.
local function note(self, runs, accepting, failures)
  for _, run in ipairs(runs) do
    self._accepted = self._accepted + accepting * (run.last - run.first + 1)
    for _, failure in ipairs(failures) do
      for number = run.first, run.last do
        local untold = self._untold
        if #untold < UNTOLD_MOST then
          untold[#untold + 1] = {
            hwnd = failure.hwnd, code = failure.code, message = failure.message,
            channel = run.name, post = number,
          }
        else
          untold.more = (untold.more or 0) + 1
        end
      end
    end
  end
end

-- Sends all runs, which are of one channel, to everybody on it.
local function send_whole(self, runs, frame, size, options)
  local count, failures = self._outbox:broadcast(runs[1].name, frame, size, options)
  note(self, runs, count, failures)
end

-- Sends to each peer, in one frame, the runs of the channels that it is on.
local function send_parts(self, runs, frame, options)
  local outbox = self._outbox
  local order, wanted = {}, {}
  for _, run in ipairs(runs) do
    for _, hwnd in ipairs((outbox:peers(run.name))) do
      if not wanted[hwnd] then
        wanted[hwnd] = {}
        order[#order + 1] = hwnd
      end
      table.insert(wanted[hwnd], run)
    end
  end
  local part
  for _, hwnd in ipairs(order) do
    local ranges, size = {}, 0
    for _, run in ipairs(wanted[hwnd]) do
      ranges[#ranges + 1] = run.from
      ranges[#ranges + 1] = run.to
      size = size + run.to - run.from + 1
    end
    part = core.gather(part, frame, table.unpack(ranges))
    local failures = {}
    local accepting = outbox:deliver({ hwnd }, part, size, options, failures)
    note(self, wanted[hwnd], #accepting, failures)
  end
end

local function one_channel(runs)
  for _, run in ipairs(runs) do
    if run.name ~= runs[1].name then
      return false
    end
  end
  return true
end

--- Sends what waits.
function Postbox:send(timeout)
  local runs, frame, size = self._runs, self._frame, self._size
  if #runs == 0 then
    return
  end
  -- A handler or finalizer that runs meanwhile posts into a new frame.
  self._runs, self._frame, self._other, self._size = {}, self._other, nil, 0
  local options = { timeout = timeout }
  if one_channel(runs) then
    send_whole(self, runs, frame, size, options)
  else
    send_parts(self, runs, frame, options)
  end
  self._other = self._other or frame
end

--- What became of the messages that were sent since this was asked last.
-- @return how many deliveries were accepted, and the failures:
-- { hwnd =, code =, message =, channel =, post = } for each message and peer, and `more`: how many
-- of them were not kept
function Postbox:outcome()
  local accepted, untold = self._accepted, self._untold
  self._accepted, self._untold = 0, {}
  return accepted, untold
end

return Postbox
