-- SPDX-License-Identifier: MIT

--- How an endpoint sends: to whom, in how many frames, how often again, and what it remembers of
-- those it sends to. For endpoint.lua.
local Peer = require "copydata.peer"
local core = require "copydata.core"

local Outbox = {}
Outbox.__index = Outbox

local FRESH = 1 -- seconds that a list of peers may be used when the membership counter stands still
local NAMES_MOST = 256 -- channels whose peers are remembered
local PROBE = 0.05 -- seconds that a peer known to hang gets to show that it answers again
local CALLER = 3 -- level for error
local FIRST_PAUSE, LONGEST_PAUSE = 0.001, 0.016 -- seconds before a busy peer is asked again

--- Makes the outbox of a window of core's. `max_frame`: bytes of a frame; `max_message`: of a
-- message.
function Outbox.new(window, max_frame, max_message)
  return setmetatable({
    _window = window,
    _max_frame = max_frame,
    _max_message = max_message,
    _transfers = {}, -- a set of the numbers of messages that are going in pieces
    _known = {}, -- by channel name: { list =, counter =, time =, preferred = }
    _names = 0, -- how many of these
    _reached = {}, -- by hwnd: { name =, pid =, counter =, time = }, what Outbox:reaches found
    _reached_count = 0,
    _hung = {}, -- by hwnd: true for those whose last verdict did not come in time
    _frame = nil, -- a buffer that no send is using
  }, Outbox)
end

local function contains(list, item)
  for _, other in ipairs(list) do
    if other == item then
      return true
    end
  end
  return false
end

-- To whom ----------------------------------------------------------------------------------------

local function look_up(self, name)
  local window = self._window
  local counter = window:membership() -- before the look: what changes meanwhile makes it stale
  local list = core.peers(name, window:hwnd())
  local known = self._known[name]
  if not known then
    if self._names == NAMES_MOST then
      self._known, self._names = {}, 0
    end
    self._names = self._names + 1
    known = {}
    self._known[name] = known
  end
  known.list, known.counter, known.time = list, counter, core.seconds()
  if not contains(list, known.preferred) then
    known.preferred = nil
  end
  return known
end

--- The windows of those on a channel.
-- @param[opt] anew true: not from memory
-- @return a list, not to be changed
-- @return whether it is from memory
-- @return which of them is preferred, if any is
function Outbox:peers(name, anew)
  local known = self._known[name]
  local fresh = not anew and known and known.counter
    and known.counter == self._window:membership() and core.seconds() - known.time < FRESH
  if not fresh then
    known = look_up(self, name)
  end
  return known.list, fresh, known.preferred
end

--- Notes which of the peers last listed is to be asked first.
function Outbox:prefer(name, hwnd)
  local known = self._known[name]
  if known then
    known.preferred = hwnd
  end
end

--- Whether a window that a script names is another endpoint, on a channel, of a process (nil: of
-- any). The handle may be forged, and a dead peer's be another program's by now. Remembered as
-- peers are.
-- @return true; or nil, "NAME: message", "NAME": GONE, ABSENT
function Outbox:reaches(hwnd, name, pid)
  local window, seen = self._window, self._reached[hwnd]
  local counter, now = window:membership(), core.seconds()
  if seen and counter and seen.counter == counter and now - seen.time < FRESH
      and seen.name == name and seen.pid == pid then
    return true
  end
  if not window:reaches(hwnd, name, pid) then
    if not Peer.of(hwnd).pid then
      return nil, "GONE: the receiver's window is gone", "GONE"
    end
    return nil, "ABSENT: that window is not another's on this channel, or not that peer's any more",
      "ABSENT"
  end
  if not seen then
    if self._reached_count == NAMES_MOST then
      self._reached, self._reached_count = {}, 0
    end
    self._reached_count = self._reached_count + 1
  end
  self._reached[hwnd] = { counter = counter, time = now, name = name, pid = pid }
  return true
