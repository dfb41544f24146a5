-- SPDX-License-Identifier: MIT

--- An endpoint: a hidden window and the channels it has joined. `copydata.new` makes one; the
-- module's functions belong to a default endpoint. An endpoint belongs to the thread that made it.
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

-- Adds methods to all endpoints; extensions use it too.
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

-- The last channel of this name that was left: its handler may still be running.
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
-- @param name 1 to 246 UTF-16 units of UTF-8 without NUL; case is ignored
-- @param[opt] options `listen = false`: only sends; other peers do not see the endpoint there.
-- `accept = function(peer) ... end`: decides who may send there, see `endpoint:guard`
-- @return the channel, or nil, "NAME: message", "NAME": CLOSED, MEMORY, SYSTEM
function Endpoint:channel(name, options)
  local window = check.member(self)
  check.name(name)
  options = check.options(options, CHANNEL_OPTIONS)
  if window:find(name) then
    collectgarbage() -- the script may no longer hold it
    if window:find(name) then
      error(("already on channel %q: get it with joined(name), close it first, "
        .. "or make another endpoint with copydata.new"):format(name), 2)
    end
  end
  local listen = options.listen ~= false
  local channel = Channel.new(self, name, listen) -- before joining, as memory may run out
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

--- The channels that this endpoint has joined.
-- @param[opt] name the name of one of them; case is ignored
-- @return without a name, a list in the order of joining; with a name, the channel or nil
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

--- The other peers on a channel. The endpoint need not have joined it.
-- @param name the channel's name
-- @return a list of peers
function Endpoint:peers(name)
  local window = check.open(self)
  check.name(name)
  local peers = {}
  for _, hwnd in ipairs(core.peers(name, window:hwnd())) do
    local peer = Peer.of(hwnd)
    if peer.pid then -- otherwise the window is already gone
      peers[#peers + 1] = peer
    end
  end
  return peers
end

--- Waits until there is another peer on a channel. The endpoint need not have joined it.
-- @param name the channel's name
-- @param[opt] seconds how long to wait; nil: no limit
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

--- Decides who may send to this endpoint. The loop calls `accept(peer)` once for each sender, which
-- is a window of a process. Until it returns true, nothing from that sender is decoded or queued.
-- An undecided sender gets BUSY, so it tries again; if `accept` returns nil or false or raises, the
-- sender gets REFUSED. Raw messages from both are answered 0. Decisions are remembered until
-- another function is set: for the last 64 senders allowed and the last 64 refused. One turn of the
-- loop decides about at most 16 senders. A single channel can have its own guard:
-- `channel:guard(accept)`.
--
-- Senders must prove that the window is theirs; those of copydata do so automatically. A sender
-- that does not gets UNPROVEN; one whose window does not exist or is not an endpoint's gets
-- REFUSED. Some senders cannot prove anything: those without a window, 32-bit programs and raw
-- messages. For these, `peer.proven` is false.
-- @param accept a function, or nil: all peers may send
function Endpoint:guard(accept)
  check.open(self)
  if accept ~= nil then
    check.handler(accept, "accept")
  end
  self:_guard(0, accept)
end

-- Sets the guard of one channel by its id, or with 0 the guard of all.
function Endpoint:_guard(id, accept)
  self._intake:guard(id, accept)
end

-- For raw/: sets who gets the messages that core takes under an id; nil: nothing does. They are
-- handed over by `taker:take(bytes, tag, received, hwnd, pid, exe)`.
function Endpoint:_take_raw(id, taker)
  self._intake.takers[id] = taker
end

function Endpoint:is_open()
  return self._window:is_open()
end

-- Whether programs of lower integrity may send.
function Endpoint:admits()
  return self._admits
end

-- Whether its window was destroyed from outside: messages that have arrived can still be received.
function Endpoint:_is_lost()
  return self._intake.lost
end

-- Life -------------------------------------------------------------------------------------------

--- The handle of the endpoint's window, an integer; 0 if the window was destroyed from outside.
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

--- Sends what was posted, leaves every channel and destroys the window. Messages still waiting to
-- be received are dropped. Calls that are waiting end with CLOSED; handlers that are running
-- continue. Posts that could not be delivered, and whose failures were not reported, are reported
-- by `warn`. Idempotent, never raises. Also called as `__close` and by the collector.
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

-- For extensions: a part of the endpoint, which `make(endpoint)` makes on first use. It is closed
-- with the endpoint, by its method `close`.
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

--- The fields of an endpoint.
-- @table fields
-- @tfield number timeout read and write: seconds to wait for a verdict, and for the answer to a
-- request, unless the call sets its own timeout
-- @tfield integer ignored_answers read only: how many answers came too late, came twice, came from
-- a window other than the one asked, or matched no request
-- @tfield integer lost_answers read only: how many of this endpoint's answers could not be
-- delivered

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

-- Makes an endpoint, see copydata.new. The options are already checked.
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
    _former = setmetatable({}, { __mode = "k" }), -- channels that were left: their ids
    _is_raw = options.class ~= nil, -- it has its own window class, and so joins no channels
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

--- The channels that exist on this desktop; same as `copydata.channels`.
-- @function channels
Endpoint.channels = Directory.channels

for _, methods in ipairs { outgoing, request } do
  Endpoint.extend(methods)
end

return Endpoint
