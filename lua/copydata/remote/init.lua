-- SPDX-License-Identifier: MIT

--- Objects that other programs call. They are found by name: there is no port, registry key or
-- file.
--
--     -- one program
--     copydata.remote.publish("speller", speller)
--     copydata.run()
--
--     -- another
--     local speller = assert(copydata.remote.connect "speller")
--     print(speller:check "recieve")
--
-- Arguments and results travel by value, if `copydata.msgpack` can encode them: up to 250, with
-- nils and their number preserved. An object that should stay where it is, such as a callback,
-- travels by reference (`remote.reference`). It arrives as a proxy, whose methods run where the
-- object is.
--
-- Each call runs as a task of its own where the object is: one that waits delays no other.
--
-- @module copydata.remote
local Endpoint = require "copydata.endpoint"
local Exports = require "copydata.remote.exports"
local Node = require "copydata.remote.node"
local Proxies = require "copydata.remote.proxies"
local check = require "copydata.check"
local default = require "copydata.default"
local fibers = require "copydata.fibers"
local msgpack = require "copydata.msgpack"
local object = require "copydata.object"
local values = require "copydata.remote.values"

local remote = {}

-- Checks an object to be called by others, and its options.
-- @return the option `methods`, a list or nil
local function methods_of(target, options)
  local kind = type(target)
  if kind ~= "table" and kind ~= "userdata" then
    check.fail("object: expected table or userdata, got %s%s", kind,
      kind == "function" and ": put it into a table, as a method" or "")
  end
  local methods = check.options(options, { methods = "table" }).methods
  for _, name in ipairs(methods or {}) do
    if not Exports.is_public(name) then
      check.fail("option 'methods': not a method name: %s (they must not begin with _)",
        type(name) == "string" and ("%q"):format(name) or type(name))
    end
  end
  return methods
end

--- Makes an object travel by reference, as an argument or a result, at any depth in tables; it
-- arrives as a proxy. The same object arrives as the same proxy, and a proxy sent back to its owner
-- arrives as the object. The object is kept as long as a proxy of it exists somewhere: until the
-- proxy is closed or collected, or its process ends.
-- @param target a table or userdata
-- @param[opt] options `methods`: a list of names, as for `publish`; only the first reference sets
-- them
-- @return a value that stands for the object in arguments and results
function remote.reference(target, options)
  return values.reference(target, methods_of(target, options))
end

-- Returns what is known of a proxy that can be used. Must be called by the function that the script
-- calls.
local function usable(proxy)
  local info = Proxies.known(proxy)
  if not info then
    error(Proxies.is(proxy) and "the proxy is closed"
      or "expected a proxy: call its methods with a colon, as proxy:method(...)", 3)
  elseif not info.node:is_open() then
    error("CLOSED: the proxy's endpoint is closed", 3)
  end
  return info
end

-- How long a call may take if the caller did not specify it.
local function timeout_of(info)
  return info.timeout or info.node:timeout()
end

-- Raises the failure of a call.
local function fail(message, code, details)
  if code ~= "REMOTE" then
    error(message, 3)
  end
  local value = details.value and msgpack.decode(details.value)
  if value ~= nil then
    error(value, 0)
  end
  error(details.message .. (details.traceback and "\nremote " .. details.traceback or ""), 0)
end

local function call(proxy, timeout, name, ...)
  local info = usable(proxy)
  local node = info.node
  local body, sent = node:compose(info, name, ...)
  if not body then
    error(sent, 2)
  end
  local results, count, code, details =
    node:call(info, timeout or timeout_of(info), body, sent)
  if not results then
    fail(count, code, details)
  end
  return table.unpack(results, 1, count)
end

Proxies.behave(function(proxy, name, ...)
  return call(proxy, nil, name, ...)
end)

--- Calls a method by its name, like `proxy:method(...)`, but with options.
-- @param proxy
-- @param options `timeout`: seconds
-- @param method its name
-- @param ... its arguments
-- @return what the method returns; raises what the method raises
function remote.call(proxy, options, method, ...)
  local timeout = check.options(options, { timeout = "number" }).timeout
  if timeout then
    check.seconds("option 'timeout'", timeout)
  end
  check.string("method", method)
  return call(proxy, timeout, method, ...)
end

--- Calls a method without waiting for it. Its results are dropped; an error in it is reported by
-- `warn` in the program where it runs. The call stays in order with everything else that is sent
-- there.
-- @param proxy
-- @param method its name
-- @param ... its arguments
-- @return true when the call is in the owner's queue; or nil, "NAME: message", "NAME": those of
-- `send`
function remote.notify(proxy, method, ...)
  check.string("method", method)
  local info = usable(proxy)
  local body, sent = info.node:compose(info, method, ...)
  if not body then
    error(sent, 2)
  end
  return info.node:notify(info, timeout_of(info), body, sent)
end

--- The methods that can be called on the object behind a proxy.
-- @param proxy
-- @return a sorted list of names; or nil, "NAME: message", "NAME": those of `request`
function remote.fields(proxy)
  local info = usable(proxy)
  return info.node:fields(info, timeout_of(info))
end

