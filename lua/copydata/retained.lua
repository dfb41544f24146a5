-- SPDX-License-Identifier: MIT

--- A value that a channel keeps for peers that join it: a method of channels. For channel.lua.
-- @submodule channel
local check = require "copydata.check"
local contains = require "copydata.contains"
local core = require "copydata.core"
local errors = require "copydata.errors"
local fibers = require "copydata.fibers"
local loop = require "copydata.loop"
local turn = require "copydata.turn"

local Retained = {}
Retained.__index = Retained

local PAUSE, LONGEST_PAUSE = 0.01, 2 -- seconds between tries: first and longest
local PATIENCE = 0.1 -- of these, for a newcomer to show that it pumps messages
local LEAST_PATIENCE = 0.01 -- seconds
local EXTRAS = { retained = true }
local NEWS = { retained = false } -- for bridges, which have newcomers of their own
local WITHDRAWN = { withdrawn = true }

-- With these failures, a peer did not get the value, or may not have, but may get it in a moment.
-- It gets it twice rather than never; the message is marked as retained.
local NOT_YET = { BUSY = true, HUNG = true, TIMEOUT = true }

-- To one peer ------------------------------------------------------------------------------------

-- Sends the value to a peer once, unless the peer does not pump messages in time: waiting for it
-- blocks the Lua state.
-- @return "NAME" of the failure; nil: the peer has it
local function try(self, hwnd, message, patience)
  local sender, size = self._outgoing.sender, message.size
  local options = {
    deadline = core.seconds() + self._timeout(), hurried = true, once = true,
    patience = turn.is_hurried and LEAST_PATIENCE or math.max(LEAST_PATIENCE, patience),
  }
  local frame = message.frame
  if size > sender.max_frame then -- sending in pieces changes it, and several may send it
    frame, options.once = core.gather(nil, frame, 1, size), false
  end
  return select(3, sender:deliver_to(hwnd, frame, size, options))
end

-- Sends the value to a peer, however long that takes, unless the peer leaves or the value is
-- replaced.
local function deliver(self, hwnd, message, debt)
  local pause = PAUSE
  while self._owed[hwnd] == debt and self._window:is_open() do
    if not NOT_YET[try(self, hwnd, message, PATIENCE * pause)] then
      if self._owed[hwnd] == debt then
        self._owed[hwnd] = false
      end
      return
    end
    if select(2, loop.sleep(pause)) then
      return
    end
    pause = math.min(2 * pause, LONGEST_PAUSE)
  end
end

-- Begins to send the value to a peer.
local function owe(self, hwnd)
  local debt = {}
  self._owed[hwnd] = debt
  fibers.run(deliver, self, hwnd, self._message, debt)
end

-- To all -----------------------------------------------------------------------------------------

-- Begins to send the value to the peers that are present and have not had it. While it is being
-- sent to all, this waits: they may be among them.
local function settle(self)
  if self._sending > 0 then
    return
  end
  for hwnd in pairs(self._present) do
    if self._owed[hwnd] == nil then
      owe(self, hwnd)
    end
  end
end

-- A peer has joined or left.
local function note(self, peer, event)
  if event == "joined" then
    self._present[peer.hwnd] = true
    self._rejoined[peer.hwnd] = self._rejoined[peer.hwnd] or self._window:rejoined(peer.hwnd)
    settle(self)
  else
    self._present[peer.hwnd], self._owed[peer.hwnd], self._rejoined[peer.hwnd] = nil, nil, nil
  end
end

-- Peers that seem to have stayed may have left and rejoined since the last look.
local function compare(self, peers)
  for _, peer in ipairs(peers) do
    local hwnd = peer.hwnd
    local before, now = self._rejoined[hwnd], self._window:rejoined(hwnd)
    if before and before ~= now then
      self._rejoined[hwnd], self._owed[hwnd] = now, nil
    end
  end
  settle(self)
end

-- Sends a value to all peers.
-- @return as endpoint:send, with windows in place of peers
local function broadcast(self, frame, size, options)
  local message = self._message
  local count, failures, accepting =
    self._outgoing.sender:broadcast(self._name, frame, size, options)
  if self._message == message then -- it has not been replaced meanwhile
    for _, hwnd in ipairs(accepting) do
      self._owed[hwnd] = false
      self._rejoined[hwnd] = self._rejoined[hwnd] or self._window:rejoined(hwnd)
    end
    for _, failure in ipairs(failures) do
      self._owed[failure.hwnd] = false
      if NOT_YET[failure.code] then
        owe(self, failure.hwnd)
      end
    end
  end
  return count, failures
