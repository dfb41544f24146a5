-- SPDX-License-Identifier: MIT
---@meta copydata.bridge

--- Bridges carry the messages of channels between desktops.
---@class copydata.bridge
local bridge = {}

--- A channel to carry; its name is at 1.
---@class copydata.BridgeChannel
---@field remote? string its name on the server, by default the same
---@field way? "both"|"out"|"in"|"none" from here to there, from there to here; "both" by default
---@field requests? boolean true: its requests too; without a way nothing else
---@field server? string the name of one of the servers

---@class copydata.BridgeOptions
---@field url? string the server: `redis://USER@HOST:PORT/DATABASE`
---@field servers? table<string, string> others: name -> address
---@field password? string for all servers
---@field channels (string|copydata.BridgeChannel)[]
---@field name? string of this desktop, by default the computer's
---@field prefix? string of the names of all keys, by default "default"
---@field from? "saved"|"now" where to read on
---@field keep? number seconds for which the server keeps messages, 600
---@field max_message? integer bytes of a message's body, 1 MiB
---@field buffer? integer bytes that are held of what was accepted, 64 MiB
---@field wait? boolean true: waits for a server that cannot be reached
---@field on_problem? fun(problem: copydata.BridgeProblem) is told what goes wrong meanwhile

---@class copydata.BridgeProblem
---@field name copydata.BridgeCode
---@field message string
---@field server string

---@alias copydata.BridgeCode
---| "MISSING" # LuaSocket or redis-lua is not installed
---| "UNREACHABLE" # no connection, or no reply
---| "AUTH" # the user or the password is wrong
---| "NOPERM" # the user may not do what the channel needs
---| "FULL" # the server has no memory or cannot write to its disk
---| "NAME_TAKEN" # another bridge has this name
---| "SECOND_BRIDGE" # another bridge on this desktop carries the channel over the same server
---| "GAP" # messages are missing
---| "TOO_LARGE" # a message in the stream is over the limit
---| "REFUSED" # a message contains a reference to a remote object
---| "LOST" # the bridge was closed before it had sent everything
---| "SYSTEM" # any other answer of the server

--- What `bridge.open` returns.
---@class copydata.Bridge
local Bridge = {}

--- Makes a bridge: connects, joins the channels and begins to carry.
---@param options copydata.BridgeOptions
---@return copydata.Bridge? bridge
---@return string? message
---@return copydata.BridgeCode|copydata.Code? code
function bridge.open(options) end

--- Waits until it ends.
---@param seconds? number how long; nil: as long as it takes
---@return true? closed
---@return string? message
---@return copydata.BridgeCode|copydata.Code? code
function Bridge:wait(seconds) end

--- How the bridge is doing.
---@return table status
function Bridge:status() end

--- Leaves the channels, sends what was accepted and disconnects.
function Bridge:close() end

return bridge
