-- SPDX-License-Identifier: MIT

--- The proxies of a program: objects that stand for other programs' objects. For remote.lua.
--
-- What is known of a proxy is kept outside of it, so that no field can be mistaken for a method: `{
-- node =, key =, hwnd =, pid =, id =, count =, timeout = }`. `count` is how often the reference
-- arrived here, and how many references to give back when the proxy is dropped.
local values = require "copydata.remote.values"

local Proxies = {}
Proxies.__index = Proxies

local known = setmetatable({}, { __mode = "k" }) -- by proxy

local Proxy = { __name = "copydata.remote.proxy" }

--- For an endpoint's node (remote.lua).
function Proxies.new(node)
  return setmetatable({
    _node = node,
    _by_key = setmetatable({}, { __mode = "v" }),
  }, Proxies)
end

--- What is known of a proxy; nil for any other value, and for a closed proxy.
function Proxies.known(proxy)
  return known[proxy]
end

--- Whether a value is a proxy, open or closed.
function Proxies.is(value)
  return getmetatable(value) == Proxy
end

--- The proxy of an object, made when there is none.
-- @return it, and what is known of it
function Proxies:of(hwnd, pid, id)
  local key = ("%d.%d.%d"):format(hwnd, pid, id)
  local proxy = self._by_key[key]
  if not proxy then
    proxy = setmetatable({}, Proxy)
    known[proxy] =
      { node = self._node, key = key, hwnd = hwnd, pid = pid, id = id, count = 0, timeout = nil }
    self._by_key[key] = proxy
  end
  return proxy, known[proxy]
end

--- Closes a proxy. Idempotent.
function Proxies.close(proxy)
  local info = known[proxy]
  if info then
    known[proxy] = nil
    local proxies = info.node.proxies
    if proxies._by_key[info.key] == proxy then
      proxies._by_key[info.key] = nil
    end
    info.node.returns:add(info)
  end
end

--- Sets how proxies call methods: `call(proxy, method, ...)`.
function Proxies.behave(call)
  -- One function per name, so that the methods of two proxies are equal, as those of objects are.
  local methods = setmetatable({}, { __mode = "v" })

  function Proxy.__index(_, name)
    if type(name) ~= "string" then
      return nil
    end
    local method = methods[name]
    if not method then
      function method(proxy, ...)
        return call(proxy, name, ...)
      end
      methods[name] = method
    end
    return method
  end
end

function Proxy.__newindex(_, name)
  error(("a proxy has methods only: field '%s' cannot be set"):format(tostring(name)), 2)
end

function Proxy:__msgpack()
  local info = known[self]
  if not info then
    error("the proxy is closed", 0)
  end
  return values.ext(info.hwnd, info.pid, info.id)
end

function Proxy:__tostring()
  local info = known[self]
  return ("copydata.remote.proxy (%s)"):format(
    info and ("hwnd 0x%X, pid %d"):format(info.hwnd, info.pid) or "closed")
end

Proxy.__gc = Proxies.close
Proxy.__close = Proxies.close

return Proxies
