-- SPDX-License-Identifier: MIT
---@meta copydata.remote

--- Objects that other programs call.
---@class copydata.remote
local remote = {}

---@class copydata.ReferenceOptions
---@field methods? string[] the methods that may be called; by default every public one

---@class copydata.ConnectOptions
---@field peer? copydata.Peer|integer the peer that publishes it; by default the first that answers
---@field timeout? number seconds for this and each call, by default the endpoint's
---@field wait? boolean true: if no peer publishes it, waits for one

---@class copydata.CallOptions
---@field timeout? number seconds

---@class copydata.Publication
---@field name string
---@field close fun(self: copydata.Publication) withdraws the object

--- An object in another program: its methods run there. Errors in them are raised here.
---@class copydata.Proxy
---@field [string] fun(self: copydata.Proxy, ...: any): ...

--- What stands for an object in arguments and results.
---@class copydata.Reference

--- Makes an object travel by reference; it arrives as a proxy.
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

--- The methods that can be called on the object behind a proxy.
---@param proxy copydata.Proxy
---@return string[]? names
---@return string? message
---@return copydata.Code? code
function remote.fields(proxy) end

--- Closes a proxy.
---@param proxy copydata.Proxy
function remote.close(proxy) end

--- The peer whose call the running task serves.
---@return copydata.Peer? peer
function remote.caller() end

return remote
