-- SPDX-License-Identifier: MIT

--- An endpoint's part in remote objects: those it offers, its proxies, and the messages between.
-- For remote.lua; docs/remote.md describes the messages.
local Exports = require "copydata.remote.exports"
local Peer = require "copydata.peer"
local Proxies = require "copydata.remote.proxies"
local core = require "copydata.core"
local errors = require "copydata.errors"
local fibers = require "copydata.fibers"
local msgpack = require "copydata.msgpack"
local Returns = require "copydata.remote.returns"
local references = require "copydata.remote.references"
local values = require "copydata.remote.values"

local Node = {}
Node.__index = Node
Node.CHANNEL = "copydata.remote"

-- Failures after which the peer has nothing, and sending again may succeed.
local NOT_SENT = { BUSY = true, HUNG = true, UNPROVEN = true }
local SWEEP = 1 -- seconds between checks that the holders of references still exist

-- Sends a notification to the owner of a proxy's object.
-- @return true, or nil, "NAME: message", "NAME"
local function notify(self, info, body, options)
  if not self:is_open() then
    return errors.closed()
  end
  return self._endpoint._outgoing:send_to(Node.CHANNEL, info.hwnd, info.pid, body, options)
end

--- Tells the owner of a proxy's object how often a third program has passed on a reference to it.
-- @return true, or nil, "NAME: message", "NAME"
function Node:hold(info, count, deadline)
  return notify(self, info, { "hold", info.id, count }, { deadline = deadline })
end

-- Gives back what a dropped proxy held, if its object's owner pumps messages within some seconds.
-- @return false: it has to be done later
local function give_back(self, info, patience)
  local _, _, code = notify(self, info, { "release", info.id, info.count },
    { deadline = core.seconds() + self:timeout(), once = true, hurried = true,
      patience = patience })
  return not NOT_SENT[code]
end

-- Being called -----------------------------------------------------------------------------------

-- As errors.of; an error that is a table is included, so that the caller can raise it again.
local function failure_of(problem)
  local seen = errors.of(problem, 2)
  if type(problem) == "table" then
    local ok, value = pcall(msgpack.encode, problem)
    seen.value = ok and msgpack.bin(value) or nil
  end
  return seen
end

local NO_OBJECT = { message = "the object no longer exists", name = "NO_OBJECT" }

-- The export with an id that a peer sent; nil if there is none.
local function export_of(self, id)
  return math.type(id) == "integer" and self.exports:find(id) or nil
end

-- The running fiber no longer serves a call.
-- @return what the method returned
local function close_call(...)
  fibers.current().caller = false
  return ...
end

-- Calls a method for a peer.
-- @return true and its results, or false and what failed, as a table that travels
local function call(self, id, name, bytes, peer)
  -- First, because references that arrived must be given back whatever is wrong.
  local arguments, count
  if type(bytes) == "string" then
    arguments, count = references.decode(self, peer.hwnd, bytes)
  end
  local export = export_of(self, id)
  if not export then
    return false, NO_OBJECT
  end
  local method = Exports.method(export, name)
  if not method then
    return false, {
      message = ("the object has no method %s that may be called"):format(
        type(name) == "string" and ("'%s'"):format(name:sub(1, 60)) or "of this type"),
      name = "NO_METHOD",
    }
  end
  if not arguments then
    return false, { message = count or "MALFORMED: no arguments", name = "MALFORMED" }
  end
  fibers.current().caller = peer
  return close_call(xpcall(method, failure_of, export.object, table.unpack(arguments, 1, count)))
end

-- Encodes what a method returned, or what went wrong.
local function answer(self, peer, ok, ...)
  if not ok then
    return nil, (...)
  end
  local bytes, problem = references.encode(self, peer.hwnd, peer.pid, ...)
  if not bytes then
    return nil, { message = "the results cannot be sent: " .. errors.describe(problem) }
  end
  return msgpack.bin(bytes)
end

local requests = {}

function requests.call(self, peer, id, name, bytes)
  return answer(self, peer, call(self, id, name, bytes, peer))
end

function requests.fields(self, _, id)
  local export = export_of(self, id)
  if not export then
    return nil, NO_OBJECT
  end
  return Exports.names(export)