end

-- Keeps a value, composed for newcomers, and sends it to all peers.
-- @return as endpoint:send
local function set(self, value, options, frame, size)
  local sender = self._outgoing.sender
  self._message, self._owed = { frame = frame, size = size }, {}
  self._sending = self._sending + 1
  local news
  news, size = sender:compose(self._name, value, nil, NEWS)
  local ok, count, failures = pcall(broadcast, self, news, size, options)
  sender:done(news)
  self._sending = self._sending - 1
  if not ok then
    error(count, 0)
  end
  settle(self)
  return count, sender.report(failures)
end

-- Tells the bridges that the value is no longer kept.
local function withdraw(self, options)
  local sender = self._outgoing.sender
  local peers, bridges = sender.directory:peers(self._name), {}
  for _, hwnd in ipairs(sender.directory:bridges()) do
    if contains(peers, hwnd) then
      bridges[#bridges + 1] = hwnd
    end
  end
  if #bridges > 0 then
    self._outgoing.batch:start() -- keeps the order of sending
    local frame, size = sender:compose(self._name, nil, nil, WITHDRAWN)
    sender:deliver(bridges, frame, size, options, {})
    sender:done(frame)
  end
end

local function make(channel, endpoint)
  local watcher = endpoint._presence:watch(channel._name)
  channel._watchers[watcher] = true
  local self = setmetatable({
    _name = channel._name,
    _window = endpoint._window,
    _outgoing = endpoint._outgoing,
    _timeout = function()
      return endpoint.timeout
    end,
    _watcher = watcher,
    _message = false, -- the value as newcomers get it: { frame =, size = }
    _sending = 0, -- how many sends to all are in progress
    _present = {}, -- a set: the windows of those on the channel
    _rejoined = {}, -- by window: how often it has rejoined a channel
    _owed = {}, -- by window: a table while the value is being sent there; false once it has it
  }, Retained)
  watcher:on(function(peer, event)
    note(self, peer, event)
  end)
  watcher.looked = function(peers)
    compare(self, peers)
  end
  return self
end

function Retained:close()
  self._owed, self._present = {}, {}
  self._watcher.looked = false
  self._watcher:close()
end

-- The method -------------------------------------------------------------------------------------

local methods = {}

local OPTIONS = { timeout = "number", on_progress = "function" }

-- Keeps a value. Composes it first, so that a value that cannot be encoded raises at the script's
-- line.
local function retain(channel, endpoint, value, options)
  local outgoing = endpoint._outgoing
  local frame, size, code = outgoing.sender:compose(channel._name, value, nil, EXTRAS)
  if not frame then
    return nil, size, code
  end
  outgoing.batch:start() -- keeps the order of sending
  if not channel._endpoint then -- a finalizer may have closed it
    return errors.channel_closed()
  end
  channel._retained = channel._retained or make(channel, endpoint)
  channel:_keep()
  return set(channel._retained, value, options, frame, size)
end

--- Sends a value to all other peers on the channel, and later to each peer that joins it, as long
-- as this endpoint is on the channel and its loop runs. Newcomers thus have the value at once, and
-- `message.retained` tells them that it is not news. An endpoint keeps one value per channel; a new
-- one replaces it. The value is kept as it is at the call: later changes to a table have no effect.
--
-- A peer that is too busy now (a failure with BUSY, HUNG or TIMEOUT) gets the value later, as a
-- newcomer does. A peer that leaves a channel and joins another may get it again.
-- @function retain
-- @param value anything that `copydata.msgpack.encode` accepts; nil: keeps nothing from now on
-- @param[opt] options `timeout` and `on_progress`, as for `endpoint:send`
-- @return how many peers accepted it now, and a list of failures, as for `endpoint:send`
function methods:retain(value, options)
  local endpoint = check.channel(self)
  options = check.timed(options, OPTIONS, endpoint.timeout)
  if value == nil then
    local former = self._retained
    self:_end_retained()
    if former then
      withdraw(former, options)
    end
    return 0, {}
  end
  return retain(self, endpoint, value, options)
end

-- Stops keeping a value.
function methods:_end_retained()
  if self._retained then
    self._retained:close()
    self._retained = false
    self:_keep()
  end
end

return methods
