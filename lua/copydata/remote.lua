-- SPDX-License-Identifier: MIT

--- Objects that other programs call: no port, no registry key, no file to find them by.
--
--     -- one program
--     copydata.remote.publish("speller", speller)
--     copydata.run()
--
--     -- another
--     local speller = assert(copydata.remote.connect "speller")
--     print(speller:check "recieve")
--
-- Arguments and results travel by value, as `copydata.msgpack` takes them: up to 250, nils and
-- their number kept. An object that is to stay where it is, such as a callback, travels by
-- reference (`remote.reference`) and arrives as a proxy, whose methods run where the object is.
--
-- Calls come in while the owner polls, runs, or waits for a call or request of its own.
--
-- @module copydata.remote
local Exports = require "copydata.remote.exports"
local Proxies = require "copydata.remote.proxies"
local caller = require "copydata.remote.caller"
local check = require "copydata.check"
local msgpack = require "copydata.msgpack"
local values = require "copydata.remote.values"

local remote = {}

--- Makes an object travel by reference, as an argument or a result, at any depth in tables: there
-- it is a proxy. The same object is the same proxy; a proxy that comes home is the object. The
-- object is kept while a proxy of it lives somewhere: until that is closed or collected, or its
-- process ends.
-- @param object a table or userdata
-- @param[opt] options `methods`: a list of names, as for `publish`; of the first reference
-- @return what stands for it in arguments and results
function remote.reference(object, options)
  return values.reference(object, check.remote_object(object, options, Exports.is_public))
end

-- What is known of a proxy that can be used. To be called by what the script calls.
local function usable(proxy)
  local info = Proxies.known(proxy)
  if not info then
    error(Proxies.is(proxy) and "the proxy is closed"
      or "proxy expected: call its methods with a colon, as proxy:method(...)", 3)
  elseif not info.node:is_open() then
    error("CLOSED: the proxy's endpoint is closed", 3)
  end
  return info
end

-- How long a call may take where it is not said.
local function timeout_of(info)
  return info.timeout or info.node:timeout()
end

-- Raises what a call failed with.
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
  timeout = timeout or timeout_of(info)
  local encoded, results, message, code, details =
    pcall(info.node.call, info.node, info, timeout, name, ...)
  if not encoded then
    error(results, 2)
  elseif not results then
    fail(message, code, details)
  end
  return table.unpack(results, 1, results.n)
end

Proxies.behave(function(proxy, name, ...)
  return call(proxy, nil, name, ...)
end)

--- Calls a method by its name: as `proxy:method(...)`, but with options.
-- @param proxy
-- @param options `timeout`: seconds
-- @param method its name
-- @param ... its arguments
-- @return what it returns; raises as the method does
function remote.call(proxy, options, method, ...)
  local timeout = check.calling(options, method)
  return call(proxy, timeout, method, ...)
end

--- Calls a method without waiting for it: what it returns is dropped, and what it raises told by
-- `warn` where it runs. In the order of all that is sent there.
-- @param proxy
-- @param method its name
-- @param ... its arguments
-- @return true when the call is in the owner's queue; or nil, "NAME: message", "NAME": those of
-- `send`
function remote.notify(proxy, method, ...)
  check.method(method)
  local info = usable(proxy)
  local encoded, ok, message, code = pcall(info.node.notify, info.node, info,
    timeout_of(info), method, ...)
  if not encoded then
    error(ok, 2)
  end
  return ok, message, code
end

--- What can be called of the object behind a proxy.
-- @param proxy
-- @return a sorted list of names; or nil, "NAME: message", "NAME": those of `request`
function remote.fields(proxy)
  local info = usable(proxy)
  return info.node:fields(info, timeout_of(info))
end

--- Gives a proxy up; calls by it raise from now on. Idempotent. The same as `__close`, for
-- `local proxy <close> = …`; the collector does it too.
-- @param proxy
function remote.close(proxy)
  if not Proxies.is(proxy) then
    error("proxy expected", 2)
  end
  Proxies.close(proxy)
end

--- The peer whose call runs at the moment, for objects that keep something for each caller.
-- @return a peer, or nil when no call does
function remote.caller()
  return caller.get()
end

--- Publishes an object. See `endpoint:publish`.
-- @function publish
-- @param name
-- @param object
-- @param[opt] options

--- Finds a published object. See `endpoint:connect`.
-- @function connect
-- @param name
-- @param[opt] options

--- Who publishes an object of a name. See `endpoint:remotes`.
-- @function list
-- @param name

return remote
