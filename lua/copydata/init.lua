-- SPDX-License-Identifier: MIT

--- Lua programs on one Windows desktop find each other by named channels and exchange tables.
--
-- Most functions here belong to a default endpoint, which the first call makes. Times are seconds,
-- as Lua numbers. A caller's mistake raises an error; a failure of the world returns nil, "NAME:
-- message", "NAME".
--
-- A Lua state has one loop for all its endpoints. The loop receives messages, calls handlers and
-- resumes tasks. A **task** is a function started by `spawn` or `run`; every handler is one too. A
-- call that waits (`receive`, `messages`, `request`, `request_all`, `connect` and calls of remote
-- objects, `send` and `flush` to a busy peer, `wait_for_peer`, `presence`, `raw.request`,
-- `raw.wait`, `sleep`, `event:wait`, `task:wait`, `readable`, `writable`) suspends the task that
-- makes it; outside of tasks it runs the loop until it is done.
--
-- The names of failures, and what they mean:
--
-- - `ABSENT`: the peer is not, or no longer, on the channel, or its window now belongs to another
--   program; for a section: there is none with that name
-- - `BUSY`: the peer's queue was full until the timeout
-- - `CANCELLED`: the waiting task is being cancelled; for `task:wait`: the task it waits for was
--   cancelled
-- - `CLOSED`: the endpoint, channel or window was closed, or the program was asked to close, as
--   `taskkill` without `/F` does
-- - `DENIED`: the peer runs at a higher integrity level than this program, for example as
--   administrator, and its endpoint was made without `allow_lower_integrity`
-- - `ENDING`: the session is ending: four seconds are left to close
-- - `EXISTS`: for a section: its name is taken
-- - `FAILED`: for `task:wait`: the task raised an error
-- - `GONE`: the peer's window is gone, or its process died while it had the message; for a
--   request: the peer died or left before it answered
-- - `HUNG`: the peer has not pumped messages for 5 seconds, or not since an earlier `TIMEOUT`;
--   nothing was sent
-- - `INTERRUPTED`: Ctrl+C was pressed
-- - `MALFORMED`, `UNHANDLED`: the peer does not understand the message; for a request, `MALFORMED`
--   also means that its answer cannot be decoded
-- - `MEMORY`, `SYSTEM`: memory ran out or Windows failed; the message names the call
-- - `NO_PEER`: for a request: there is no other peer on the channel
-- - `QUIT`: the thread got `WM_QUIT`
-- - `REFUSED`: the peer does not accept messages from this program; for a request: no peer serves
--   requests there
-- - `REMOTE`: the peer's handler failed; a fourth value has its `message`, `name` and `traceback`
-- - `TIMEOUT`: time ran out. For a send: there was no verdict; the message may still arrive, and is
--   not sent again. For a request: an answer that arrives later is dropped
-- - `TOO_LARGE`: the message is over this endpoint's limit or the peer's
-- - `UNENCODABLE`, `UNSUPPORTED`: for text in a code page: the code page lacks a character; the
--   system does not know the code page. `UNSUPPORTED` for a section: not all of its memory can be
--   read
-- - `UNPROVEN`: the peer has a guard, and the proof of who is sending did not arrive in time
--
-- @module copydata
require "copydata.needs_lua"
local core = require "copydata.core"

if not core.endpoint then
  error("copydata exchanges window messages and needs Windows (or Wine); "
    .. 'require "copydata.msgpack" works here too')
end

local Directory = require "copydata.outgoing.directory"
local Endpoint = require "copydata.endpoint"
local check = require "copydata.check"
local default = require "copydata.default"
local task = require "copydata.task"
require "copydata.single_instance" -- adds to endpoints

local copydata = {
  --- The module's name and version, such as `"copydata 0.1.0"`.
  _VERSION = "copydata " .. require "copydata.version",
  --- The codec; see `copydata.msgpack`.
  msgpack = require "copydata.msgpack",
  --- Other programs' protocols; see `copydata.raw`.
  raw = require "copydata.raw",
  --- Objects that other programs call; see `copydata.remote`.
  remote = require "copydata.remote",

  -- Described in task.lua
  run = task.run,
  stop = task.stop,
  poll = task.poll,
  spawn = task.spawn,
  sleep = task.sleep,
  event = task.event,
  on_error = task.on_error,
}