--- Closes a proxy; later calls through it raise. Idempotent. Also called as `__close`, for `local
-- proxy <close> = …`, and by the collector.
-- @param proxy
function remote.close(proxy)
  if not Proxies.is(proxy) then
    error("expected a proxy", 2)
  end
  Proxies.close(proxy)
end

--- The peer whose call the running task serves, for objects that keep state for each caller.
-- @return a peer, or nil if the task serves no call
function remote.caller()
  local fiber = fibers.current()
  return fiber and fiber.caller or nil
end

-- Publishing and finding -------------------------------------------------------------------------

--- What `publish` returns. A publication stays until it is closed.
-- @table publication
-- @tfield string name
-- @tfield function close a method, also `__close`: withdraws the object. Programs can no longer
-- connect to it; their existing proxies stay valid. Idempotent.

local Publication = {}
local class -- its metatable

function Publication:close()
  object.check(self, class, "publication:close()")
  local channel = self._channel
  if channel then
    local export = self._export
    self._channel, self._export = false, false -- this no longer keeps the object
    channel:close()
    self._node.exports:unpublish(export)
  end
end

class = object.class("copydata.remote.publication", Publication, {
  name = function(self)
    return self._name
  end,
})
class.__gc = nil -- its channel keeps what it needs

function class:__tostring()
  return ("copydata.remote.publication %q (%s)"):format(self._name, self._channel and "open"
    or "closed")
end

local methods = {}

--- Publishes an object: programs that `connect` to the name may call its methods.
--
-- They may call the functions in the object's own table and in the tables of its classes (`__index`
-- of its metatable, if that is a table, and so on). They may not call names that begin with `_`,
-- metamethods, values that are not functions, and what an `__index` function returns. With the
-- option `methods`, they may call exactly the methods listed, by whatever name or reference they
-- have the object. The list cannot be changed once the object has been published or sent.
-- @function endpoint:publish
-- @param name 1 to 230 UTF-16 units of UTF-8; case is ignored
-- @param target a table or userdata
-- @param[opt] options `methods`: a list of names
-- @return a `publication`; or nil, "NAME: message", "NAME"
function methods:publish(name, target, options)
  check.member(self)
  check.name(name)
  check.name(Node.channel_of(name))
  local listed = methods_of(target, options)
  local node, channel, export, message, code
  node, message, code = self:part(Node.new)
  if not node then
    return nil, message, code
  end
  if self:joined(Node.channel_of(name)) then
    error(("an object named %q is already published: close that publication first"):format(name), 2)
  end
  if node.exports:differs(target, listed) then
    error("option 'methods': the object is already published or sent with other methods: publish "
      .. "it before sending it, or publish another object", 2)
  end
  channel, export, code = node:publish(name, target, listed)
  if not channel then
    return nil, export, code
  end
  return setmetatable({ _name = name, _node = node, _channel = channel, _export = export }, class)
end

local CONNECT_OPTIONS = { peer = "any", timeout = "number", wait = "boolean" }

--- Finds a published object.
-- @function endpoint:connect
-- @param name its name
-- @param[opt] options `peer`: the peer that publishes it, if several do, such as one of `list`; by
-- default the first that answers; `timeout`: seconds for this call and for each call through the
-- proxy, by default the endpoint's; `wait = true`: if no peer publishes it, waits for one, and
-- fails with NO_PEER if none does in time
-- @return the object itself, if this endpoint publishes it; otherwise a proxy: `proxy:method(...)`
-- calls the method where the object is and returns its results. An error in the method is raised
-- here: a string with the remote traceback appended, or a table as it was, by value. If the call
-- cannot be made or answered, it raises "NAME: message", with the names of `request`. Or nil,
-- "NAME: message", "NAME": those of `request`; NO_PEER: no peer publishes it
function methods:connect(name, options)
  check.member(self)
  check.name(name)
  check.name(Node.channel_of(name))
  options = check.timed(options, CONNECT_OPTIONS, self._timeout)
  if options.peer ~= nil then
    options.hwnd, options.pid = check.peer(options.peer, "option 'peer'")
  end
  local node, message, code = self:part(Node.new)
  if not node then
    return nil, message, code
  end
  local proxy, info
  proxy, info, code = node:connect(name, options)
  if not proxy then
    return nil, info, code
  end
  if info then -- another endpoint's object
    info.timeout = options.timeout
  end
  return proxy
end

--- The peers that publish an object with this name.
-- @function endpoint:remotes
-- @param name its name
-- @return a list of peers
function methods:remotes(name)
  check.open(self)
  check.name(name)
  check.name(Node.channel_of(name))
  return self:peers(Node.channel_of(name))
end

Endpoint.extend(methods)

local function by_default(name, shown)
  return default.method(remote, name, "copydata.remote." .. shown)
end

--- Publishes an object. See `endpoint:publish`.
-- @function publish
-- @param name
-- @param target
-- @param[opt] options
remote.publish = by_default("publish", "publish")

--- Finds a published object. See `endpoint:connect`.
-- @function connect
-- @param name
-- @param[opt] options
remote.connect = by_default("connect", "connect")

--- The peers that publish an object with this name. See `endpoint:remotes`.
-- @function list
-- @param name
remote.list = by_default("remotes", "list")

return remote
