-- SPDX-License-Identifier: MIT
---@meta copydata

--- Lua programs on one Windows desktop find each other by named channels and exchange tables.
--- The functions here are those of a default endpoint, which the first of them makes.
---@class copydata
---@field _VERSION string the name and version of the module, such as `"copydata 0.1.0"`
---@field msgpack copydata.msgpack the codec
---@field raw copydata.raw other programs' protocols
---@field remote copydata.remote objects that other programs call
local copydata = {}

---@alias copydata.Code
---| "TIMEOUT" # no verdict or no message in time
---| "HUNG" # the peer hangs: nothing was sent
---| "BUSY" # the peer's queue is full
---| "GONE" # the peer's window is gone, or its process died with the message
---| "ABSENT" # the peer is not on the channel (any more)
---| "REFUSED" # the peer does not want messages from us
---| "UNPROVEN" # the peer wants proof of who we are, which did not come about
---| "MALFORMED" # it is not understood
---| "UNHANDLED" # the peer does not know the protocol
---| "TOO_LARGE" # over our limit or the peer's
---| "EXISTS" # the section's name is taken
---| "UNENCODABLE" # the code page does not have a character
---| "UNSUPPORTED" # the system does not know the code page; or the section is none that can be read
---| "DENIED" # Windows forbids it: the peer runs at a higher integrity level
---| "NO_PEER" # nobody else is on the channel: nobody was asked
---| "REMOTE" # the peer's handler failed
---| "CLOSED" # the endpoint or its window was closed, or the program is asked to close
---| "ENDING" # the session ends
---| "QUIT" # the thread was sent WM_QUIT
---| "INTERRUPTED" # Ctrl+C
---| "CANCELLED" # the task was cancelled
---| "FAILED" # there was an error in the task
---| "SYSTEM" # Windows failed
---| "MEMORY" # there is no memory

---@alias copydata.Handler fun(data: any, message: copydata.Message)
---@alias copydata.PeersHandler fun(peer: copydata.Peer, event: "joined"|"left")
---@alias copydata.Accept fun(peer: copydata.Peer): boolean?

--- A program's endpoint, as others see it.
---@class copydata.Peer
---@field hwnd integer its window handle; 0 for a sender that has no window
---@field pid? integer its process; nil when the window is gone
---@field exe? string the path of its program
---@field proven boolean whether it has proven that this is its; false: a sender claims it
---@field user? string the account it runs under, `DOMAIN\name`
---@field sid? string that account's SID
---@field integrity? "low"|"medium"|"high"|"system" what Windows trusts it with
---@field elevated? boolean whether it has an administrator's rights

--- Where a message that a bridge carries came from, as far as known, by the bridge's word.
---@class copydata.Origin
---@field desktop? string
---@field exe? string
---@field user? string

--- What handlers are given and `receive` returns.
---@class copydata.Message
---@field data any the value that was sent
---@field channel? string the channel's name; a raw message has none
---@field tag? integer of a raw message: the `dwData`
---@field sent? number seconds since 1970; nil when the sender gave no time
---@field received number seconds since 1970
---@field retained? true no news, but what the sender keeps for newcomers
---@field origin? copydata.Origin where a message that a bridge carries came from
---@field via? string[] the names of the bridges that it crossed
---@field sender copydata.Peer its `hwnd` is what the sender claims, unless it is `proven`
local Message = {}

--- Why a peer did not get a message.
---@class copydata.Failure
---@field peer copydata.Peer
---@field code copydata.Code
---@field message string `"NAME: message"`
---@field post? integer of what was posted: the number that `post` returned
---@field channel? string of what was posted: the channel's name
---@field details? copydata.Problem of a REMOTE failure

---@class copydata.ChannelInfo
---@field name string
---@field peers integer how many endpoints are on it

---@class copydata.SendToOptions
---@field timeout? number seconds for all of it, by default the endpoint's
---@field on_progress? fun(done: integer, total: integer) called after each frame, with bytes

---@class copydata.SendOptions
---@field timeout? number seconds for all of it, by default the endpoint's
---@field on_progress? fun(done: integer, total: integer) called after each frame, with bytes
---@field wait? boolean true: while nobody is there, waits for somebody

---@class copydata.RequestAllOptions
---@field timeout? number seconds in all, by default the endpoint's
---@field on_progress? fun(done: integer, total: integer) called after each frame, with bytes

---@class copydata.RequestOptions
---@field to? copydata.Peer|integer the one to ask; by default the first that takes requests
---@field timeout? number seconds in all, by default the endpoint's
---@field on_progress? fun(done: integer, total: integer) called after each frame, with bytes
---@field wait? boolean true: while nobody is there who serves, waits for somebody

---@class copydata.Answer
---@field peer copydata.Peer
---@field data any

--- What went wrong in a peer's handler, as far as it told.
---@class copydata.Problem
---@field message string
---@field name? string
---@field traceback? string

---@alias copydata.Server fun(data: any, message: copydata.Message): any, string?, string?

