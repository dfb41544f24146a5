-- SPDX-License-Identifier: MIT
---@meta copydata.remote

--- Objects that other programs call.
---@class copydata.remote
local remote = {}

---@class copydata.ReferenceOptions
---@field methods? string[] what may be called; by default every public method

---@class copydata.ConnectOptions
---@field peer? copydata.Peer|integer whose object; by default that of the first that answers
---@field timeout? number seconds, for this and for each call, by default the endpoint's
---@field wait? boolean true: while nobody publishes it, waits for somebody

---@class copydata.CallOptions
---@field timeout? number seconds

---@class copydata.Publication
---@field name string
---@field close fun(self: copydata.Publication) takes the object back

--- An object in another program: its methods run there. What they raise is raised here.
---@class copydata.Proxy
---@field [string] fun(self: copydata.Proxy, ...: any): ...

--- What stands for an object in arguments and results.
---@class copydata.Reference

--- Makes an object travel by reference: there it is a proxy.
---@param target table|userdata
---@param options? copydata.ReferenceOptions
---@return copydata.Reference reference
function remote.reference(target, options) end

--- Calls a method by its name, with options; raises as the method does.
---@param proxy copydata.Proxy
---@param options copydata.CallOptions|nil
---@param method string
---@param ... any its arguments
---@return any ...
function remote.call(proxy, options, method, ...) end

--- Calls a method without waiting for it.
---@param proxy copydata.Proxy
---@param method string
---@param ... any its arguments
---@return true? ok
---@return string? message
---@return copydata.Code? code
function remote.notify(proxy, method, ...) end

--- What can be called of the object behind a proxy.
---@param proxy copydata.Proxy
---@return string[]? names
---@return string? message
---@return copydata.Code? code
function remote.fields(proxy) end

--- Gives a proxy up.
---@param proxy copydata.Proxy
function remote.close(proxy) end

--- The peer whose call runs at the moment.
---@return copydata.Peer? peer
function remote.caller() end

return remote
