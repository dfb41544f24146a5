-- SPDX-License-Identifier: MIT
---@meta copydata

--- Lua programs on one Windows desktop find each other by named channels and exchange tables.
--- The functions here belong to a default endpoint, which the first call makes.
---@class copydata
---@field _VERSION string the name and version of the module, such as `"copydata 0.1.0"`
---@field msgpack copydata.msgpack the codec
---@field raw copydata.raw other programs' protocols
---@field remote copydata.remote objects that other programs call
local copydata = {}

---@alias copydata.Code
---| "TIMEOUT" # no verdict or no message in time
---| "HUNG" # the peer does not pump messages: nothing was sent
---| "BUSY" # the peer's queue is full
---| "GONE" # the peer's window is gone, or its process died with the message
---| "ABSENT" # the peer is not, or no longer, on the channel
---| "REFUSED" # the peer does not accept messages from this program
---| "UNPROVEN" # the peer requires proof of who is sending, and it did not arrive
---| "MALFORMED" # the peer does not understand the message
---| "UNHANDLED" # the peer does not know the protocol
---| "TOO_LARGE" # over this endpoint's limit or the peer's
---| "EXISTS" # the section's name is taken
---| "UNENCODABLE" # the code page lacks a character
---| "UNSUPPORTED" # the system does not know the code page; or the section cannot be read
---| "DENIED" # Windows forbids it: the peer runs at a higher integrity level
---| "NO_PEER" # there is no other peer on the channel
---| "REMOTE" # the peer's handler failed
---| "CLOSED" # the endpoint or its window was closed, or the program was asked to close
---| "ENDING" # the session is ending
---| "QUIT" # the thread got WM_QUIT
---| "INTERRUPTED" # Ctrl+C was pressed
---| "CANCELLED" # the task was cancelled
---| "FAILED" # the task raised an error
---| "SYSTEM" # Windows failed
---| "MEMORY" # memory ran out

---@alias copydata.Handler fun(data: any, message: copydata.Message)
---@alias copydata.PeersHandler fun(peer: copydata.Peer, event: "joined"|"left")
---@alias copydata.Accept fun(peer: copydata.Peer): boolean?

--- Another program's endpoint.
---@class copydata.Peer
---@field hwnd integer its window handle; 0 for a sender without a window
---@field pid? integer its process; nil if the window is gone
---@field exe? string the path of its program
---@field proven boolean whether it has proven that the window is its own
---@field user? string the account it runs under, `DOMAIN\name`
---@field sid? string that account's SID
---@field integrity? "low"|"medium"|"high"|"system" its integrity level in Windows
---@field elevated? boolean whether it has administrator rights

--- Where a message carried by a bridge came from, as far as the bridge knows and says.
---@class copydata.Origin
---@field desktop? string
---@field exe? string
---@field user? string

--- What handlers get and `receive` returns.
---@class copydata.Message
---@field data any the value that was sent
---@field channel? string the channel's name; absent in a raw message
---@field tag? integer for a raw message: its `dwData`
---@field sent? number seconds since 1970; nil if the sender gave no time
---@field received number seconds since 1970
---@field retained? true not news, but a value that the sender keeps for newcomers
---@field origin? copydata.Origin where a message carried by a bridge came from
---@field via? string[] the names of the bridges that it crossed
---@field sender copydata.Peer its `hwnd` is what the sender claims, unless it is `proven`
local Message = {}

--- Why a peer did not get a message.
---@class copydata.Failure
---@field peer copydata.Peer
---@field code copydata.Code
---@field message string `"NAME: message"`
---@field post? integer for a post: the number that `post` returned
---@field channel? string for a post: the channel's name
---@field details? copydata.Problem for a REMOTE failure

---@class copydata.ChannelInfo
---@field name string
---@field peers integer how many endpoints have joined it