--- Makes the default endpoint with options. Call it before any function that would make one.
-- @param[opt] options as for `copydata.new`
-- @return true, or nil, "NAME: message", "NAME": MEMORY, SYSTEM
function copydata.open(options)
  options = check.endpoint(options)
  if default.current() then
    error("the default endpoint is already open: call copydata.open before anything else", 2)
  end
  return default.open(options)
end

--- Sends what was posted and closes the default endpoint. The next function that needs one makes a
-- new one. See `endpoint:close`.
function copydata.close()
  default.close()
end

local function by_default(name)
  return default.method(copydata, name)
end

--- Joins a channel. See `endpoint:channel`.
-- @function channel
-- @param name
-- @param[opt] options
copydata.channel = by_default "channel"

--- The channels that the default endpoint has joined. See `endpoint:joined`.
-- @function joined
-- @param[opt] name
copydata.joined = by_default "joined"

--- Makes this process the first instance of a program, or hands its arguments to the first. See
-- `endpoint:single_instance`.
-- @function single_instance
-- @param name
-- @param arguments
-- @param[opt] options
copydata.single_instance = by_default "single_instance"

--- Sends a value to all other peers on a channel. See `endpoint:send`.
-- @function send
-- @param name
-- @param value
-- @param[opt] options
copydata.send = by_default "send"

--- Queues a value for all other peers on a channel. See `channel:post`.
-- @function post
-- @param name
-- @param value
copydata.post = by_default "post"

--- Sends what was posted. See `endpoint:flush`.
-- @function flush
-- @param[opt] options
copydata.flush = by_default "flush"

--- Sets the handler for posts that fail. See `endpoint:on_failure`.
-- @function on_failure
-- @param handler
copydata.on_failure = by_default "on_failure"

--- Sends a request to one peer on a channel and waits for its answer. See `endpoint:request`.
-- @function request
-- @param name
-- @param value
-- @param[opt] options
copydata.request = by_default "request"

--- Sends a request to all other peers on a channel. See `endpoint:request_all`.
-- @function request_all
-- @param name
-- @param value
-- @param[opt] options
copydata.request_all = by_default "request_all"

--- The handle of the default endpoint's window. See `endpoint:hwnd`.
-- @function hwnd
copydata.hwnd = by_default "hwnd"

--- Decides who may send to the default endpoint. See `endpoint:guard`.
-- @function guard
-- @param accept
copydata.guard = by_default "guard"

--- The other peers on a channel. See `endpoint:peers`.
-- @function peers
-- @param name
copydata.peers = by_default "peers"

--- Waits until there is another peer on a channel. See `endpoint:wait_for_peer`.
-- @function wait_for_peer
-- @param name
-- @param[opt] seconds
copydata.wait_for_peer = by_default "wait_for_peer"

--- The channels that exist on this desktop.
-- @function channels
-- @return a list of `{ name =, peers = }`, sorted by name; `peers` counts the endpoints on the
-- channel, this program's included. Windows keeps one spelling of a name for the whole session: the
-- first.
copydata.channels = Directory.channels

--- Makes a socket that socket loops can wait for: it is readable when `poll(0)` has something to
-- do, such as a message, a task or an expired request. See `socket`.
--
-- Every endpoint then needs a thread of its own, which the default one gets by `copydata.open {
-- pump = "thread" }`: a window without one receives messages only while the script pumps them, and
-- a loop that waits elsewhere does not notice them. Raises if an endpoint has no thread. A Lua
-- state has one such socket: until it is closed, later calls return it again.
-- @return a socket, or nil, "NAME: message", "NAME": SYSTEM
function copydata.socket()
  return require("copydata.socket").open()
end