---@class copydata.FlushOptions
---@field timeout? number seconds to wait, by default the endpoint's

---@class copydata.ChannelOptions
---@field listen? boolean false: send only, nobody sees the endpoint there
---@field accept? copydata.Accept who may send there

---@class copydata.RawOptions
---@field tag? integer only messages with this dwData
---@field window? copydata.Window|copydata.Peer|integer only those of this sender
---@field result? integer what senders are told at once, 1

---@class copydata.RawMessageOptions
---@field result? integer what senders are told at once, 0

---@class copydata.EndpointOptions
---@field pump? "script"|"thread" "thread": messages are accepted at any time
---@field class? string the name of a window class of its own; then it is on no channels
---@field title? string with `class`: the window's title, "copydata"
---@field top_level? boolean with `class`, true: among the top-level windows, hidden
---@field accept? copydata.Accept who may send; senders have to prove who they are
---@field allow_lower_integrity? boolean true: programs that Windows trusts less may send
---@field timeout? number seconds to wait for a verdict or the answer to a request, 5
---@field max_frame? integer bytes sent in one frame, 256 KiB
---@field max_message? integer bytes of one message, 64 MiB
---@field queue_messages? integer messages that may wait, 65,536
---@field queue_bytes? integer bytes that may wait, four times max_message
---@field sender_messages? integer of these one process's; by default its share, half when alone
---@field sender_bytes? integer of these one process's; by default its share, half when alone
---@field transfers? integer messages that may be arriving in pieces, 64
---@field transfer_bytes? integer bytes these may take, four times max_message
---@field transfer_silence? number seconds without a piece until one is given up, 30

--- A hidden window and the channels it is on.
---@class copydata.Endpoint
---@field timeout number seconds to wait where a call does not say otherwise
---@field ignored_answers integer how many answers came too late, twice, or without a request
---@field lost_answers integer how many of ours could not be delivered
local Endpoint = {}

--- A function that waits without holding up others.
---@class copydata.Task
local Task = {}

--- What other code's callbacks say, and tasks wait for.
---@class copydata.Event
local Event = {}

--- Readable when `poll(0)` has something to do, for loops of sockets.
---@class copydata.Socket
local Socket = {}

--- A channel that an endpoint is on.
---@class copydata.Channel
---@field name string as it was joined
local Channel = {}

--- The first instance of a program that is to run once.
---@class copydata.Instance
---@field name string what the program is called
---@field window? integer to be set: the handle of the main window, to come to the foreground
local Instance = {}

--- Makes the default endpoint, with options. To be called before the functions that would make it.
---@param options? copydata.EndpointOptions
---@return true? ok
---@return string? message
---@return copydata.Code? code
function copydata.open(options) end

--- Closes the default endpoint, after what was posted was sent.
function copydata.close() end

--- Makes an endpoint of its own: a second hidden window, with the same functions as methods.
---@param options? copydata.EndpointOptions
---@return copydata.Endpoint? endpoint
---@return string? message
---@return copydata.Code? code
function copydata.new(options) end

--- The channels that exist on this desktop.
---@return copydata.ChannelInfo[] channels
function copydata.channels() end

--- One turn of the loop, for programs with a loop of their own.
---@param seconds? number 0: do not wait
---@return integer? count how many handlers began and tasks went on
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

--- Runs a function as a task: a call that waits suspends it, while everything else goes on.
---@param f function
---@param ... any its arguments
---@return copydata.Task task
function copydata.spawn(f, ...) end

--- Waits for a time.
---@param seconds number 0: lets everybody else go on once
---@return true? ok
---@return string? message
---@return copydata.Code? code
function copydata.sleep(seconds) end

--- Makes an event.
---@return copydata.Event event
function copydata.event() end

--- Sets the handler for errors in handlers, and in tasks nobody waits for.
---@param handler fun(problem: any)|nil
function copydata.on_error(handler) end

--- Waits until a socket of LuaSocket's, or what has getfd() as they do, can be read from.
---@param socket table|userdata
---@param seconds? number
---@return true? ready
---@return string? message
---@return copydata.Code? code
function copydata.readable(socket, seconds) end

--- Waits until a socket of LuaSocket's, or what has getfd() as they do, can be written to.
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
---@param name string 1 to 246 UTF-16 units; compared without case
---@param options? copydata.ChannelOptions
---@return copydata.Channel? channel
---@return string? message
---@return copydata.Code? code
function Endpoint:channel(name, options) end

--- The channels that the endpoint is on, or the one of that name.
---@param name? string
---@return copydata.Channel[]|copydata.Channel|nil channels
function Endpoint:joined(name) end

--- The channels that exist on this desktop.
---@return copydata.ChannelInfo[] channels
function Endpoint.channels() end

--- Who else is on a channel.
---@param name string
---@return copydata.Peer[] peers
function Endpoint:peers(name) end

