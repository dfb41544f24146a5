-- SPDX-License-Identifier: MIT

--- The peers on channels, as they come and go. For endpoint.lua, channel.lua and the files of
-- request/.
--
-- Peers post a hint when they join or leave, which only means that it is time to look. Windows
-- reports when a process ends: its peers are known, and nobody else is looked at. Changes that
-- neither reports are found within a second. None of this happens without a hold.
local Hold = require "copydata.presence.hold"
local Peer = require "copydata.peer"
local Waits = require "copydata.waits"
local Watcher = require "copydata.presence.watcher"
local core = require "copydata.core"
local errors = require "copydata.errors"
local fibers = require "copydata.fibers"
local loop = require "copydata.loop"
local remove = require "copydata.remove"
local turn = require "copydata.turn"

local Presence = {}
Presence.__index = Presence

local LOOK = 1 -- seconds between looks when there is no hint, unless the field `pause` is changed
local GAP = 0.005 -- seconds between looks at least: any program may send hints
local SHARE = 3 -- looks take at most one part in so many of the time, however many peers there are

--- Makes it for a window of core's. While there is a hold, it is a source of the loop.
function Presence.new(window, has_thread)
  return setmetatable({
    has_thread = has_thread,
    pause = LOOK,
    lost = false, -- the endpoint's other source reports that
    news = 0, -- the number of looks and ends: when it changes, peers may have come or gone
    _window = window,
    _closed = false,
    _holds = 0, -- that have taken effect
    _processes = {}, -- by pid: how many times it is watched
    _views = {}, -- by channel's name: see view_of
    _waits = Waits.new(), -- those of Presence:await
    _listener = false, -- called when peers may have come or gone
    _earliest = -math.huge, -- when a hint may be followed
    _timers = {}, -- of the next looks, by reason: "second", once a second, and "hint"
  }, Presence)
end

-- Looks at a time, unless a look for the same reason is already due.
local function look_at(self, time, what)
  local timers = self._timers
  if not timers[what] then
    timers[what] = fibers.at(time, { tend = function(_, now)
      timers[what] = nil
      self:_look(now)
    end })
  end
end

-- Cancels all looks.
local function look_away(self)
  for what, timer in pairs(self._timers) do
    self._timers[what] = nil
    fibers.forget(timer)
  end
end

--- Sets the listener that is called after each look and each end of a process: `listener(now)`.
function Presence:listen(listener)
  self._listener = listener
end

-- What a hold does -------------------------------------------------------------------------------

local Owner = {}
Owner.__index = Owner

function Owner:hold()
  local presence = self.presence
  presence._holds = presence._holds + 1
  if presence._holds == 1 and not presence._closed then
    presence._window:watch(true)
    turn.add_source(presence)
    look_at(presence, core.seconds() + presence.pause, "second")
  end
end

function Owner:release()
  local presence = self.presence
  presence._holds = presence._holds - 1
  if presence._holds == 0 and not presence._closed then
    turn.remove_source(presence)
    look_away(presence)
    presence._window:watch(false)
  end
end

function Owner:watch(hwnd)
  local presence = self.presence
  local pid = not presence._closed and presence._window:watch_process(hwnd)
  if pid then
    presence._processes[pid] = (presence._processes[pid] or 0) + 1
  end
  return pid
end

function Owner:unwatch(pid)
  local presence = self.presence
  local count = presence._processes[pid] - 1
  presence._processes[pid] = count > 0 and count or nil
  if count == 0 and not presence._closed then
    presence._window:unwatch_process(pid)
  end
end

--- Makes a hold, which has no effect yet.
function Presence:hold()
  return Hold.new(setmetatable({ presence = self }, Owner))
end

-- Channels ---------------------------------------------------------------------------------------

-- Looks as soon as allowed.
local function hurry(self)
  if self._holds > 0 and not self._closed then
    look_at(self, math.max(core.seconds(), self._earliest), "hint")
  end
end

-- A channel's peers as last seen: `peers` in the order in which they came, and the watchers.
local function view_of(self, name)
  local view = self._views[name]
  if not view then
    view = { name = name, peers = {}, watchers = {}, hold = self:hold() }
    self._views[name] = view
    view.hold:take()
    hurry(self)
  end
  return view
end