---@class copydata.SendToOptions
---@field timeout? number seconds for all of it, by default the endpoint's
---@field on_progress? fun(done: integer, total: integer) called after each frame, with bytes

---@class copydata.SendOptions
---@field timeout? number seconds for all of it, by default the endpoint's
---@field on_progress? fun(done: integer, total: integer) called after each frame, with bytes
---@field wait? boolean true: if there is no other peer on the channel, waits for one

---@class copydata.RequestAllOptions
---@field timeout? number seconds in all, by default the endpoint's
---@field on_progress? fun(done: integer, total: integer) called after each frame, with bytes

---@class copydata.RequestOptions
---@field to? copydata.Peer|integer the peer to ask; by default the first that serves requests
---@field timeout? number seconds in all, by default the endpoint's
---@field on_progress? fun(done: integer, total: integer) called after each frame, with bytes
---@field wait? boolean true: if no peer serves requests, waits for one

---@class copydata.Answer
---@field peer copydata.Peer
---@field data any

--- What went wrong in a peer's handler, as far as known.
---@class copydata.Problem
---@field message string
---@field name? string
---@field traceback? string

---@alias copydata.Server fun(data: any, message: copydata.Message): any, string?, string?

---@class copydata.FlushOptions
---@field timeout? number seconds to wait, by default the endpoint's

---@class copydata.ChannelOptions
---@field listen? boolean false: only sends; other peers do not see the endpoint there
---@field accept? copydata.Accept decides who may send there

---@class copydata.RawOptions
---@field tag? integer only messages with this dwData
---@field window? copydata.Window|copydata.Peer|integer only messages from this sender
---@field result? integer the answer to senders, 1

---@class copydata.RawMessageOptions
---@field result? integer the answer to senders, 0

---@class copydata.EndpointOptions
---@field pump? "script"|"thread" "thread": messages are accepted at any time
---@field class? string its own window class; it then joins no channels
---@field title? string with `class`: the window's title, "copydata"
---@field top_level? boolean with `class`, true: a hidden top-level window
---@field accept? copydata.Accept decides who may send; senders must prove who they are
---@field allow_lower_integrity? boolean true: accepts messages from less trusted programs
---@field timeout? number seconds to wait for a verdict or the answer to a request, 5
---@field max_frame? integer bytes sent in one frame, 256 KiB
---@field max_message? integer bytes of one message, 64 MiB
---@field queue_messages? integer messages that may wait, 65,536
---@field queue_bytes? integer bytes that may wait, four times max_message
---@field sender_messages? integer of these, what one process may use; by default its share
---@field sender_bytes? integer of these, what one process may use; by default its share
---@field transfers? integer messages that may be arriving in pieces, 64
---@field transfer_bytes? integer bytes they may use, four times max_message
---@field transfer_silence? number seconds without a piece until a transfer is dropped, 30

--- A hidden window and the channels it has joined.
---@class copydata.Endpoint
---@field timeout number seconds to wait, unless a call sets its own timeout
---@field ignored_answers integer how many answers came too late, twice, or without a request
---@field lost_answers integer how many of its own could not be delivered
local Endpoint = {}

--- A function that can wait while everything else continues.
---@class copydata.Task
local Task = {}

--- Other code's callbacks set it, and tasks wait for it.
---@class copydata.Event
local Event = {}

--- Readable when `poll(0)` has something to do, for socket loops.
---@class copydata.Socket
local Socket = {}

--- A channel that an endpoint has joined.
---@class copydata.Channel
---@field name string the name, as it was joined
local Channel = {}

--- The first instance of a program that runs once.
---@class copydata.Instance
---@field name string the program's name
---@field window? integer read and write: the main window, which comes to the foreground
local Instance = {}

--- Makes the default endpoint with options. Call it before any function that would make one.
---@param options? copydata.EndpointOptions
---@return true? ok
---@return string? message
---@return copydata.Code? code
function copydata.open(options) end

--- Sends what was posted and closes the default endpoint.
function copydata.close() end

