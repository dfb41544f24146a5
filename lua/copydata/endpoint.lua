-- SPDX-License-Identifier: MIT

--- An endpoint: a hidden window and the channels it is on. Made by `copydata.new`; the functions
-- of the module are those of a default endpoint. It belongs to the thread that made it.
--
-- @classmod endpoint
-- @alias Endpoint
local Ask = require "copydata.request.ask"
local Channel = require "copydata.channel"
local Directory = require "copydata.outgoing.directory"
local Intake = require "copydata.intake"
local Outgoing = require "copydata.outgoing"
local Peer = require "copydata.peer"
local Pending = require "copydata.request.pending"
local Presence = require "copydata.presence"
local Serve = require "copydata.request.serve"
local check = require "copydata.check"
local core = require "copydata.core"
local errors = require "copydata.errors"
local object = require "copydata.object"
local outgoing = require "copydata.outgoing.methods"
local request = require "copydata.request.methods"

local Endpoint = {}
local class -- its metatable

-- Adds methods to all endpoints, for extensions too.
function Endpoint.extend(methods)
  for name, method in pairs(methods) do
    Endpoint[name] = method
  end
end

local TIMEOUT = 5 -- seconds
local MAX_FRAME = 256 * 1024
local MAX_MESSAGE = 64 * 1024 * 1024

-- Channels ---------------------------------------------------------------------------------------

local CHANNEL_OPTIONS = { listen = "boolean", accept = "function" }

-- The channel of the same name that was left last: its handler may be under way.
local function former_of(self, name)
  local newest
  for channel, id in pairs(self._former) do
    if core.same_name(channel.name, name) and (not newest or id > self._former[newest]) then
      newest = channel
    end
  end
  return newest
end

--- Joins a channel.
-- @param name 1 to 246 UTF-16 units of UTF-8 without NUL; compared without case
-- @param[opt] options `listen = false`: send only, nobody sees the endpoint there;
-- `accept = function(peer) ... end`: who may send there, see `endpoint:guard`
-- @return the channel, or nil, "NAME: message", "NAME": CLOSED, MEMORY, SYSTEM
function Endpoint:channel(name, options)
  local window = check.member(self)
  check.name(name)
  options = check.options(options, CHANNEL_OPTIONS)
  if window:find(name) then
    collectgarbage() -- it may be one that the script has let go of
    if window:find(name) then
      error(("already on channel %q: ask for it with joined(name), close it first, "
        .. "or use copydata.new for an endpoint of your own"):format(name), 2)
    end
  end
  local listen = options.listen ~= false
  local channel = Channel.new(self, name, listen) -- before joining: memory may run out
  local id, message, code = window:join(name, listen, options.accept ~= nil)
  if not id then
    channel._endpoint = false
    return nil, message, code
  end
  channel._id = id
  self._channels[id] = channel
  local former = former_of(self, name)
  if former then
    former._successor = channel
    channel._held = former._busy
  end
  if options.accept then
    channel:guard(options.accept)
  end
  return channel
end

