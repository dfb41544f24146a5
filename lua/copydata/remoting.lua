-- SPDX-License-Identifier: MIT

--- The methods of endpoints that publish objects and find them. For endpoint.lua; what else there
-- is to remote objects is in remote.lua.
-- @submodule endpoint
local Exports = require "copydata.remote.exports"
local Node = require "copydata.remote.node"
local check = require "copydata.check"

local remoting = {}

-- The node of an endpoint, made when it has none.
local function node_of(endpoint)
  local node = endpoint._remote
  if not node then
    local message, name
    node, message, name = Node.new(endpoint)
    if not node then
      return nil, message, name
    end
    endpoint._remote = node
  end
  return node
end

--- What `publish` returns. One that the script lets go of stays.
-- @table publication
-- @within Tables
-- @tfield string name
-- @tfield function close a method, also `__close`: takes the object back. Nobody can connect to it
-- any more; proxies that others have stay good. Idempotent.

local Publication = { __name = "copydata.remote.publication" }
Publication.__index = Publication

function Publication:close()
  local channel = self._channel
  if channel then
    local export = self._export
    self._channel, self._export = nil, nil -- whoever keeps this keeps the object no longer
    channel:close()
    self._node.exports:unpublish(export)
  end
end

Publication.__close = Publication.close

function Publication:__tostring()
  return ("copydata.remote.publication %q (%s)"):format(self.name, self._channel and "open"
    or "closed")
end

--- Publishes an object: programs that `connect` to the name may call its methods.
--
-- They may call its own functions and those of its classes, as they stand in the tables (the
-- object, `__index` of its metatable when that is a table, and so on): no names that begin with
-- `_`, no metamethods, nothing that is not a function, nothing that an `__index` function makes up.
-- With the option `methods` they may call exactly what it names, by whichever name or reference
-- they have the object: of one that was published or sent before it cannot be changed.
-- @function publish
-- @param name 1 to 230 UTF-16 units of UTF-8, compared without case
-- @param object a table or userdata
-- @param[opt] options `methods`: a list of names
-- @return an `endpoint.publication`; or nil, "NAME: message", "NAME"
function remoting:publish(name, object, options)
  check.open(self)
  check.name(name)
  check.name(Node.channel_of(name))
  local listed = check.remote_object(object, options, Exports.is_public)
  local node, channel, export, message, code
  node, message, code = node_of(self)
  if not node then
    return nil, message, code
  end
  if self:joined(Node.channel_of(name)) then
    error(("an object named %q is published already: close that publication first"):format(name), 2)
  end
  if node.exports:differs(object, listed) then
    error("option 'methods': others can call this object already, by other methods: publish it "
      .. "before it is sent anywhere, or another object", 2)
  end
  channel, export, code = node:publish(name, object, listed)
  if not channel then
    return nil, export, code
  end
  return setmetatable({ name = name, _node = node, _channel = channel, _export = export },
    Publication)
end

--- Finds a published object.
-- @function connect
-- @param name its name
-- @param[opt] options `peer`: whose, if several publish one of this name, such as one of `list`;
-- by default the first that answers; `timeout`: seconds, for this and for each call by the
-- proxy, by default the endpoint's
-- @return a proxy: `proxy:method(...)` calls the method where the object is and returns its
-- results. What the method raises is raised here: a string with the remote traceback behind it, or
-- a table as it was, by value. What keeps the call from being made or answered is raised as
-- "NAME: message", the names being those of `request`.
-- @return or nil, "NAME: message", "NAME": those of `request`; NO_PEER: nobody publishes it
function remoting:connect(name, options)
  check.open(self)
  check.name(name)
  check.name(Node.channel_of(name))
  local checked, timeout = check.connecting(options, self)
  local node, message, code = node_of(self)
  if not node then
    return nil, message, code
  end
  local proxy, info
  proxy, info, code = node:connect(name, checked)
  if not proxy then
    return nil, info, code
  end
  info.timeout = timeout
  return proxy
end

--- Who publishes an object of a name.
-- @function remotes
-- @param name its name
-- @return a list of peers
function remoting:remotes(name)
  check.open(self)
  check.name(name)
  check.name(Node.channel_of(name))
  return self:_peers(Node.channel_of(name))
end

return remoting
