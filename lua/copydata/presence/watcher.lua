-- SPDX-License-Identifier: MIT

--- Somebody who is told who joins and leaves a channel. For presence/init.lua, which tells.
local Waits = require "copydata.waits"
local errors = require "copydata.errors"
local fibers = require "copydata.fibers"
local loop = require "copydata.loop"
local problems = require "copydata.problems"

local Watcher = {}
Watcher.__index = Watcher

--- Makes one.
-- @param forget called with it when it is closed
-- @param hurry called when it has something for its handler
function Watcher.new(forget, hurry)
  return setmetatable({
    closed = false, -- nothing will come any more
    looked = false, -- called with the peers that have stayed, or seem so, whenever there was a look
    _forget = forget,
    _hurry = hurry,
    _events = {}, -- what is to be told yet: { { peer =, event = }, … }
    _waits = Waits.new(), -- of those who wait for it, in order
    _handler = false,
    _busy = false, -- the handler is being called
  }, Watcher)
end

--- Adds what is to be told: "joined" or "left". Who has left again before it was told that he came
-- has not been there: so of each peer there are two events at most.
function Watcher:add(peer, event)
  local events = self._events
  if event == "left" then
    for i = #events, 1, -1 do
      if events[i].peer == peer and events[i].event == "joined" then
        table.remove(events, i)
        return
      end
    end
  end
  events[#events + 1] = { peer = peer, event = event }
  self._waits:wake_first()
end

-- Takes the next event.
-- @return peer, event; or nothing
local function take(self)
  local oldest = table.remove(self._events, 1)
  if oldest then
    return oldest.peer, oldest.event
  end
end

--- Waits for the next event.
-- @param deadline on the clock of core.seconds; math.huge: none
-- @return peer, event; or nil, "NAME: message", "NAME"
function Watcher:next(deadline)
  while not self.closed do
    local peer, event = take(self)
    if peer then
      return peer, event
    end
    local wait = self._waits:add()
    local why, code = loop.await(wait, deadline)
    if not wait.done then
      wait:abandon()
      if code then
        return nil, why, code
      end
      return errors.timeout()
    end
  end
  return errors.channel_closed()
end

--- Waits until somebody joins.
-- @return a peer; or nil, "NAME: message", "NAME"
function Watcher:somebody(deadline)
  local peer, event, code
  repeat
    peer, event, code = self:next(deadline)
  until not peer or event == "joined"
  if code == "TIMEOUT" then
    return nil, "TIMEOUT: no other peer joined the channel", code
  end
  return peer, not peer and event or nil, code
end

-- Calls the handler with what there is to be told.
local function call(self)
  self._busy = true
  while self._handler do
    local peer, event = take(self)
    if not peer then
      break
    end
    loop.begin()
    local ok, problem = xpcall(self._handler, errors.traced, peer, event)
    if not ok then
      problems.report(problem)
    end
  end
  self._busy = false
end

--- From now on a handler is called with each event, one after the other, by `tend`.
function Watcher:on(handler)
  self._handler = handler
  self._hurry()
end

--- Calls the handler with what there is, in a fiber of its own, for it may wait.
function Watcher:tend()
  if self._handler and not self._busy and #self._events > 0 then
    fibers.run(call, self)
  end
end

--- Nothing more is told; those who wait go on. Idempotent.
function Watcher:close()
  if self.closed then
    return
  end
  self.closed, self._handler = true, false
  self._forget(self)
  self._waits:wake()
end

Watcher.__close = Watcher.close

return Watcher