end

local notifications = {}

local function call_over(_, ok, called, problem)
  if not (ok and called) then
    warn(("copydata.remote: in a call without an answer: %s"):format(
      errors.describe(ok and problem or called)))
  end
end

-- Each call runs in a task of its own: one that waits delays no other.
function notifications.call(self, peer, id, name, bytes)
  fibers.start({ ended = call_over }, call, self, id, name, bytes, peer)
end

-- Checks a peer's count of the references that it holds.
-- @return the export; nil: the count cannot be right
local function counted(self, id, count)
  return math.type(count) == "integer" and count > 0 and self.exports:find(id) or nil
end

function notifications.hold(self, peer, id, count)
  local export = counted(self, id, count)
  if export and peer.pid then
    self.exports:hold(export, peer.hwnd, peer.pid, count)
    self:wish()
  end
end

function notifications.release(self, peer, id, count)
  local export = counted(self, id, count)
  if export then
    self.exports:release(export, peer.hwnd, count)
  end
end

-- Passes a body, `{ what, … }`, to one of these handlers. Uses raw access, because the body may be
-- an object of a class that the script has registered.
local function look_at(self, handlers, data, message)
  local what = type(data) == "table" and rawget(data, 1)
  local handler = type(what) == "string" and handlers[what]
  if handler then
    return handler(self, message.sender, rawget(data, 2), rawget(data, 3), rawget(data, 4))
  end
  return nil, { message = "no such request", name = "MALFORMED" }
end

-- Calling ----------------------------------------------------------------------------------------

-- The results of a request that is over, and their number; or its failure.
local function outcome(self, request, hwnd)
  if request.code then
    return nil, request.message, request.code, request.details
  end
  local list, count = nil, "MALFORMED: the peer answered without results"
  if type(request.data) == "string" then
    list, count = references.decode(self, hwnd, request.data)
  end
  return list, count, not list and "MALFORMED" or nil
end

--- Makes what calls a method of a proxy's object: for `call` or `notify`, one of which must follow.
-- @return a body, and what references.encode returns with it; or nil and what cannot be encoded
function Node:compose(info, name, ...)
  local bytes, sent = references.encode(self, info.hwnd, info.pid, ...)
  if not bytes then
    return nil, sent
  end
  return { "call", info.id, name, msgpack.bin(bytes) }, sent
end

-- A call could not be sent. After TIMEOUT it may have arrived all the same.
local function not_sent(sent, code)
  if code ~= "TIMEOUT" then
    sent:take_back()
  end
end

-- The options of a request to the owner of a proxy's object.
local function options_for(info, timeout)
  return { hwnd = info.hwnd, pid = info.pid, deadline = core.seconds() + timeout }
end

--- Calls a method.
-- @param body, sent what `compose` returned
-- @return a list of the results, and their number; or nil, "NAME: message", "NAME" and of a REMOTE
-- failure the details
function Node:call(info, timeout, body, sent)
  local endpoint = self._endpoint
  local frame, size, code = endpoint._outgoing.sender:compose(Node.CHANNEL, body, 0)
  local request, why = nil, size
  if frame then
    request, why, code = endpoint._ask:one(Node.CHANNEL, frame, size, options_for(info, timeout))
  end
  if not request then
    not_sent(sent, code)
    return nil, why, code
  end
  return outcome(self, request, info.hwnd)
end

--- Calls a method without waiting for it.
-- @param body, sent what `compose` returned
-- @return true, or nil, "NAME: message", "NAME"
function Node:notify(info, timeout, body, sent)
  local ok, why, code = notify(self, info, body, { deadline = core.seconds() + timeout })
  if not ok then
    not_sent(sent, code)
    return nil, why, code
  end
  return true
end

--- The methods that can be called on a proxy's object.
function Node:fields(info, timeout)
  local names, why, code = self._endpoint:request(Node.CHANNEL, { "fields", info.id },
    { to = info, timeout = timeout })
  if code or type(names) ~= "table" then
    return nil, why or "MALFORMED: the peer sent no list of names", code or "MALFORMED"
  end
  return names
end

-- Finding ----------------------------------------------------------------------------------------

