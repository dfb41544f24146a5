-- SPDX-License-Identifier: MIT
---@meta _

--- Written by tools/docs/types.lua: the functions of the default endpoint.

---@class copydata
local copydata = {}

---@class copydata.raw
local raw = {}

---@class copydata.remote
local remote = {}

--- Joins a channel.
---@param name string 1 to 246 UTF-16 units; case is ignored
---@param options? copydata.ChannelOptions
---@return copydata.Channel? channel
---@return string? message
---@return copydata.Code? code
function copydata.channel(name, options) end

--- The channels that the endpoint has joined, or the one with that name.
---@param name? string
---@return copydata.Channel[]|copydata.Channel|nil channels
function copydata.joined(name) end

--- Makes this process the first instance of a program, or hands its arguments to the first.
---@param name string 1 to 230 UTF-16 units; case is ignored
---@param arguments any
---@param options? { timeout?: number } seconds for the whole call, 30
---@return copydata.Instance|false|nil first false: another instance is the first and has them
---@return any answer from the first instance's handler; after nil the message
---@return copydata.Code|string|nil code after nil; after false the message if there is no answer
---@return copydata.Peer|copydata.Code|nil peer after nil: the first instance; after false the code
function copydata.single_instance(name, arguments, options) end

--- Sends a value to all other peers on a channel.
---@param name string
---@param value any
---@param options? copydata.SendOptions
---@return integer? accepted how many peers accepted it
---@return copydata.Failure[]|string failures one for each of the others
---@return copydata.Code? code
function copydata.send(name, value, options) end

--- Queues a value, to be sent together with others, many to a frame.
---@param name string
---@param value any
---@return integer? number which `flush` uses in its failures
---@return string? message
---@return copydata.Code? code
function copydata.post(name, value) end

--- Sends what was posted.
---@param options? copydata.FlushOptions
---@return integer accepted how many deliveries were accepted since the last flush
---@return copydata.Failure[] failures
function copydata.flush(options) end

--- Sets the handler for posts that could not be delivered.
---@param handler fun(failure: copydata.Failure)|nil
function copydata.on_failure(handler) end

--- Sends a request to one peer on a channel and waits for its answer.
---@param name string
---@param value any
---@param options? copydata.RequestOptions
---@return any answer
---@return string? message
---@return copydata.Code? code
---@return copydata.Problem? details of a REMOTE failure
function copydata.request(name, value, options) end

--- Sends a request to all other peers on a channel and waits for each.
---@param name string
---@param value any
---@param options? copydata.RequestAllOptions
---@return copydata.Answer[]? answers
---@return copydata.Failure[]|string failures one for each of the others
---@return copydata.Code? code
function copydata.request_all(name, value, options) end

--- The handle of the window; 0 if it was destroyed from outside.
---@return integer hwnd
function copydata.hwnd() end

--- Sets the function that decides who may send.
---@param accept copydata.Accept|nil
function copydata.guard(accept) end

--- The other peers on a channel.
---@param name string
---@return copydata.Peer[] peers
function copydata.peers(name) end

--- Waits until there is another peer on a channel.
---@param name string
---@param seconds? number
---@return copydata.Peer? peer
---@return string? message
---@return copydata.Code? code
function copydata.wait_for_peer(name, seconds) end

--- Sets a handler for raw messages, each `WM_COPYDATA` of another protocol. There may be
--- several, for different dwData and senders.
---@param handler fun(bytes: string, message: copydata.Message)
---@param options? copydata.RawOptions
---@return copydata.RawHandler handler to be closed
function raw.on(handler, options) end

--- Sets a handler for a window message.
---@param message integer|string its number, or the name of a registered one
---@param handler fun(wparam: integer, lparam: integer)
---@param options? copydata.RawMessageOptions
---@return copydata.RawHandler? handler to be closed
---@return string? why
---@return copydata.Code? code
function raw.on_message(message, handler, options) end

--- Publishes an object: programs that connect to the name may call its methods.
---@param name string
---@param target table|userdata
---@param options? copydata.ReferenceOptions
---@return copydata.Publication? publication
---@return string? message
---@return copydata.Code? code
function remote.publish(name, target, options) end

--- Finds a published object.
---@param name string
---@param options? copydata.ConnectOptions
---@return copydata.Proxy? proxy
---@return string? message
---@return copydata.Code? code
function remote.connect(name, options) end

--- The peers that publish an object with this name.
---@param name string
---@return copydata.Peer[] peers
function remote.list(name) end
