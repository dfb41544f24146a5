-- SPDX-License-Identifier: MIT

--- An endpoint's receivers, remembered for a short time. For send.lua and the files of request/.
local contains = require "copydata.contains"
local core = require "copydata.core"

local Directory = {}
Directory.__index = Directory

Directory.BRIDGES = "copydata.bridge" -- the channel that bridges are on

local FRESH = 1 -- seconds a list of peers may be used while the membership counter is unchanged
local NAMES_MOST = 256 -- channels whose peers are remembered

function Directory.new(window)
  return setmetatable({
    _window = window,
    _known = {}, -- by channel name: { list =, counter =, time =, preferred = }
    _names = 0, -- how many of these
    _reached = {}, -- by hwnd: { name =, pid =, counter =, time = }, what Directory:reaches found
    _reached_count = 0,
  }, Directory)
end

local function look_up(self, name)
  local window = self._window
  local counter = window:membership() -- first: a change during the look makes the list stale
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

--- The windows on a channel.
-- @param[opt] anew true: not from memory
-- @return a list, which must not be changed
-- @return whether it is from memory
-- @return the preferred one of them, if any
function Directory:peers(name, anew)
  local known = self._known[name]
  local fresh = not anew and known and known.counter
    and known.counter == self._window:membership() and core.seconds() - known.time < FRESH
  if not fresh then
    known = look_up(self, name)
  end
  return known.list, fresh, known.preferred
end

--- The bridges of this desktop: a list, which must not be changed.
function Directory:bridges()
  return (self:peers(Directory.BRIDGES))
end

--- Remembers which of the peers last listed to ask first.
function Directory:prefer(name, hwnd)
  local known = self._known[name]
  if known then
    known.preferred = hwnd
  end
end

--- Whether a window named by a script is another endpoint, on a channel, of a process (nil: of
-- any). The handle may be forged, and a dead peer's handle may now belong to another program.
-- Remembered like peers.
-- @return true; or nil, "NAME: message", "NAME": GONE, ABSENT
function Directory:reaches(hwnd, name, pid)
  local window, seen = self._window, self._reached[hwnd]
  local counter, now = window:membership(), core.seconds()
  if seen and counter and seen.counter == counter and now - seen.time < FRESH
      and seen.name == name and seen.pid == pid then
    return true
  end
  if not window:reaches(hwnd, name, pid) then
    if not core.pid(hwnd) then
      return nil, "GONE: the receiver's window is gone", "GONE"
    end
    return nil, "ABSENT: the peer is not, or no longer, on this channel", "ABSENT"
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

--- The channels that exist on this desktop.
-- @return a list of `{ name =, peers = }`, sorted by name; `peers` counts the endpoints on the
-- channel, this program's included. Windows keeps one spelling of a name for the whole session: the
-- first.
function Directory.channels()
  local by_name, list = {}, {}
  for _, hwnd in ipairs(core.endpoints()) do
    for _, name in ipairs(core.channels(hwnd)) do
      local channel = by_name[name]
      if not channel then
        channel = { name = name, peers = 0 }
        by_name[name] = channel
        list[#list + 1] = channel
      end
      channel.peers = channel.peers + 1
    end
  end
  table.sort(list, function(a, b)
    return a.name < b.name
  end)
  return list
end

return Directory
