-- SPDX-License-Identifier: MIT

--- How an endpoint sends: in how many frames, with which retries, and in which order. For
-- endpoint.lua, batch.lua and the files of request/.
--
-- `deadline` is the time, on the clock of core.seconds, by which a send should be over; a peer that
-- has not been tried by then gets 0.2 s more.
local Directory = require "copydata.outgoing.directory"
local Lanes = require "copydata.outgoing.lanes"
local Peer = require "copydata.peer"
local contains = require "copydata.contains"
local core = require "copydata.core"
local errors = require "copydata.errors"
local loop = require "copydata.loop"

local Send = {}
Send.__index = Send

local PROBE = 0.05 -- seconds for a hung peer to show that it answers again
local SHORT = 0.01 -- seconds for any peer, if the loop must not wait
local CALLER = 3 -- level for error
local FIRST_PAUSE, LONGEST_PAUSE = 0.001, 0.016 -- seconds before a busy peer is tried again

--- Makes the sender for a window of core's. `max_frame`: bytes of a frame; `max_message`: bytes of
-- a message.
function Send.new(window, max_frame, max_message)
  return setmetatable({
    max_frame = max_frame,
    directory = Directory.new(window),
    _window = window,
    _max_message = max_message,
    _lanes = Lanes.new(),
    _transfers = {}, -- a set: the numbers of messages being sent in pieces
    _hung = {}, -- by hwnd: true if its last verdict did not arrive in time, or it was hung
    _frame = nil, -- a buffer that no send is using
  }, Send)
end

-- One frame --------------------------------------------------------------------------------------

-- Sends a frame to one peer. A peer that hung before is probed first, so that no second send waits
-- for it; with `options.hurried`, every peer is, and one that does not answer is tried again later.
local function attempt(self, hwnd, frame, options, from, size)
  local window, hung = self._window, self._hung
  if options.hurried then
    if not window:probe(hwnd, options.patience or SHORT) then
      return nil, "BUSY: it is not pumping messages now", "BUSY"
    end
  elseif hung[hwnd] and not window:probe(hwnd, PROBE) then
    return nil, "HUNG: it has not pumped messages since an earlier send; nothing was sent", "HUNG"
  end
  local tries = options.tries
  local accepted, message, code, stale, left =
    window:send(hwnd, frame, options.deadline, tries and tries[hwnd], from, size)
  if not accepted or hung[hwnd] then
    hung[hwnd] = code == "TIMEOUT" or code == "HUNG" or nil
  end
  if code == "UNPROVEN" then
    options.tries = tries or {}
    options.tries[hwnd] = left
  end
  return accepted, message, code, stale
end

-- The same peers, with hung ones last.
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

-- A send's places in lanes.
local Places = {}

function Places:__close()
  for hwnd in pairs(self.windows) do
    self.lanes:leave(hwnd, self)
  end
end

-- @param more whether other frames follow the next one
local function places_of(self, peers, more)
  local places = setmetatable({ lanes = self._lanes, windows = {}, more = more }, Places)
  for _, hwnd in ipairs(peers) do
    self._lanes:enter(hwnd, places)
    places.windows[hwnd] = true
  end
  return places
end

local BUSY = "BUSY: the receiver's queue is full"
local LATER = { BUSY = true, UNPROVEN = true } -- may change in a moment

