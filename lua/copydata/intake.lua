-- SPDX-License-Identifier: MIT

--- What an endpoint does with the messages that the loop takes: whose they are, and who may send at
-- all. For endpoint.lua.
local Peer = require "copydata.peer"
local core = require "copydata.core"
local errors = require "copydata.errors"
local problems = require "copydata.problems"

local Intake = {}
Intake.__index = Intake

local DECISIONS_MOST = 16 -- in a turn: those who make up senders must not keep it from ending

--- Makes that of a window of core's. `channels`: the endpoint's, by id.
function Intake.new(window, channels, pending, serve)
  return setmetatable({
    raw = false, -- a function that takes messages of other protocols; see raw.lua
    _window = window,
    _channels = channels,
    _pending = pending,
    _serve = serve,
    _guards = {}, -- by channel's id, 0 for all: a function that decides who may send there
    _decided = 0, -- how many senders were decided about in this turn
  }, Intake)
end

--- Sets the guard of a channel, by its id, or with 0 of all; nil: none.
function Intake:guard(id, accept)
  self._guards[id] = accept
  self._window:guard(id ~= 0 and id or nil, accept ~= nil)
end

--- A channel was left.
function Intake:forget(id)
  self._guards[id] = nil
end

-- Asks the script about a sender.
local function decide(self, id, hwnd, pid, exe)
  local accept = self._guards[id]
  local ok, allowed = true, true
  if accept then
    ok, allowed = xpcall(accept, errors.traced, Peer.new(hwnd, pid, exe))
  end
  if self._window:is_open() then -- an error leaves the sender refused
    self._window:decide(id, hwnd, pid, ok and allowed)
  end
  if not ok then
    problems.report(allowed)
  end
end

-- Does with a message that was taken what there is to be done with it.
-- @return whether there was one
local function dispatch(self, enter, ok, id, data, sent, received, hwnd, pid, exe, msgid, problem,
    undecoded)
  if not ok then
    problems.report(id) -- it cannot be decoded
  elseif not id then
    return false
  elseif id == core.answer_id then
    self._pending:answer(msgid, data, problem, undecoded)
  elseif id == core.raw_id then
    if self.raw then
      self.raw(enter, data, sent, received, hwnd, pid, exe)
    end
  else
    local channel = self._channels[id] -- a finalizer may just have closed it
    if channel and not msgid then
      channel:_take(enter, data, sent, received, hwnd, pid, exe)
    elseif channel and channel._server then
      enter(self._serve.call, self._serve, channel, channel._server, msgid, data, sent, received,
        hwnd, pid, exe, undecoded)
    end
  end
  return true
end

--- The sequence of the newest message; a turn begins.
function Intake:newest()
  self._decided = 0
  return self._window:newest()
end

--- Does the next thing there is; see loop.add_endpoint.
function Intake:dispatch(enter, newest)
  local window = self._window
  if next(self._guards) and self._decided < DECISIONS_MOST then
    local id, hwnd, pid, exe = window:undecided()
    if id then
      self._decided = self._decided + 1
      enter(decide, self, id, hwnd, pid, exe)
      return true
    end
  end
  return dispatch(self, enter, pcall(window.next, window, newest))
end

return Intake
