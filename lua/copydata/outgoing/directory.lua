-- SPDX-License-Identifier: MIT

--- Whom an endpoint sends to, remembered for a short time. For send.lua and the files of request/.
local Peer = require "copydata.peer"
local core = require "copydata.core"

local Directory = {}
Directory.__index = Directory

local FRESH = 1 -- seconds that a list of peers may be used when the membership counter stands still
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

--- Whether a list has an item.
function Directory.contains(list, item)
  for _, other in ipairs(list) do
    if other == item then
      return true
    end
  end
  return false
end

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
  if not Directory.contains(list, known.preferred) then
    known.preferred = nil
  end
  return known
end

--- The windows of those on a channel.
-- @param[opt] anew true: not from memory
-- @return a list, not to be changed
-- @return whether it is from memory
-- @return which of them is preferred, if any is
function Directory:peers(name, anew)
  local known = self._known[name]
  local fresh = not anew and known and known.counter
    and known.counter == self._window:membership() and core.seconds() - known.time < FRESH
  if not fresh then
    known = look_up(self, name)
  end
  return known.list, fresh, known.preferred
end

--- Notes which of the peers last listed is to be asked first.
function Directory:prefer(name, hwnd)
  local known = self._known[name]
  if known then
    known.preferred = hwnd
  end
end

--- Whether a window that a script names is another endpoint, on a channel, of a process (nil: of
-- any). The handle may be forged, and a dead peer's be another program's by now. Remembered as
-- peers are.
-- @return true; or nil, "NAME: message", "NAME": GONE, ABSENT
function Directory:reaches(hwnd, name, pid)
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

--- The channels that exist on this desktop, by whichever endpoints.
-- @return a list of `{ name =, peers = }`, sorted by name; peers: how many endpoints are on it,
-- this program's included. Windows keeps one spelling of a name for the whole session, the first.
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