--- The channels this endpoint is on.
-- @param[opt] name one of them, compared without case
-- @return without a name a list, in the order of joining; with one the channel or nil
function Endpoint:joined(name)
  local window = check.open(self)
  if name ~= nil then
    check.name(name)
    local id = window:find(name)
    return id and self._channels[id]
  end
  local ids, list = {}, {}
  for id in pairs(self._channels) do
    ids[#ids + 1] = id
  end
  table.sort(ids)
  for i, id in ipairs(ids) do
    list[i] = self._channels[id]
  end
  return list
end

--- Who else is on a channel. Need not be joined.
-- @param name the channel's name
-- @return a list of peers
function Endpoint:peers(name)
  local window = check.open(self)
  check.name(name)
  local peers = {}
  for _, hwnd in ipairs(core.peers(name, window:hwnd())) do
    local peer = Peer.of(hwnd)
    if peer.pid then -- otherwise it has just gone
      peers[#peers + 1] = peer
    end
  end
  return peers
end

--- Waits until somebody else is on a channel. Need not be joined.
-- @param name the channel's name
-- @param[opt] seconds how long; nil: as long as it takes
-- @return a peer; or nil, "NAME: message", "NAME": TIMEOUT, CLOSED, QUIT, INTERRUPTED
function Endpoint:wait_for_peer(name, seconds)
  check.open(self)
  check.name(name)
  seconds = check.wait(seconds)
  local deadline = seconds < 0 and math.huge or core.seconds() + seconds
  local peer = self:peers(name)[1]
  if peer then
    return peer
  end
  local watcher <close> = self._presence:watch(name)
  local why, code
  peer, why, code = watcher:somebody(deadline)
  if code == "CLOSED" then
    return errors.closed()
  end
  return peer, why, code
end

-- Receiving --------------------------------------------------------------------------------------

--- Decides who may send here. `accept(peer)` is asked about each sender, a window of a process, by
-- the loop; until then, and when it returns nothing or false or raises, nothing of that sender is
-- decoded or queued. An undecided sender is told BUSY, so that it tries again by itself, a refused
-- one REFUSED; raw messages of both are answered 0. The decision is remembered until another
-- function is set: the 64 senders allowed last, and the 64 refused. A turn asks about 16 senders at
-- most. A channel's own: `channel:guard(accept)`.
--
-- Senders have to prove that the window is theirs, which those of copydata do by themselves. One
-- that does not is told UNPROVEN; one whose window does not exist, or is no endpoint's, REFUSED.
-- With `peer.proven` false it is asked about those that cannot prove anything: senders without a
-- window, programs of 32 bits, and raw messages.
-- @param accept a function, or nil: everybody may send
function Endpoint:guard(accept)
  check.open(self)
  if accept ~= nil then
    check.handler(accept, "accept")
  end
  self:_guard(0, accept)
end

-- Sets the guard of a channel, by its id, or with 0 of all.
function Endpoint:_guard(id, accept)
  self._intake:guard(id, accept)
end

-- For raw/: says who takes the messages that core has taken with an id, or nil: nobody any more.
-- They are handed over by `taker:take(bytes, tag, received, hwnd, pid, exe)`.
function Endpoint:_take_raw(id, taker)
  self._intake.takers[id] = taker
end

function Endpoint:is_open()
  return self._window:is_open()
end

-- Whether it has a window class of its own, and so is on no channels.
function Endpoint:is_raw()
  return self._is_raw
end

-- Whether programs of lower integrity may send.
function Endpoint:admits()
  return self._admits
end

-- Whether its window was destroyed from outside: what has arrived can still be taken.
function Endpoint:_is_lost()
  return self._intake.lost
end

-- Life -------------------------------------------------------------------------------------------

--- The handle of the endpoint's window, an integer; 0 when the window was closed from outside.
function Endpoint:hwnd()
  return check.open(self):hwnd()
end

-- For channel.lua: a channel was closed.
function Endpoint:_leave(channel)
  local id = channel._id
  self._channels[id] = nil
  self._intake:forget(id)
  if self:is_open() then
    self._window:leave(id)
    self._former[channel] = id
  end
end

--- Sends what was posted, leaves every channel and destroys the window; what still waits to be
-- received is dropped. Calls that wait end as CLOSED; handlers that are under way go on. What could
-- not be delivered of what was posted, and that nobody was told of, is told by `warn`. Idempotent,
-- never raises. The same as `__close`; the collector does it too.
function Endpoint:close()
  object.check(self, class, "endpoint:close()")
  local window = self._window
  if self._closing or not window:is_open() then
    return
  end
  self._closing = true
  self._outgoing:close(function()
    for _, channel in pairs(self._channels) do
      channel:close()
    end
    self._presence:close()
    window:close()
    self._intake:close()
    self._pending:close()
    for _, part in ipairs(self._parts) do
      part:close()
    end
  end)
end

-- For extensions: a part of the endpoint, made by `make(endpoint)` when it has none yet. It is
-- closed by `close` with the endpoint.
function Endpoint:part(make)
  local part = self._part_of[make]
  if not part then
    local message, code
    part, message, code = make(self)
    if not part then
      return nil, message, code
    end
    self._part_of[make] = part
    table.insert(self._parts, part)
  end
  return part
end

--- What there is to read, and to set.
-- @table fields
-- @tfield number timeout to be set too: seconds to wait for a verdict and for the answer to a
-- request, where a call does not say otherwise
-- @tfield integer ignored_answers to be read: how many answers came too late, twice, from another
-- window than the one asked or without a request
-- @tfield integer lost_answers to be read: how many of our answers could not be delivered

class = object.class("copydata.endpoint", Endpoint, {
  timeout = function(self)
    return self._timeout
  end,
  ignored_answers = function(self)
    return (self:is_open() and self._window:ignored() or 0) + self._pending.late
  end,
  lost_answers = function(self)
    return self._serve.lost
  end,
}, {
  timeout = function(self, seconds)
    check.seconds("timeout", seconds)
    self._timeout = seconds
  end,
})

function class:__tostring()
  return ("copydata.endpoint (%s)"):format(
    self:is_open() and ("hwnd 0x%X"):format(self._window:hwnd()) or "closed")
end

-- Makes an endpoint; see copydata.new. The options have been checked.
function Endpoint.new(options)
  local limits = {
    own_thread = options.pump == "thread",
    class = options.class, title = options.title, top_level = options.top_level,
  }
  for name, value in pairs(options) do
    if type(value) == "number" then
      limits[name] = value
    end
  end
  local window, message, name = core.endpoint(limits)
  if not window then
    return nil, message, name
  end
  if options.allow_lower_integrity then
    local admitted
    admitted, message, name = window:admit()
    if not admitted then
      window:close()
      return nil, message, name
    end
  end
  local self
  local function timeout()
    return self._timeout
  end
  local sends = Outgoing.new(window, options.max_frame or MAX_FRAME,
    options.max_message or MAX_MESSAGE, timeout)
  local presence = Presence.new(window, limits.own_thread)
  local pending = Pending.new(window, presence)
  local channels = setmetatable({}, { __mode = "v" })
  local serve = Serve.new(window, sends, timeout)
  self = setmetatable({
    _timeout = options.timeout or TIMEOUT,
    _window = window,
    _outgoing = sends,
    _pending = pending,
    _presence = presence,
    _ask = Ask.new(window, sends, pending, presence),
    _serve = serve,
    _intake = Intake.new(window, channels, pending, serve, limits.own_thread),
    _channels = channels, -- by id
    _former = setmetatable({}, { __mode = "k" }), -- those that were left, and what ids they had
    _is_raw = options.class ~= nil,
    _admits = options.allow_lower_integrity or false,
    _parts = {}, -- of extensions
    _part_of = {}, -- by the function that made them
    _closing = false,
  }, class)
  if options.accept then
    self:guard(options.accept)
  end
  return self
end

--- The channels that exist on this desktop; the same as `copydata.channels`.
-- @function channels
Endpoint.channels = Directory.channels

for _, methods in ipairs { outgoing, request } do
  Endpoint.extend(methods)
end

return Endpoint