--- Makes another endpoint: a hidden window of its own, with the same functions as methods.
---@param options? copydata.EndpointOptions
---@return copydata.Endpoint? endpoint
---@return string? message
---@return copydata.Code? code
function copydata.new(options) end

--- The channels that exist on this desktop.
---@return copydata.ChannelInfo[] channels
function copydata.channels() end

--- Runs one turn of the loop, for programs with a loop of their own.
---@param seconds? number 0: do not wait
---@return integer? count how many handlers were called and tasks resumed
---@return string? message
---@return copydata.Code? code
function copydata.poll(seconds) end

--- Runs a function as a task until it returns; without one runs the loop until `stop`.
---@param main? function
---@param ... any its arguments
---@return any ... what it returned, or true when stopped
function copydata.run(main, ...) end

--- Ends `run`, and cancels its main.
function copydata.stop() end

--- Runs a function as a task: a call that waits suspends only the task.
---@param f function
---@param ... any its arguments
---@return copydata.Task task
function copydata.spawn(f, ...) end

--- Waits for a time.
---@param seconds number 0: resumes after other tasks have had a turn
---@return true? ok
---@return string? message
---@return copydata.Code? code
function copydata.sleep(seconds) end

--- Makes an event.
---@return copydata.Event event
function copydata.event() end

--- Sets the handler for errors in handlers, and in tasks that no call waits for.
---@param handler fun(problem: any)|nil
function copydata.on_error(handler) end

--- Waits until a LuaSocket socket, or an object with `getfd()` like theirs, is readable.
---@param socket table|userdata
---@param seconds? number
---@return true? ready
---@return string? message
---@return copydata.Code? code
function copydata.readable(socket, seconds) end

--- Waits until a LuaSocket socket, or an object with `getfd()` like theirs, is writable.
---@param socket table|userdata
---@param seconds? number
---@return true? ready
---@return string? message
---@return copydata.Code? code
function copydata.writable(socket, seconds) end

--- Makes a socket that is readable when `poll(0)` has something to do.
---@return copydata.Socket? socket
---@return string? message
---@return copydata.Code? code
function copydata.socket() end

--- Joins a channel.
---@param name string 1 to 246 UTF-16 units; case is ignored
---@param options? copydata.ChannelOptions
---@return copydata.Channel? channel
---@return string? message
---@return copydata.Code? code
function Endpoint:channel(name, options) end

--- The channels that the endpoint has joined, or the one with that name.
---@param name? string
---@return copydata.Channel[]|copydata.Channel|nil channels
function Endpoint:joined(name) end

--- The channels that exist on this desktop.
---@return copydata.ChannelInfo[] channels
function Endpoint.channels() end

--- The other peers on a channel.
---@param name string
---@return copydata.Peer[] peers
function Endpoint:peers(name) end

--- Waits until there is another peer on a channel.
---@param name string
---@param seconds? number
---@return copydata.Peer? peer
---@return string? message
---@return copydata.Code? code
function Endpoint:wait_for_peer(name, seconds) end

--- Sends a value to all other peers on a channel.
---@param name string
---@param value any
---@param options? copydata.SendOptions
---@return integer? accepted how many peers accepted it
---@return copydata.Failure[]|string failures one for each of the others
---@return copydata.Code? code
function Endpoint:send(name, value, options) end

--- Sends a value to one peer on a channel.
---@param name string
---@param peer copydata.Peer|integer such as `message.sender`, or a window handle
---@param value any
---@param options? copydata.SendToOptions
---@return true? ok
---@return string? message
---@return copydata.Code? code
function Endpoint:send_to(name, peer, value, options) end

--- Queues a value, to be sent together with others, many to a frame.
---@param name string
---@param value any
---@return integer? number which `flush` uses in its failures
---@return string? message
---@return copydata.Code? code
function Endpoint:post(name, value) end