--- Begins to watch a channel: peers already on it are reported as joined first.
-- @return a watcher, to be closed
function Presence:watch(name)
  local view
  local watcher = Watcher.new(function(watcher)
    if view and remove(view.watchers, watcher) and #view.watchers == 0 then
      self._views[name] = nil
      view.hold:close()
    end
  end, function()
    hurry(self)
  end)
  if self._closed then
    watcher:close()
    return watcher
  end
  view = view_of(self, name)
  view.watchers[#view.watchers + 1] = watcher
  for _, peer in ipairs(view.peers) do
    watcher:add(peer, "joined")
  end
  return watcher
end

-- A copy of the list of watchers: finalizers may close some meanwhile.
local function watchers_of(view)
  return table.move(view.watchers, 1, #view.watchers, 1, {})
end

local function tell(watchers, peer, event)
  for _, watcher in ipairs(watchers) do
    watcher:add(peer, event)
  end
end

-- Removes peers from a view, all for which `stays(peer)` is false.
local function part(view, watchers, stays)
  local stayed = {}
  for _, peer in ipairs(view.peers) do
    if stays(peer) then
      stayed[#stayed + 1] = peer
    else
      view.hold:remove(peer.hwnd)
      tell(watchers, peer, "left")
    end
  end
  view.peers = stayed
end

-- Brings a view up to date.
local function refresh(self, view)
  local list = core.peers(view.name, self._window:hwnd())
  local watchers = watchers_of(view)
  local new = {}
  for _, hwnd in ipairs(list) do
    new[hwnd] = true
  end
  part(view, watchers, function(peer)
    local stays = new[peer.hwnd]
    new[peer.hwnd] = nil
    return stays
  end)
  local stayed = view.peers
  for _, watcher in ipairs(watchers) do
    if watcher.looked then
      watcher.looked(stayed)
    end
  end
  for _, hwnd in ipairs(list) do
    local peer = new[hwnd] and Peer.of(hwnd)
    if peer and peer.pid then -- otherwise it is already gone
      view.hold:add(hwnd)
      stayed[#stayed + 1] = peer
      tell(watchers, peer, "joined")
    end
  end
end

-- The peers of a process that has ended leave a view.
local function bury(_, view, pid)
  part(view, watchers_of(view), function(peer)
    return peer.pid ~= pid
  end)
end

-- Looking ----------------------------------------------------------------------------------------

-- Calls `change(self, view, argument)` for each view.
-- @return their watchers
local function update(self, change, argument)
  self.news = self.news + 1
  local views, watchers = {}, {} -- lists of their own: handlers change them
  for _, view in pairs(self._views) do
    views[#views + 1] = view
  end
  for _, view in ipairs(views) do
    if not self._closed and self._views[view.name] == view then
      change(self, view, argument)
      table.move(view.watchers, 1, #view.watchers, #watchers + 1, watchers)
    end
  end
  return watchers
end

-- Reports what has changed in the views.
local function report(self, now, watchers)
  self._waits:wake()
  if self._listener then
    self._listener(now)
  end
  for _, watcher in ipairs(watchers) do
    watcher:tend()
  end
end

--- Reports the end of a process, or follows a hint, if there is one; see turn.add_source.
function Presence:dispatch()
  local pid = self._window:ended()
  local now = (pid or self._window:hinted()) and core.seconds()
  if pid then
    report(self, now, update(self, bury, pid))
    return true
  elseif now and now < self._earliest then
    hurry(self)
  elseif now then
    self:_look(now)
    return true
  end
  return false
end

-- Looks at the peers, and reports which have come and gone.
function Presence:_look(now)
  look_at(self, now + self.pause, "second")
  local watchers = update(self, refresh)
  local looked = core.seconds()
  self._earliest = looked + math.max(GAP, (SHARE - 1) * (looked - now))
  report(self, now, watchers)
end

--- Waits for news. Needs a hold.
-- @param news what `news` was when the caller looked
-- @param deadline on the clock of core.seconds
-- @return nothing; or "NAME: message", "NAME": also CLOSED
function Presence:await(news, deadline)
  local why, code
  if self.news == news and not self._closed then
    local wait = self._waits:add()
    why, code = loop.await(wait, deadline)
    wait:abandon()
  end
  if self._closed then
    return select(2, errors.closed())
  end
  return why, code
end

--- Checks whether the window still exists; see turn.add_source.
function Presence:look()
  if self._window:hwnd() == 0 then
    self:close()
  end
end

--- Ends all waits: the endpoint is about to be closed, or its window is gone. Idempotent.
function Presence:close()
  if self._closed then
    return
  end
  local views = {}
  for _, view in pairs(self._views) do
    views[#views + 1] = view
  end
  for _, view in ipairs(views) do
    for _, watcher in ipairs(watchers_of(view)) do
      watcher:close()
    end
  end
  if self._holds > 0 then
    turn.remove_source(self)
    look_away(self)
    self._window:watch(false)
  end
  self._closed = true
  self._waits:wake()
end

return Presence
