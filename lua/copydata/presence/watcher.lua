-- SPDX-License-Identifier: MIT

--- A watcher gets the joins and leaves of a channel. For presence/init.lua, which reports them.
local Waits = require "copydata.waits"
local errors = require "copydata.errors"
local fibers = require "copydata.fibers"
local loop = require "copydata.loop"
local problems = require "copydata.problems"

local Watcher = {}
Watcher.__index = Watcher

--- Makes a watcher.
-- @param forget called with the watcher when it is closed
-- @param hurry called when the watcher has an event for its handler
function Watcher.new(forget, hurry)
  return setmetatable({
    closed = false, -- no more events will arrive
    looked = false, -- called at each look with the peers that have stayed, or seem to have
    _forget = forget,
    _hurry = hurry,
    _events = {}, -- events not yet reported: { { peer =, event = }, … }
    _waits = Waits.new(), -- of calls that wait for an event, in order
    _handler = false,
    _busy = false, -- the handler is being called
  }, Watcher)
end

--- Adds an event: "joined" or "left". If a peer leaves before its join was reported, both events
-- are dropped, so each peer has at most two events.
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

--- Waits until a peer joins.
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

-- Calls the handler with the waiting events.
local function call(self)
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
end

--- From now on `tend` calls a handler with each event, one at a time.
function Watcher:on(handler)
  self._handler = handler
  self._hurry()
end

--- Calls the handler with the waiting events, in a fiber of its own, because it may wait.
function Watcher:tend()
  if self._handler and not self._busy and #self._events > 0 then
    self._busy = true
    fibers.start({
      ended = function(fiber, ...)
        self._busy = false
        problems.report_end(fiber, ...)
      end,
    }, call, self)
  end
end

--- Ends the watcher; calls that wait return. Idempotent.
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