--- Sends what was posted.
---@param options? copydata.FlushOptions
---@return integer accepted how many deliveries were accepted since the last flush
---@return copydata.Failure[] failures
function Endpoint:flush(options) end

--- Sets the handler for posts that could not be delivered.
---@param handler fun(failure: copydata.Failure)|nil
function Endpoint:on_failure(handler) end

--- Sets the function that decides who may send.
---@param accept copydata.Accept|nil
function Endpoint:guard(accept) end

--- The handle of the window; 0 if it was destroyed from outside.
---@return integer hwnd
function Endpoint:hwnd() end

--- Sends a request to one peer on a channel and waits for its answer.
---@param name string
---@param value any
---@param options? copydata.RequestOptions
---@return any answer
---@return string? message
---@return copydata.Code? code
---@return copydata.Problem? details of a REMOTE failure
function Endpoint:request(name, value, options) end

--- Sends a request to all other peers on a channel and waits for each.
---@param name string
---@param value any
---@param options? copydata.RequestAllOptions
---@return copydata.Answer[]? answers
---@return copydata.Failure[]|string failures one for each of the others
---@return copydata.Code? code
function Endpoint:request_all(name, value, options) end

--- Publishes an object: programs that connect to the name may call its methods.
---@param name string
---@param target table|userdata
---@param options? copydata.ReferenceOptions
---@return copydata.Publication? publication
---@return string? message
---@return copydata.Code? code
function Endpoint:publish(name, target, options) end

--- Finds a published object.
---@param name string
---@param options? copydata.ConnectOptions
---@return copydata.Proxy? proxy
---@return string? message
---@return copydata.Code? code
function Endpoint:connect(name, options) end

--- The peers that publish an object with this name.
---@param name string
---@return copydata.Peer[] peers
function Endpoint:remotes(name) end

--- Makes this process the first instance of a program, or hands its arguments to the first.
---@param name string 1 to 230 UTF-16 units; case is ignored
---@param arguments any
---@param options? { timeout?: number } seconds for the whole call, 30
---@return copydata.Instance|false|nil first false: another instance is the first and has them
---@return any answer from the first instance's handler; after nil the message
---@return copydata.Code|string|nil code after nil; after false the message if there is no answer
---@return copydata.Peer|copydata.Code|nil peer after nil: the first instance; after false the code
function Endpoint:single_instance(name, arguments, options) end

--- Sets a handler for raw messages, each `WM_COPYDATA` of another protocol. There may be
--- several, for different dwData and senders.
---@param handler fun(bytes: string, message: copydata.Message)
---@param options? copydata.RawOptions
---@return copydata.RawHandler handler to be closed
function Endpoint:on_raw(handler, options) end

--- Sets a handler for a window message.
---@param message integer|string its number, or the name of a registered one
---@param handler fun(wparam: integer, lparam: integer)
---@param options? copydata.RawMessageOptions
---@return copydata.RawHandler? handler to be closed
---@return string? why
---@return copydata.Code? code
function Endpoint:on_message(message, handler, options) end

--- Sends what was posted, leaves every channel and destroys the window.
function Endpoint:close() end

--- Sends a value to all other peers on the channel.
---@param value any
---@param options? copydata.SendOptions
---@return integer? accepted how many peers accepted it
---@return copydata.Failure[]|string failures one for each of the others
---@return copydata.Code? code
function Channel:send(value, options) end

--- Sends a value to one peer on the channel.
---@param peer copydata.Peer|integer such as `message.sender`, or a window handle
---@param value any
---@param options? copydata.SendToOptions
---@return true? ok
---@return string? message
---@return copydata.Code? code
function Channel:send_to(peer, value, options) end

--- Queues a value, to be sent together with others, many to a frame.
---@param value any
---@return integer? number which `flush` uses in its failures
---@return string? message
---@return copydata.Code? code
function Channel:post(value) end

