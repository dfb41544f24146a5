-- SPDX-License-Identifier: MIT

--- Handles the messages that arrive at an endpoint: passes them on, and decides who may send. A
-- source of the loop. For endpoint.lua.
local Peer = require "copydata.peer"
local core = require "copydata.core"
local errors = require "copydata.errors"
local loop = require "copydata.loop"
local problems = require "copydata.problems"
local turn = require "copydata.turn"

local Intake = {}
Intake.__index = Intake

local DECISIONS_MOST = 16 -- in a turn: invented senders must not keep it from ending

--- Makes the intake of a window of core's. `channels`: the endpoint's, by id.
function Intake.new(window, channels, pending, serve, has_thread)
  local intake = setmetatable({
    has_thread = has_thread,
    packed = false, -- data is left encoded: for bridges
    lost = false, -- the window was destroyed from outside: messages that have arrived remain
    takers = {}, -- of messages of other protocols, by core's ids: see raw/
    _window = window,
    _channels = channels,
    _pending = pending,
    _serve = serve,
    _guards = {}, -- by channel's id, 0 for all: a function that decides who may send there
    _guarded = false, -- there were any
    _decided = 0, -- how many senders were decided
    _turn = 0, -- in this turn of the loop
  }, Intake)
  turn.add_source(intake)
  return intake
end

--- Sets the guard of one channel by its id, or with 0 of all; nil: none.
function Intake:guard(id, accept)
  self._guards[id], self._guarded = accept, true
  self._window:guard(id ~= 0 and id or nil, accept ~= nil)
end

--- A channel was left.
function Intake:forget(id)
  self._guards[id] = nil
end

-- Asks the script about a sender. If that fails, it is asked again when the sender sends again.
local function decide(self, question, id, hwnd, pid, exe, proven)
  local asked <close> = question
  local accept = self._guards[id]
  local ok, allowed = true, true
  if accept then
    ok, allowed = xpcall(accept, errors.traced, Peer.new(hwnd, pid, exe, proven))
  end
  asked:decide(ok and allowed) -- an error leaves the sender refused
  if not ok then
    problems.report(allowed)
  end
end

-- Decides about the next undecided sender.
-- @return whether there was one
local function decide_next(self)
  if self._turn ~= turn.number then
    self._turn, self._decided = turn.number, 0
  end
  if self._decided == DECISIONS_MOST then
    return false
  end
  local question, id, hwnd, pid, exe, proven = self._window:undecided()
  if question then
    self._decided = self._decided + 1
    loop.enter(decide, self, question, id, hwnd, pid, exe, proven)
  end
  return question ~= nil
end

--- Handles the next message; see turn.add_source.
function Intake:dispatch()
  if self._guarded and decide_next(self) then
    return true
  end
  local id, data, sent, received, hwnd, pid, exe, proven, msgid, problem, undecoded, extras =
    self._window:next(nil, self.packed)
  if not id then
    if id == false then
      problems.report(data) -- out of memory
    end
    return id == false
  elseif id == core.answer_id then
    self._pending:answer(msgid, data, problem, undecoded)
  elseif not msgid and undecoded ~= nil then
    problems.report(undecoded)
  else
    local channel = self._channels[id] -- a finalizer may just have closed it
    if not channel then
      local taker = self.takers[id]
      if taker then
        taker:take(data, sent, received, hwnd, pid, exe)
      end
    elseif not msgid then
      channel:_take(data, sent, received, hwnd, pid, exe, proven, extras)
    elseif channel._server then
      loop.enter(self._serve.call, self._serve, channel, channel._server, msgid, data, sent,
        received, hwnd, pid, exe, proven, undecoded, extras)
    end
  end
  return true
end

--- Checks whether the window still exists; see turn.add_source.
function Intake:look()
  if self._window:hwnd() == 0 and not self.lost then
    self.lost = true
    for _, channel in pairs(self._channels) do
      channel:_end_waits()
    end
    self._pending:close()
  end
end

--- The endpoint was closed.
function Intake:close()
  turn.remove_source(self)
end

return Intake