--- Waits until somebody else is on a channel.
---@param name string
---@param seconds? number
---@return copydata.Peer? peer
---@return string? message
---@return copydata.Code? code
function Endpoint:wait_for_peer(name, seconds) end

--- Sends a value to everybody else on a channel.
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
---@return integer? number by which `flush` names it
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

--- Decides who may send.
---@param accept copydata.Accept|nil
function Endpoint:guard(accept) end

--- The handle of the window; 0 when it was closed from outside.
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

--- Sends a request to everybody else on a channel and waits for each.
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

--- Who publishes an object of a name.
---@param name string
---@return copydata.Peer[] peers
function Endpoint:remotes(name) end

--- Makes this process the first instance of a program, or hands its arguments to the first.
---@param name string 1 to 230 UTF-16 units; compared without case
---@param arguments any
---@param options? { timeout?: number } seconds in all, 30
---@return copydata.Instance|false|nil first false: another one is the first, and has them
---@return any answer of the first one's handler; after nil the message
---@return copydata.Code|string|nil code after nil; after false the message when there is no answer
---@return copydata.Peer|copydata.Code|nil peer after nil: the first one; after false the code
function Endpoint:single_instance(name, arguments, options) end

--- Sets a handler for raw messages, each `WM_COPYDATA` that is not of the protocol; there may be
--- several, by dwData and sender.
---@param handler fun(bytes: string, message: copydata.Message)
---@param options? copydata.RawOptions
---@return copydata.RawHandler handler to be closed
function Endpoint:on_raw(handler, options) end

--- Sets a handler for another window message.
---@param message integer|string its number, or the name of a registered one
---@param handler fun(wparam: integer, lparam: integer)
---@param options? copydata.RawMessageOptions
---@return copydata.RawHandler? handler to be closed
---@return string? why
---@return copydata.Code? code
function Endpoint:on_message(message, handler, options) end

--- Sends what was posted, leaves every channel and destroys the window.
function Endpoint:close() end

--- Sends a value to everybody else on the channel.
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
---@return integer? number by which `flush` names it
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

--- Sends a request to everybody else on the channel and waits for each.
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

--- Who else is on the channel.
---@return copydata.Peer[] peers
function Channel:peers() end

--- Sets the handler for who joins and leaves the channel; those who are there come first.
---@param handler copydata.PeersHandler|nil
---@return copydata.Channel channel
function Channel:on_peers(handler) end

--- Sends a value to everybody else on the channel, and to everybody who joins it later.
---@param value any nil: nothing is kept any more
---@param options? copydata.SendToOptions
---@return integer? count how many accepted it now
---@return copydata.Failure[]|string failures; after nil the message
---@return copydata.Code? code
function Channel:retain(value, options) end

--- Goes through those who join and leave the channel, as they do, until it is closed.
---@return fun(): copydata.Peer, "joined"|"left" iterator
---@return nil
---@return nil
---@return table closing what `for` closes at its end
function Channel:presence() end

--- Waits until somebody else is on the channel.
---@param seconds? number
---@return copydata.Peer? peer
---@return string? message
---@return copydata.Code? code
function Channel:wait_for_peer(seconds) end

--- Takes the next message of the channel, waiting for it.
---@param seconds? number 0: do not wait
---@return copydata.Message? message
---@return string? why
---@return copydata.Code? code
function Channel:receive(seconds) end

--- Goes through the messages of the channel as they come, until it is closed.
---@return fun(): any, copydata.Message iterator
function Channel:messages() end

--- Sets the handler for the channel's messages, one after the other.
---@param handler copydata.Handler|nil
---@return copydata.Channel channel
function Channel:on(handler) end

--- Decides who may send to this channel.
---@param accept copydata.Accept|nil
---@return copydata.Channel channel
function Channel:guard(accept) end

--- Leaves the channel; what still waits on it is dropped.
function Channel:close() end

--- Sets the handler for what later instances hand over, which the loop then calls. The
--- message has also their `directory`.
---@param handler (fun(arguments: any, message: copydata.Message): any, string?, string?)|nil
---@return copydata.Instance instance
function Instance:on(handler) end

--- Makes room for another first instance.
function Instance:close() end

--- Sends a value back, to the sender of a channel's message, on that channel.
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

--- Ends the task, and closes its to-be-closed variables.
function Task:cancel() end

--- Says that it has happened.
---@param ... any values for those who wait
function Event:set(...) end

--- Waits until it has happened.
---@param seconds? number
---@return any ... the values; or nil, message, code
function Event:wait(seconds) end

--- The descriptor, only to be waited for.
---@return integer descriptor -1 when the socket is closed
function Socket:getfd() end

--- Whether `poll(0)` has something to do. To be called before each wait.
---@return boolean
function Socket:dirty() end

--- Takes what made it readable, as copas wants it.
---@return string? bytes
---@return string? why
function Socket:receive() end

--- Without effect, for libraries that set it.
---@return integer
function Socket:settimeout() end

--- Closes the descriptor.
function Socket:close() end

return copydata