--- Sends a request to one peer on the channel and waits for its answer.
---@param value any
---@param options? copydata.RequestOptions
---@return any answer
---@return string? message
---@return copydata.Code? code
---@return copydata.Problem? details of a REMOTE failure
function Channel:request(value, options) end

--- Sends a request to all other peers on the channel and waits for each.
---@param value any
---@param options? copydata.RequestAllOptions
---@return copydata.Answer[]? answers
---@return copydata.Failure[]|string failures one for each of the others
---@return copydata.Code? code
function Channel:request_all(value, options) end

--- Sets the handler for requests; what it returns is the answer.
---@param handler copydata.Server|nil
---@return copydata.Channel channel
function Channel:serve(handler) end

--- The other peers on the channel.
---@return copydata.Peer[] peers
function Channel:peers() end

--- Sets the handler for peers that join and leave; those already there are reported first.
---@param handler copydata.PeersHandler|nil
---@return copydata.Channel channel
function Channel:on_peers(handler) end

--- Sends a value to all other peers on the channel, and to each peer that joins it later.
---@param value any nil: keeps nothing from now on
---@param options? copydata.SendToOptions
---@return integer? count how many peers accepted it now
---@return copydata.Failure[]|string failures; after nil the message
---@return copydata.Code? code
function Channel:retain(value, options) end

--- Iterates over peers as they join and leave the channel, until it is closed.
---@return fun(): copydata.Peer, "joined"|"left" iterator
---@return nil
---@return nil
---@return table closing a value that `for` closes at its end
function Channel:presence() end

--- Waits until there is another peer on the channel.
---@param seconds? number
---@return copydata.Peer? peer
---@return string? message
---@return copydata.Code? code
function Channel:wait_for_peer(seconds) end

--- Receives the channel's next message, and waits for it if necessary.
---@param seconds? number 0: do not wait
---@return copydata.Message? message
---@return string? why
---@return copydata.Code? code
function Channel:receive(seconds) end

--- Iterates over the channel's messages as they arrive, until it is closed.
---@return fun(): any, copydata.Message iterator
function Channel:messages() end

--- Sets the handler for the channel's messages, called for one at a time.
---@param handler copydata.Handler|nil
---@return copydata.Channel channel
function Channel:on(handler) end

--- Sets the function that decides who may send to this channel.
---@param accept copydata.Accept|nil
---@return copydata.Channel channel
function Channel:guard(accept) end

--- Leaves the channel and drops what is still waiting on it.
function Channel:close() end

--- Sets the handler for what later instances hand over. The
--- message also has their `directory`.
---@param handler (fun(arguments: any, message: copydata.Message): any, string?, string?)|nil
---@return copydata.Instance instance
function Instance:on(handler) end

--- Gives up being the first instance, so that another can become it.
function Instance:close() end

--- Sends a value back to the message's sender, on the same channel.
---@param value any
---@param options? copydata.SendToOptions
---@return true? ok
---@return string? message
---@return copydata.Code? code
function Message:reply(value, options) end

--- Waits until the task is over.
---@param seconds? number
---@return any ... what its function returned; or nil, message, code
function Task:wait(seconds) end

--- Cancels the task, and closes its to-be-closed variables.
function Task:cancel() end

--- Reports that it has happened.
---@param ... any values for the calls that wait
function Event:set(...) end

--- Waits until it has happened.
---@param seconds? number
---@return any ... the values; or nil, message, code
function Event:wait(seconds) end

--- The descriptor. Use it only to wait.
---@return integer descriptor -1 if the socket is closed
function Socket:getfd() end

--- Whether `poll(0)` has something to do. Call it before each wait.
---@return boolean
function Socket:dirty() end

--- Reads what made it readable, as copas requires.
---@return string? bytes
---@return string? why
function Socket:receive() end

--- Has no effect; for libraries that call it.
---@return integer
function Socket:settimeout() end

--- Closes the descriptor.
function Socket:close() end

return copydata