--- Waits until a socket is readable: there is data, its end, or a connection to `accept`. Suspends
-- the task that calls it; outside of tasks it runs the loop. Uses no processor time while it waits.
--
-- Works with LuaSocket's sockets, and with any object that has a `getfd()` like theirs: a number,
-- the Windows socket, negative once it is closed. If the object also has `dirty()` and has read
-- ahead, it counts as readable. Afterwards `receive` with `settimeout(0)` returns what there is.
-- Several tasks may wait for one socket: all are resumed. The call makes the socket non-blocking
-- for good, as LuaSocket's are anyway, and replaces any Windows event that another library has set
-- for it.
-- @param socket
-- @param[opt] seconds how long to wait; nil: no limit
-- @return true; or nil, "NAME: message", "NAME": TIMEOUT, CLOSED (the socket is closed, perhaps
-- since the wait began), QUIT, INTERRUPTED, CANCELLED, SYSTEM (for example, the object is not a
-- socket)
-- @return how many bytes `receive` can return at once, if Windows says
function copydata.readable(socket, seconds)
  return require("copydata.sockets").readable(socket, seconds)
end

--- Waits until a socket is writable: there is room to send, or a connection begun with
-- `settimeout(0)` has succeeded or failed; `getpeername` tells which. Call it when `send` has sent
-- only a part. See `readable`.
-- @param socket
-- @param[opt] seconds how long to wait; nil: no limit
-- @return as for `readable`
function copydata.writable(socket, seconds)
  return require("copydata.sockets").writable(socket, seconds)
end

--- Makes another endpoint: a hidden window of its own, with the same functions as methods.
--
-- Options:
--
-- - `pump`: "script" (the default): messages are accepted while the script waits or sends.
--   "thread": the window has its own thread, and messages are accepted at any time. Handlers run in
--   the loop either way.
-- - `class`: the name of a window class by which other programs find the window, 1 to 255 UTF-16
--   units; names that begin with `copydata.` are reserved. Such an endpoint joins no channels: see
--   `copydata.raw`. Two more options go with it: `title`, the window's title, by default
--   "copydata"; and `top_level = true`, for programs that search the top-level windows
--   (`EnumWindows`). A top-level window, although hidden, gets broadcasts, and their senders wait
--   until it has handled them.
-- - `accept`: a function that decides who may send, see `endpoint:guard`
-- - `allow_lower_integrity`: true: accepts messages from programs that Windows trusts less than
--   this one, such as ordinary ones when this one is elevated; otherwise Windows rejects their
--   messages, and they get DENIED. All senders must then prove who they are. Check
--   `sender.proven` and `sender.integrity` before doing what they ask, or in `accept`.
-- - `timeout`: seconds to wait for a verdict, and for the answer to a request, 5
-- - `max_frame`: bytes sent in one frame, 256 KiB; longer messages are sent in pieces
-- - `max_message`: bytes of one message's body, sent or received, 64 MiB; at most 4000 MiB
-- - `queue_messages`, `queue_bytes`: how much may wait to be handled, 65,536 messages and four
--   times max_message; beyond that senders get BUSY. Answers to requests do not count: one for
--   each request in progress is accepted, of max_message at most
-- - `sender_messages`, `sender_bytes`: how much of the queue one process may use, however much
--   others use; by default its share of what the others leave: half when it is alone, a third with
--   one other that has some there, and so on. One message is always allowed; by default only if it
--   leaves a quarter of the bytes to others
-- - `transfers`, `transfer_bytes`, `transfer_silence`: how many messages may be arriving in pieces
--   at the same time, 64; how many bytes they may use, four times max_message; after how many
--   seconds without a piece a transfer is dropped, 30. Their number and bytes are shared in the
--   same way
-- @param[opt] options a table of these
-- @return the endpoint, or nil, "NAME: message", "NAME": MEMORY, SYSTEM
function copydata.new(options)
  return Endpoint.new(check.endpoint(options))
end

return setmetatable(copydata, {
  __newindex = function(_, name)
    error(("copydata: field '%s' cannot be set: pass the default endpoint's options to "
      .. "copydata.open"):format(tostring(name)), 2)
  end,
})
