-- SPDX-License-Identifier: MIT

--- What an endpoint has to do with remote objects: those it offers, the proxies it has, and what
-- goes to and fro for them. For remote.lua; docs/remote.md has what goes over the wire.
local Exports = require "copydata.remote.exports"
local Peer = require "copydata.peer"
local Proxies = require "copydata.remote.proxies"
local caller = require "copydata.remote.caller"
local failure = require "copydata.failure"
local msgpack = require "copydata.msgpack"
local values = require "copydata.remote.values"

local Node = {}
Node.__index = Node
Node.CHANNEL = "copydata.remote"

local SWEEP = 1 -- seconds between looks whether the holders of references are still there
local RELEASE_TIMEOUT = 1 -- seconds that giving a reference back may take

-- References -------------------------------------------------------------------------------------

-- What values.encode needs to send to a window. `sent` lists the exports that were.
local function exporter(self, hwnd, pid, sent)
  return {
    export = function(object, methods)
      local export = self.exports:of(object, methods)
      self.exports:hold(export, hwnd, pid, 1)
      sent[#sent + 1] = export
      return self:address(export.id)
    end,
  }
end

-- They did not get there.
local function take_back(self, hwnd, sent)
  for _, export in ipairs(sent) do
    self.exports:release(export, hwnd, 1)
  end
end

-- Where an object of ours is.
function Node:address(id)
  return self._hwnd, self._pid, id
end

--- What is sent for a proxy of another's object.
function Node.reference_to(info)
  return values.ext(info.hwnd, info.pid, info.id)
end

-- What values.decode needs for bytes of a window. Of a third one's objects we are not known as a
-- holder yet; that is told before the sender can give its own reference back.
local function importer(self, sender, third)
  return {
    import = function(hwnd, pid, id)
      local own_hwnd, own_pid = self:address()
      if hwnd == own_hwnd and pid == own_pid then
        local export = self.exports:find(id)
        if not export then
          error("a reference to an object that is no more", 0)
        end
        return export.object
      end
      local proxy, info = self.proxies:of(hwnd, pid, id)
      info.count = info.count + 1
      if hwnd ~= sender then
        third[info] = (third[info] or 0) + 1
      end
      return proxy
    end,
  }
end

-- Decodes what a window sent.
-- @return as values.decode
local function decode(self, sender, bytes)
  local third = {}
  local list, problem = values.decode(importer(self, sender, third), bytes)
  local silent = {} -- windows that took no message: none of them is waited for twice
  for info, count in pairs(third) do
    if not silent[info.hwnd] then
      silent[info.hwnd] = not self:_tell(info, { "hold", info.id, count })
    end
  end
  return list, problem
end

-- Sends a notification to where a proxy's object lives. `once`: if it is busy, not again.
function Node:_tell(info, body, once)
  if not self:is_open() then
    return nil, "CLOSED: the endpoint is closed", "CLOSED"
  end
  return self._endpoint:_send_to(info.hwnd, info.pid, Node.CHANNEL, body,
    { timeout = RELEASE_TIMEOUT, once = once })
end

-- Being called -----------------------------------------------------------------------------------

-- As failure.of; an error that is a table is sent with it, so that the caller can raise it again.
local function failure_of(problem)
  local seen = failure.of(problem, 2)
  if type(problem) == "table" then
    local ok, value = pcall(msgpack.encode, problem)
    seen.value = ok and msgpack.bin(value) or nil
  end
  return seen
end

-- Calls a method for a peer.
-- @return true and its results, or false and what failed, as a table that travels
local function call(self, id, name, bytes, peer)
  -- First, for references that came are to be given back, whatever is wrong.
  local arguments, problem
  if type(bytes) == "string" then
    arguments, problem = decode(self, peer.hwnd, bytes)
  end
  local export = math.type(id) == "integer" and self.exports:find(id)
  if not export then
    return false, { message = "the object is no more", name = "NO_OBJECT" }
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
    return false, { message = problem or "MALFORMED: no arguments", name = "MALFORMED" }
  end
  local before = caller.set(peer)
  local results = table.pack(xpcall(method, failure_of, export.object,
    table.unpack(arguments, 1, arguments.n)))
  caller.set(before)
  return table.unpack(results, 1, results.n)
end

-- Encodes what a method returned, or what went wrong.
local function answer(self, peer, ok, ...)
  if not ok then
    return nil, (...)
  end
  local sent = {}
  local encoded, bytes = pcall(values.encode, exporter(self, peer.hwnd, peer.pid, sent), ...)
  if not encoded then
    take_back(self, peer.hwnd, sent)
    return nil, { message = "the results cannot be sent: " .. failure.describe(bytes) }
  end
  return msgpack.bin(bytes)
end

local requests = {}

function requests.call(self, peer, id, name, bytes)
  return answer(self, peer, call(self, id, name, bytes, peer))
end

function requests.fields(self, _, id)
  local export = math.type(id) == "integer" and self.exports:find(id)
  if not export then
    return nil, { message = "the object is no more", name = "NO_OBJECT" }
  end
  return Exports.names(export)
end

local notifications = {}

function notifications.call(self, peer, id, name, bytes)
  local ok, problem = call(self, id, name, bytes, peer)
  if not ok then
    warn(("copydata.remote: in a call without an answer: %s"):format(problem.message))
  end
end

function notifications.hold(self, peer, id, count)
  local export = self.exports:find(id)
  if export and math.type(count) == "integer" and count > 0 and peer.pid then
    self.exports:hold(export, peer.hwnd, peer.pid, count)
  end
end

function notifications.release(self, peer, id, count)
  local export = self.exports:find(id)
  if export and math.type(count) == "integer" and count > 0 then
    self.exports:release(export, peer.hwnd, count)
  end
end

-- Has one of these look at a body, `{ what, … }`. Raw, for it may be an object of a class that the
-- script has registered.
local function look_at(self, handlers, data, message)
  local what = type(data) == "table" and rawget(data, 1)
  local handler = type(what) == "string" and handlers[what]
  if handler then
    return handler(self, message.sender, rawget(data, 2), rawget(data, 3), rawget(data, 4))
  end
  return nil, { message = "no such request", name = "MALFORMED" }
end

-- Calling ----------------------------------------------------------------------------------------

-- The results of a request that is over, or its failure.
local function outcome(self, request, hwnd)
  if request.code then
    return nil, request.message, request.code, request.details
  end
  local list, problem = nil, "MALFORMED: the peer answered without results"
  if type(request.data) == "string" then
    list, problem = decode(self, hwnd, request.data)
  end
  if not list then
    return nil, problem, "MALFORMED"
  end
  return list
end

--- Calls a method.
-- @return a list of the results, with `n`; or nil, "NAME: message", "NAME" and of a REMOTE failure
-- the details. Raises what cannot be encoded.
function Node:call(info, timeout, name, ...)
  local endpoint, sent = self._endpoint, {}
  local handler = exporter(self, info.hwnd, info.pid, sent)
  local encoded, bytes = pcall(values.encode, handler, ...)
  if not encoded then
    take_back(self, info.hwnd, sent)
    error(bytes, 0)
  end
  local outbox = endpoint._outbox
  local frame, size, code =
    outbox:compose(Node.CHANNEL, { "call", info.id, name, msgpack.bin(bytes) }, 0)
  local request, why
  if frame then
    request, why, code = endpoint:_ask(Node.CHANNEL, frame, size, {
      hwnd = info.hwnd, pid = info.pid, timeout = timeout,
      serve_while_waiting = endpoint.serve_while_waiting,
    })
  else
    why = size
  end
  if not request then
    if code ~= "TIMEOUT" then -- otherwise it may have got there
      take_back(self, info.hwnd, sent)
    end
    return nil, why, code
  end
  return outcome(self, request, info.hwnd)
end

--- Calls a method without waiting for it.
-- @return true, or nil, "NAME: message", "NAME". Raises what cannot be encoded.
function Node:notify(info, timeout, name, ...)
  local sent = {}
  local encoded, bytes =
    pcall(values.encode, exporter(self, info.hwnd, info.pid, sent), ...)
  if not encoded then
    take_back(self, info.hwnd, sent)
    error(bytes, 0)
  end
  local ok, why, code = self._endpoint:_send_to(info.hwnd, info.pid, Node.CHANNEL,
    { "call", info.id, name, msgpack.bin(bytes) }, { timeout = timeout })
  if not ok then
    if code ~= "TIMEOUT" then
      take_back(self, info.hwnd, sent)
    end
    return nil, why, code
  end
  return true
end

--- What can be called of a proxy's object.
function Node:fields(info, timeout)
  local names, why, code = self._endpoint:_request(Node.CHANNEL, { "fields", info.id }, {
    hwnd = info.hwnd, pid = info.pid, timeout = timeout,
    serve_while_waiting = self._endpoint.serve_while_waiting,
  })
  if code or type(names) ~= "table" then
    return nil, why or "MALFORMED: the peer sent no list of names", code or "MALFORMED"
  end
  return names
end

-- Finding ----------------------------------------------------------------------------------------

--- The channel of those who publish an object of this name.
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
  channel:on(function() end) -- nobody has anything to say there
  channel:serve(function(_, asked)
    return answer(self, asked.sender, true, values.reference(object))
  end)
  return channel, export
end

--- Asks for the object of a name.
-- @param options checked, for a request
-- @return its proxy, or nil, "NAME: message", "NAME"
function Node:connect(name, options)
  local channel = Node.channel_of(name)
  local frame, size = self._endpoint._outbox:compose(channel, "connect", 0)
  local request, why, code = self._endpoint:_ask(channel, frame, size, options)
  if not request then
    return nil, why, code
  end
  local list
  list, why, code = outcome(self, request, request.hwnd)
  local info = list and Proxies.known(list[1])
  if not info then
    return nil, why or "MALFORMED: the peer sent no object", code or "MALFORMED"
  end
  return list[1], info
end

-- Life -------------------------------------------------------------------------------------------

--- Makes the node of an endpoint, which joins the channel that calls go by.
-- @return it, or nil, "NAME: message", "NAME"
function Node.new(endpoint)
  local channel, message, code = endpoint:channel(Node.CHANNEL)
  if not channel then
    return nil, message, code
  end
  local hwnd = endpoint:hwnd()
  local self = setmetatable({
    exports = Exports.new(),
    _endpoint = endpoint,
    _hwnd = hwnd,
    _pid = Peer.of(hwnd).pid,
    _next_sweep = 0, -- on the clock of core.seconds
    _next_release = 0,
  }, Node)
  self.proxies = Proxies.new(self)
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
  return self._endpoint._window ~= nil
end

--- How long its endpoint waits, by default.
function Node:timeout()
  return self._endpoint.timeout
end

--- When it wants to be looked after, on the clock of core.seconds; nil: not at all.
function Node:due()
  if self.proxies:any_dropped() then
    return self._next_release
  end
  return self.exports:held() and self._next_sweep or nil
end

-- Gives back what dropped proxies held.
local function give_back(self)
  local silent = {} -- windows that took no message: none of them is waited for twice
  for _, info in ipairs(self.proxies:take_dropped()) do
    if info.count > 0 then
      local code = silent[info.hwnd] and "HUNG" or nil
      if not code then
        local _
        _, _, code = self:_tell(info, { "release", info.id, info.count }, true)
        silent[info.hwnd] = code ~= nil
      end
      if code == "BUSY" or code == "HUNG" then -- not in its hands: again, later
        self.proxies:put_back(info)
      end
    end
  end
end

--- Looks after references, when it is time.
function Node:tend(now)
  if self.proxies:any_dropped() and now >= self._next_release then
    give_back(self)
    self._next_release = self.proxies:any_dropped() and now + SWEEP or 0
  end
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
end

return Node
