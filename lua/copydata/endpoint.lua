-- SPDX-License-Identifier: MIT

--- An endpoint: a hidden window and the channels it is on. Made by `copydata.new`; the functions
-- of the module are those of a default endpoint. It belongs to the thread that made it.
--
-- @classmod endpoint
-- @alias Endpoint
local Channel = require "copydata.channel"
local Outbox = require "copydata.outbox"
local Peer = require "copydata.peer"
local Postbox = require "copydata.postbox"
local check = require "copydata.check"
local core = require "copydata.core"

--- What there is to read and to set.
-- @table fields
-- @tfield number timeout seconds to wait for a verdict and for the answer to a request, where a
-- call does not say otherwise
-- @tfield boolean serve_while_waiting whether requests to us are served while one of ours waits

local Endpoint = {}
Endpoint.__index = Endpoint
Endpoint.__name = "copydata.endpoint"

local PARTS = {
  "copydata.sending", "copydata.receiving", "copydata.requests", "copydata.asking",
  "copydata.serving", "copydata.remoting", "copydata.single_instance",
}
for _, part in ipairs(PARTS) do
  for name, method in pairs(require(part)) do
    Endpoint[name] = method
  end
end

local TIMEOUT = 5 -- seconds
local MAX_FRAME = 256 * 1024
local MAX_MESSAGE = 64 * 1024 * 1024

-- Makes an endpoint; see copydata.new. The options have been checked.
function Endpoint.new(options)
  local limits = { own_thread = options.pump == "thread" }
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
  local max_frame = options.max_frame or MAX_FRAME
  local outbox = Outbox.new(window, max_frame, options.max_message or MAX_MESSAGE)
  local endpoint = setmetatable({
    timeout = options.timeout or TIMEOUT,
    serve_while_waiting = options.serve_while_waiting ~= false,
    _window = window, -- nil once closed
    _outbox = outbox,
    _postbox = Postbox.new(outbox, max_frame),
    _channels = setmetatable({}, { __mode = "v" }), -- by id
    _handlers = {}, -- by id: { channel =, call = }; keeps the channel. raw_id: { call = }
    _servers = {}, -- likewise, of requests
    _guards = {}, -- by id: a function that decides who may send there
    _accept = nil, -- one that decides who may send at all; see guard
    _on_failure = nil, -- see on_failure
    _asked = {}, -- by msgid: requests under way, see asking.lua
    _depth = 0, -- how many of them wait inside each other
    _late = 0, -- answers that came when nobody waited for them any more
    _lost = 0, -- answers of ours that could not be delivered
    _spawned = setmetatable({}, { __mode = "k" }), -- coroutines of spawn
    _due = math.huge, -- when one of them is to be looked after, on the clock of core.seconds
    _look = 0, -- when it is to be seen next whether those that were asked are still there
    _ready = { first = 1, last = 0 }, -- groups of requests that are over, with a coroutine
    _remote = nil, -- the endpoint's part in remote objects, once it has one: see remote/node.lua
    _runner = nil, -- { coroutine } while run is under way
    _stop = false, -- it is to end
    _interrupted = false, -- Ctrl+C, still to be told
  }, Endpoint)
  if options.accept then
    endpoint:guard(options.accept)
  end
  return endpoint
end

--- The handle of the endpoint's window, an integer; 0 when the window was closed from outside.
function Endpoint:hwnd()
  return check.open(self):hwnd()
end

-- Channels ---------------------------------------------------------------------------------------

local CHANNEL_OPTIONS = { listen = "boolean", accept = "function" }

--- Joins a channel.
-- @param name 1 to 246 UTF-16 units of UTF-8 without NUL; compared without case
-- @param[opt] options `listen = false`: send only, nobody sees the endpoint there;
-- `accept = function(peer) ... end`: who may send there, see `endpoint:guard`
-- @return the channel, or nil, "NAME: message", "NAME": CLOSED, MEMORY, SYSTEM
function Endpoint:channel(name, options)
  local window = check.open(self)
  check.name(name)
  options = check.options(options, CHANNEL_OPTIONS)
  if window:find(name) then
    collectgarbage() -- it may be one that the script has let go of
    if window:find(name) then
      error(("already on channel %q: ask for it with joined(name), close it first, "
        .. "or use copydata.new for an endpoint of your own"):format(name), 2)
    end
  end
  local channel = Channel.new(self, name) -- before joining: memory may run out
  local id, message, code = window:join(name, options.listen ~= false)
  if not id then
    channel._endpoint = nil
    return nil, message, code
  end
  channel._id = id
  self._channels[id] = channel
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
  check.open(self)
  check.name(name)
  return self:_peers(name)
end

function Endpoint:_peers(name)
  local peers = {}
  for _, hwnd in ipairs(core.peers(name, self._window:hwnd())) do
    local peer = Peer.of(hwnd)
    if peer.pid then -- otherwise it has just gone
      peers[#peers + 1] = peer
    end
  end
  return peers
end

--- The channels that exist on this desktop, by whichever endpoints.
-- @function channels
-- @return a list of `{ name =, peers = }`, sorted by name; peers: how many endpoints are on it,
-- this program's included. Windows keeps one spelling of a name for the whole session, the first.
function Endpoint.channels()
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

function Endpoint:_handle(channel, handler)
  self._handlers[channel._id] = handler and { channel = channel, call = handler }
  self._window:handle(channel._id, handler ~= nil)
end

function Endpoint:_guard(channel, accept)
  self._guards[channel._id] = accept
  self._window:guard(channel._id, accept ~= nil)
end

function Endpoint:_leave(channel)
  local id = channel._id
  if id then -- joined
    self._handlers[id], self._servers[id] = nil, nil
    self._guards[id], self._channels[id] = nil, nil
    if self._window then
      self._window:leave(id)
    end
  end
end

-- Life -------------------------------------------------------------------------------------------

--- Sends what was posted, leaves every channel and destroys the window; what still waits to be
-- received is dropped. Requests under way end as CLOSED, and the coroutines that wait for them go
-- on; an error in one, and posts that fail and that nobody was told of, are told by `warn`.
-- Idempotent. The same as `__close`; the collector does it too.
function Endpoint:close()
  local window = self._window
  if window then
    self:_send_posted(self.timeout)
    for _, channel in pairs(self._channels) do
      channel:close()
    end
    self._window = nil
    window:close()
    self:_end_requests()
    while self:_resumable() do
      local ok, problem = pcall(self._resume, self)
      if not ok then
        warn("copydata: ", tostring(problem))
      end
    end
    local _, failures = self._postbox:outcome()
    if #failures > 0 then
      warn(("copydata: %d posted messages were not delivered, such as one on %q: %s"):format(
        #failures + (failures.more or 0), failures[1].channel, failures[1].message))
    end
  end
end

Endpoint.__close = Endpoint.close
Endpoint.__gc = Endpoint.close

function Endpoint:__tostring()
  return ("copydata.endpoint (%s)"):format(
    self._window and ("hwnd 0x%X"):format(self._window:hwnd()) or "closed")
end

return Endpoint