--- The channel of the peers that publish an object with this name.
function Node.channel_of(name)
  return Node.CHANNEL .. ":" .. name
end

--- Offers an object under a name.
-- @return its channel, and its export; or nil, "NAME: message", "NAME"
function Node:publish(name, object, methods)
  local channel, message, code = self._endpoint:channel(Node.channel_of(name))
  if not channel then
    return nil, message, code
  end
  local export = self.exports:of(object, methods)
  self.exports:publish(export)
  self._published[channel] = object
  channel:on(function() end) -- no peer has a reason to send there
  channel:serve(function(_, asked)
    return answer(self, asked.sender, true, values.reference(object))
  end)
  return channel, export
end

-- What failures of a request mean here.
local NOT_PUBLISHED = {
  NO_PEER = "no peer publishes", ABSENT = "the peer does not, or no longer, publish",
}

--- Asks for the object with a name.
-- @param options checked, for a request
-- @return its proxy, and what is known of it; or the object, if this endpoint publishes it; or nil,
-- "NAME: message", "NAME"
function Node:connect(name, options)
  local endpoint = self._endpoint
  local channel = Node.channel_of(name)
  local ours = self._published[endpoint:joined(channel)]
  if ours and (not options.hwnd or options.hwnd == self.hwnd) then
    return ours
  end
  local frame, size = endpoint._outgoing.sender:compose(channel, "connect", 0)
  local request, why, code = endpoint._ask:one(channel, frame, size, options)
  if not request then
    local who = NOT_PUBLISHED[code]
    return nil, who and ("%s: %s an object named %q"):format(code, who, name) or why, code
  end
  local list
  list, why, code = outcome(self, request, request.hwnd)
  local info = list and Proxies.known(list[1])
  if not info then
    return nil, code and why or "MALFORMED: the peer sent no object", code or "MALFORMED"
  end
  return list[1], info
end

-- Life -------------------------------------------------------------------------------------------

--- Makes the node of an endpoint, and joins the channel that carries calls.
-- @return it, or nil, "NAME: message", "NAME"
function Node.new(endpoint)
  local channel, message, code = endpoint:channel(Node.CHANNEL)
  if not channel then
    return nil, message, code
  end
  local hwnd = endpoint:hwnd()
  local self = setmetatable({
    hwnd = hwnd, -- where its objects are
    pid = Peer.of(hwnd).pid,
    exports = Exports.new(),
    _endpoint = endpoint,
    _published = setmetatable({}, { __mode = "k" }), -- by channel: an object
    _next_sweep = 0, -- on the clock of core.seconds
    _wished = math.huge, -- when the loop is to call `tend`
  }, Node)
  self.proxies = Proxies.new(self)
  self.returns = Returns.new(function(info, patience)
    return give_back(self, info, patience)
  end)
  channel:serve(function(data, asked)
    return look_at(self, requests, data, asked)
  end)
  channel:on(function(data, told)
    look_at(self, notifications, data, told)
  end)
  return self
end

--- Whether its endpoint is open.
function Node:is_open()
  return self._endpoint:is_open()
end

--- The endpoint is being closed.
function Node:close()
  self._next_sweep = math.huge
  self.returns:close()
end

--- The endpoint's default timeout.
function Node:timeout()
  return self._endpoint._timeout
end

--- Makes the loop call `tend` in time if an object is held.
function Node:wish()
  local time = self.exports:held() and self._next_sweep or math.huge
  if time < self._wished then
    self._wished = time
    fibers.at(time, self)
  end
end

--- Looks whether the holders of objects still exist; see fibers.at.
function Node:tend(now)
  self._wished = math.huge
  if self:is_open() and self.exports:held() and now >= self._next_sweep then
    self._next_sweep = now + SWEEP
    local whose, there = {}, {} -- Windows is asked once about each
    self.exports:sweep(function(hwnd, pid)
      if whose[hwnd] ~= (pid or 0) then
        whose[hwnd] = pid or 0
        there[hwnd] = self._endpoint._window:reaches(hwnd, Node.CHANNEL, pid)
      end
      return there[hwnd]
    end)
  end
  if self:is_open() then
    self:wish()
  end
end

return Node