-- Sends a frame once to each peer whose turn it is.
-- @return the peers to try again; nil: none
local function round(self, peers, frame, options, places, done, from, size)
  local again
  for _, hwnd in ipairs(patient_first(self, peers)) do
    local accepted, message, code, stale
    if self._lanes:is_taken(hwnd, places) then
      message, code = BUSY, "BUSY"
    else
      accepted, message, code, stale = attempt(self, hwnd, frame, options, from, size)
    end
    if accepted then
      done.accepting[#done.accepting + 1] = hwnd
    elseif LATER[code] and not (options.once or done.last) then
      again = again or {}
      again[#again + 1] = hwnd
      goto next
    else
      done.failures[#done.failures + 1] =
        { hwnd = hwnd, code = code, message = message, stale = stale }
    end
    if places and not (accepted and places.more) then
      self._lanes:leave(hwnd, places)
    end
    ::next::
  end
  return again
end

-- Sends a frame to all peers. Busy peers, and those whose token has not arrived, are tried again
-- until time runs out, but not with `options.once`. A piece also has `from` and `size`, as
-- core.piece returns them, and the places of its send.
-- @return a list of the peers that accept it
local function deliver(self, peers, frame, options, failures, places, from, size)
  local done = { accepting = {}, failures = failures, last = false }
  local again = round(self, peers, frame, options, places, done, from, size)
  if not again then
    return done.accepting
  end
  local held <close> = places == nil and places_of(self, again, false) or nil
  local pause = FIRST_PAUSE
  repeat
    local left = math.max(0, options.deadline - core.seconds())
    local why, code = loop.sleep(math.min(pause, left))
    if not code and not self._window:is_open() then
      why, code = select(2, errors.closed())
    end
    if code then
      for _, hwnd in ipairs(again) do
        failures[#failures + 1] = { hwnd = hwnd, code = code, message = why, stale = false }
      end
      break
    end
    done.last = core.seconds() >= options.deadline
    pause = math.min(2 * pause, LONGEST_PAUSE)
    again = round(self, again, frame, options, places or held, done, from, size)
  until not again
  return done.accepting
end

-- One message ------------------------------------------------------------------------------------

local Transfer = {}

function Transfer:__close()
  self.all[self.number] = nil
end

-- Gives a message a number that cannot be guessed and that no other message in progress has.
local function number_transfer(all)
  local number
  repeat
    number = core.random() & 0xFFFFFFFF
  until not all[number]
  all[number] = true
  return setmetatable({ all = all, number = number }, Transfer)
end

-- Sends a message in pieces, each piece to all peers.
local function deliver_pieces(self, peers, message, size, options, failures)
  local length = self.max_frame - core.fragment_head
  local count = (size + length - 1) // length
  local transfer <close> = number_transfer(self._transfers)
  local places <close> = places_of(self, peers, true)
  for index = 1, count do
    local from, bytes = core.piece(message, index, length, count, transfer.number)
    peers = deliver(self, peers, message, options, failures, places, from, bytes)
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
-- @param message a buffer with `size` bytes, which nothing else uses meanwhile
-- @param options `deadline`; `on_progress`; `once`: does not retry a busy peer; `hurried`: does not
-- wait for any peer either, or only for `patience` seconds. `tries` is set to how many tokens may
-- still be tried, by hwnd: see window:send
-- @param failures a list to which peers that do not accept it are added: { hwnd =, code =, message
-- =, stale = }
-- @return a list of the peers that accept it
function Send:deliver(peers, message, size, options, failures)
  if size <= self.max_frame then
    return deliver(self, peers, message, options, failures)
  end
  return deliver_pieces(self, peers, message, size, options, failures)
end

--- Sends a frame of any size to one peer.
-- @return true; or nil, "NAME: message", "NAME" and whether the window was no longer a peer
function Send:deliver_to(hwnd, message, size, options)
  if size <= self.max_frame and not self._lanes:is_taken(hwnd) then
    local accepted, why, code, stale = attempt(self, hwnd, message, options)
    if accepted or not LATER[code] or options.once then
      return accepted, why, code, stale
    end
  end
  local failures = {}
  self:deliver({ hwnd }, message, size, options, failures)
  local failure = failures[1]
  if failure then
    return nil, failure.message, failure.code, failure.stale
  end
  return true
end

-- Fills the spare buffer with a function of core's.
-- @return whether that worked; if not, also the error
-- @return the buffer, which is then no longer the spare one, and its size; or nil, "TOO_LARGE:
-- message", "TOO_LARGE"
local function fill(self, write, ...)
  -- The spare buffer stays in place until this has worked: the collector knows nothing of its
  -- memory.
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

--- Encodes a message. The caller returns the buffer with `Send:done`. A send that starts in
-- between, in a finalizer or a callback, gets its own buffer. A value that cannot be encoded raises
-- at the line that called the public function, which calls the function that calls this.
-- @param[opt] msgid makes it a request
-- @param[opt] extras a table of what the protocol calls extras, such as `{ retained = true }`
-- @return a buffer and its size; or nil, "TOO_LARGE: message", "TOO_LARGE"
function Send:compose(name, value, msgid, extras)
  local ok, frame, size, code = fill(self, core.compose, name, value, msgid, extras)
  if not ok then
    error(frame, CALLER)
  end
  return frame, size, code
end

--- Encodes the answer to a request in the same way.
-- @return a buffer and its size; or nil and what is wrong with the answer
function Send:respond(msgid, problem, result)
  local ok, frame, size = fill(self, core.respond, msgid, problem, result)
  if not ok then
    return nil, frame
  end
  return frame, size
end

--- Takes a buffer back.
function Send:done(frame)
  self._frame = frame
end

-- Sends to all peers on a channel. If the remembered list is out of date, peers that have left do
-- not count, and newcomers get the message too.
-- @return how many peers accepted it
-- @return { { hwnd =, code =, message = }, ... } of those that did not
-- @return a list of those that did
function Send:broadcast(name, message, size, options)
  local peers, remembered = self.directory:peers(name)
  local failures = {}
  local accepting = self:deliver(peers, message, size, options, failures)
  local stale = false
  for _, failure in ipairs(failures) do
    stale = stale or failure.stale
  end
  if not (stale and remembered) then
    return #accepting, failures, accepting
  end

  local now, missed, left = self.directory:peers(name, true), {}, {}
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
  local more = self:deliver(missed, message, size, options, left)
  table.move(more, 1, #more, #accepting + 1, accepting)
  return #accepting, left, accepting
end

--- The failures as scripts get them: with peers in place of windows.
function Send.report(failures)
  local report = {}
  for i, failure in ipairs(failures) do
    report[i] = {
      peer = failure.hwnd and Peer.of(failure.hwnd), code = failure.code, message = failure.message,
      channel = failure.channel, post = failure.post,
    }
  end
  report.more = failures.more
  return report
end

return Send
