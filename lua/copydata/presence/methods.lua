-- SPDX-License-Identifier: MIT

--- Peers that join and leave a channel: methods of channels. For channel.lua.
-- @submodule channel
local check = require "copydata.check"
local core = require "copydata.core"

local methods = {}

-- Watches joins and leaves, until the watcher or the channel is closed.
local function watch(self)
  local watcher = self._endpoint._presence:watch(self._name)
  self._watchers[watcher] = true
  return watcher
end

--- Sets the handler for peers that join and leave the channel. The loop calls `handler(peer,
-- event)` for each event, in order; `event` is `"joined"` or `"left"`. Peers already there are
-- reported first, as `"joined"`. The handler is a task: the next event waits until it returns, and
-- a peer that joins and leaves meanwhile may not be reported at all. An error in it is reported to
-- `copydata.on_error`.
-- @function on_peers
-- @param handler a function, or nil
-- @return the channel
function methods:on_peers(handler)
  check.channel(self)
  if handler ~= nil then
    check.handler(handler)
  end
  if self._witness then
    self._witness:close()
  end
  self._witness = handler and watch(self) or false
  if handler then
    self._witness:on(handler)
  end
  self:_keep()
  return self
end

-- What the script's `for` holds: keeps the channel, and closes the watcher when it is closed or
-- collected.
local Witness = {}

function Witness:__close()
  self.watcher:close()
end

Witness.__gc = Witness.__close

--- Iterates over peers as they join and leave the channel: `for peer, event in channel:presence()
-- do … end`, with events as for `on_peers`. Ends when the channel is closed or the loop ends
-- (Ctrl+C, `WM_QUIT`).
-- @function presence
-- @return an iterator, and a value that `for` closes at its end
function methods:presence()
  check.channel(self)
  local witness = setmetatable({ watcher = watch(self), channel = self }, Witness)
  return function()
    local peer, event = witness.watcher:next(math.huge)
    if peer then
      return peer, event
    end
  end, nil, nil, witness
end

--- Waits until there is another peer on the channel.
-- @function wait_for_peer
-- @param[opt] seconds how long to wait; nil: no limit
-- @return a peer; or nil, "NAME: message", "NAME": TIMEOUT, CLOSED, QUIT, INTERRUPTED
function methods:wait_for_peer(seconds)
  local endpoint = check.channel(self)
  seconds = check.wait(seconds)
  local peer = endpoint:peers(self._name)[1]
  if peer then
    return peer
  end
  local watcher <close> = watch(self)
  return watcher:somebody(seconds < 0 and math.huge or core.seconds() + seconds)
end

-- Closes all watchers: no more events will arrive.
function methods:_end_presence()
  local watchers = {}
  for watcher in pairs(self._watchers) do
    watchers[#watchers + 1] = watcher
  end
  for _, watcher in ipairs(watchers) do
    watcher:close()
  end
end

return methods