end

-- One frame --------------------------------------------------------------------------------------

-- Sends a frame to one peer. One that hung before is asked first whether it answers again, so that
-- nobody waits for it a second time.
local function attempt(self, hwnd, frame, timeout, from, size)
  local window, hung = self._window, self._hung
  if hung[hwnd] then
    if not window:probe(hwnd, math.min(PROBE, timeout)) then
      return nil, "HUNG: it hangs since an earlier timeout; nothing was sent", "HUNG"
    end
    hung[hwnd] = nil
  end
  local accepted, message, code, stale = window:send(hwnd, frame, timeout, from, size)
  if code == "TIMEOUT" then
    hung[hwnd] = true
  end
  return accepted, message, code, stale
end

-- The same peers, those that hang last.
local function patient_first(self, peers)
  if next(self._hung) == nil then
    return peers
  end
  local well, hung = {}, {}
  for _, hwnd in ipairs(peers) do
    table.insert(self._hung[hwnd] and hung or well, hwnd)
  end
  return table.move(hung, 1, #hung, #well + 1, well)
end

-- Sends a frame to all, and again to those that are busy until time runs out, pumping meanwhile;
-- with `options.once` not again. Adds { hwnd =, code =, message =, stale = } to `failures` for
-- those that do not accept it. Of a piece there are also `from` and `size`, as core.piece returns
-- them.
-- @return a list of those that do
local function deliver(self, peers, frame, options, failures, from, size)
  local timeout = options.timeout
  local accepting, busy, give_up = {}, peers, options.once and 0 or nil
  local pause = FIRST_PAUSE
  repeat
    local again = {}
    for _, hwnd in ipairs(patient_first(self, busy)) do
      local accepted, message, code, stale = attempt(self, hwnd, frame, timeout, from, size)
      if accepted then
        accepting[#accepting + 1] = hwnd
      elseif code == "BUSY" and not (give_up and core.seconds() >= give_up) then
        again[#again + 1] = hwnd
      else
        failures[#failures + 1] = { hwnd = hwnd, code = code, message = message, stale = stale }
      end
    end
    busy = again
    if #busy > 0 then
      give_up = give_up or core.seconds() + timeout
      self._window:pause(math.min(pause, math.max(0, give_up - core.seconds())))
      pause = math.min(2 * pause, LONGEST_PAUSE)
    end
  until #busy == 0
  return accepting
end

-- One message ------------------------------------------------------------------------------------

local Transfer = {}

function Transfer:__close()
  self.all[self.number] = nil
end

-- Gives a message a number that nobody can guess and that no other on its way has.
local function number_transfer(all)
  local number
  repeat
    number = core.random() & 0xFFFFFFFF
  until not all[number]
  all[number] = true
  return setmetatable({ all = all, number = number }, Transfer)
end

-- Sends what is in pieces, each to all.
local function deliver_pieces(self, peers, message, size, options, failures)
  local length = self._max_frame - core.fragment_head
  local count = (size + length - 1) // length
  local transfer <close> = number_transfer(self._transfers)
  for index = 1, count do
    local from, bytes = core.piece(message, index, length, count, transfer.number)
    peers = deliver(self, peers, message, options, failures, from, bytes)
    core.whole(message, index, length)
    if options.on_progress then
      options.on_progress(math.min(index * length, size), size)
    end
    if #peers == 0 then
      break
    end
  end
  return peers
end

--- Sends a frame of any size.
-- @param peers a list of windows
-- @param message a buffer, `size` bytes
-- @param options `timeout`, `on_progress`, `once`: a busy peer is not asked again
-- @param failures a list to which those are added that do not accept it:
-- { hwnd =, code =, message =, stale = }
-- @return a list of those that do
function Outbox:deliver(peers, message, size, options, failures)
  if size <= self._max_frame then
    return deliver(self, peers, message, options, failures)
  end
  return deliver_pieces(self, peers, message, size, options, failures)
end

--- Sends a frame of any size to one peer.
-- @param timeout for each frame; `options` as for deliver, but for that
-- @return true; or nil, "NAME: message", "NAME" and whether it was no peer any more
function Outbox:deliver_to(hwnd, message, size, timeout, options)
  if size <= self._max_frame then
    local accepted, why, code, stale = attempt(self, hwnd, message, timeout)
    if accepted or code ~= "BUSY" or options.once then
      return accepted, why, code, stale
    end
  end
  local failures = {}
  self:deliver({ hwnd }, message, size, {
    timeout = timeout, once = options.once, on_progress = options.on_progress,
  }, failures)
  local failure = failures[1]
  if failure then
    return nil, failure.message, failure.code, failure.stale
  end
  return true
end

-- Fills the spare buffer by a function of core's.
-- @return whether that worked; if not, why
-- @return the buffer, then no longer ours, and its size; or nil, "TOO_LARGE: message", "TOO_LARGE"
local function fill(self, write, ...)
  -- The spare one stays where it is until this has worked: dropped, it would be memory that the
  -- collector knows nothing of.
  self._frame = self._frame or core.frame()
  local ok, frame, size = pcall(write, self._frame, ...)
  if not ok then
    return false, frame
  elseif size > self._max_message + core.envelope_room then
    return true, nil, ("TOO_LARGE: the message takes %d bytes, the limit is %d "
      .. "(option 'max_message')"):format(size, self._max_message), "TOO_LARGE"
  end
  self._frame = nil
  return true, frame, size
end

--- Encodes a message. The caller gives the buffer back by `Outbox:done`. One that starts to send in
-- between, in a finalizer or a callback, gets a buffer of its own. What cannot be encoded raises at
-- the line that called the public function, which calls the function that calls this.
-- @param[opt] msgid makes it a request
-- @return a buffer and its size; or nil, "TOO_LARGE: message", "TOO_LARGE"
function Outbox:compose(name, value, msgid)
  local ok, frame, size, code = fill(self, core.compose, name, value, msgid)
  if not ok then
    error(frame, CALLER)
  end
  return frame, size, code
end

--- Encodes the answer to a request, likewise.
-- @return a buffer and its size; or nil and what is wrong with the answer
function Outbox:respond(msgid, problem, result)
  local ok, frame, size = fill(self, core.respond, msgid, problem, result)
  if not ok then
    return nil, frame
  end
  return frame, size
end

--- Takes a buffer back.
function Outbox:done(frame)
  self._frame = frame
end

-- Sends to all on a channel. A list from memory may be out of date: then those that have left do
-- not count, and those that have come get the message too.
-- @return how many accepted it
-- @return { { hwnd =, code =, message = }, ... } of those that did not
function Outbox:broadcast(name, message, size, options)
  local peers, remembered = self:peers(name)
  local failures = {}
  local count = #self:deliver(peers, message, size, options, failures)
  local stale = false
  for _, failure in ipairs(failures) do
    stale = stale or failure.stale
  end
  if not (stale and remembered) then
    return count, failures
  end

  local now, missed, left = self:peers(name, true), {}, {}
  for _, hwnd in ipairs(now) do
    if not contains(peers, hwnd) then
      missed[#missed + 1] = hwnd
    end
  end
  for _, failure in ipairs(failures) do
    if not failure.stale or contains(now, failure.hwnd) then
      left[#left + 1] = failure
    end
  end
  return count + #self:deliver(missed, message, size, options, left), left
end

--- What a script is told of failures: with peers in place of windows.
function Outbox.report(failures)
  local report = {}
  for i, failure in ipairs(failures) do
    report[i] = {
      peer = Peer.of(failure.hwnd), code = failure.code, message = failure.message,
      channel = failure.channel, post = failure.post,
    }
  end
  report.more = failures.more
  return report
end

return Outbox
