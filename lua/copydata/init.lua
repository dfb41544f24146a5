-- SPDX-License-Identifier: MIT

--- Lua programs on one Windows desktop find each other by named channels and exchange tables.
--
-- Most of the functions here are those of a default endpoint, which the first of them makes. Times
-- are seconds as Lua numbers. A mistake of the caller raises an error; a failure of the world
-- returns nil, "NAME: message", "NAME".
--
-- There is one loop, for all endpoints of a Lua state. It takes messages, calls handlers and lets
-- tasks go on. A **task** is what `spawn` and `run` start, and every handler. A call that waits
-- (`receive`, `messages`, `request`, `request_all`, `connect` and calls of remote objects, `send`
-- and `flush` to a busy peer, `wait_for_peer`, `presence`, `raw.request`, `raw.wait`, `sleep`,
-- `event:wait`, `task:wait`) suspends the task that makes it; anywhere else it runs the loop until
-- it is over.
--
-- The names of failures, and what they mean:
--
-- - `ABSENT`: the peer is not on the channel (any more), or the window is not that peer's; of a
--   section: there is none of that name
-- - `BUSY`: the peer's queue was full until the timeout
-- - `CANCELLED`: the task that waits is being cancelled; of `task:wait`: the task it waits for was
-- - `CLOSED`: the endpoint, channel or window was closed, or the program is asked to close, as
--   `taskkill` without `/F` does
-- - `DENIED`: the peer runs at a higher integrity level than we, such as an administrator's, and
--   did not make its endpoint with `allow_lower_integrity`
-- - `ENDING`: the session ends: four seconds are left to close
-- - `EXISTS`: of a section: its name is taken
-- - `FAILED`: of `task:wait`: there was an error in the task
-- - `GONE`: the peer's window is gone, or its process died with the message in its hands; of a
--   request: it died or left before it answered
-- - `HUNG`: the peer has not looked for messages for 5 seconds, or not since an earlier `TIMEOUT`;
--   nothing was sent
-- - `INTERRUPTED`: Ctrl+C
-- - `MALFORMED`, `UNHANDLED`: the peer does not understand the message; of a request, `MALFORMED`
--   also: its answer cannot be decoded
-- - `MEMORY`, `SYSTEM`: memory or Windows failed; the message says which call
-- - `NO_PEER`: of a request: nobody else is on the channel
-- - `QUIT`: the thread was sent `WM_QUIT`
-- - `REFUSED`: the peer does not want messages from us; of a request: nobody takes requests
-- - `REMOTE`: the peer's handler failed; a fourth value has its `message`, `name` and `traceback`
-- - `TIMEOUT`: time ran out. Of a send: there was no verdict; the message may still arrive, and is
--   not sent again. Of a request: an answer that comes later is dropped
-- - `TOO_LARGE`: the message is over our limit or the peer's
-- - `UNENCODABLE`, `UNSUPPORTED`: of text in a code page: that does not have a character; the
--   system does not know it. `UNSUPPORTED` of a section: not all of its memory can be read
-- - `UNPROVEN`: the peer has a guard, and its proof of who we are did not come until the timeout
--
-- @module copydata
require "copydata.needs_lua"
local core = require "copydata.core"

if not core.endpoint then
  error("copydata exchanges window messages and so needs Windows (or Wine); "
    .. 'require "copydata.msgpack" works here too')
end

local Directory = require "copydata.outgoing.directory"
local Endpoint = require "copydata.endpoint"
local check = require "copydata.check"
local default = require "copydata.default"
local task = require "copydata.task"
require "copydata.single_instance" -- adds to endpoints

local copydata = {
  --- The name and version of the module, such as `"copydata 0.1.0"`.
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

--- Makes the default endpoint, with options. To be called before the functions that would make it.
-- @param[opt] options as for `copydata.new`
-- @return true, or nil, "NAME: message", "NAME": MEMORY, SYSTEM
function copydata.open(options)
  options = check.endpoint(options)
  if default.current() then
    error("the default endpoint is open already: call copydata.open before anything else", 2)
  end
  return default.open(options)
end

--- Closes the default endpoint, after what was posted was sent. The next function that needs one
-- makes a new one. See `endpoint:close`.
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

--- The channels that the default endpoint is on. See `endpoint:joined`.
-- @function joined
-- @param[opt] name
copydata.joined = by_default "joined"

--- Makes this process the first instance of a program, or hands over to the first. See
-- `endpoint:single_instance`.
-- @function single_instance
-- @param name
-- @param arguments
-- @param[opt] options
copydata.single_instance = by_default "single_instance"

--- Sends a value to everybody else on a channel. See `endpoint:send`.
-- @function send
-- @param name
-- @param value
-- @param[opt] options
copydata.send = by_default "send"

--- Queues a value for everybody else on a channel. See `channel:post`.
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

--- Sends a request to everybody else on a channel. See `endpoint:request_all`.
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

--- Who else is on a channel. See `endpoint:peers`.
-- @function peers
-- @param name
copydata.peers = by_default "peers"

--- Waits until somebody else is on a channel. See `endpoint:wait_for_peer`.
-- @function wait_for_peer
-- @param name
-- @param[opt] seconds
copydata.wait_for_peer = by_default "wait_for_peer"

--- The channels that exist on this desktop, by whichever endpoints.
-- @function channels
-- @return a list of `{ name =, peers = }`, sorted by name; peers: how many endpoints are on it,
-- this program's included. Windows keeps one spelling of a name for the whole session, the first.
copydata.channels = Directory.channels

--- Makes what loops of sockets can wait for: a socket that is readable when `poll(0)` has something
-- to do, be it a message, a task or a request whose time is over. See `socket`.
--
-- Every endpoint needs a thread of its own, the default one by `copydata.open { pump = "thread" }`:
-- a window that the script pumps gets its messages only while the script looks for them, and nobody
-- else notices. Raises when there is one without. There is one socket for the Lua state: until it
-- is closed, later calls return the same.
-- @return a socket, or nil, "NAME: message", "NAME": SYSTEM
function copydata.socket()
  return require("copydata.socket").open()
end

--- Makes an endpoint of its own: a second hidden window, with the same functions as methods.
--
-- Options:
--
-- - `pump`: "script" (the default): messages are accepted while the script waits or sends.
--   "thread": the window has a thread of its own, and they are accepted at any time. Handlers run
--   in the loop either way.
-- - `class`: the name of a window class of its own, by which other programs find the window, 1 to
--   255 UTF-16 units, none that begins with `copydata.`. The endpoint is then on no channels: see
--   `copydata.raw`. With it `title`, the window's title, by default "copydata"; and
--   `top_level = true` for programs that look among the top-level windows (`EnumWindows`). Such a
--   window, hidden too, gets broadcasts, whose senders wait until it has looked at them.
-- - `accept`: a function that decides who may send, see `endpoint:guard`
-- - `allow_lower_integrity`: true: programs that Windows trusts less than this one may send, such
--   as ordinary ones when this one is elevated; otherwise Windows turns them away, and they are
--   told DENIED. All senders have to prove who they are. Look at `sender.proven` and
--   `sender.integrity` before you do what they ask, or in `accept`.
-- - `timeout`: seconds to wait for a verdict, and for the answer to a request, 5
-- - `max_frame`: bytes sent in one frame, 256 KiB; longer messages go in pieces
-- - `max_message`: bytes of one message's body, sent or received, 64 MiB; at most
--   4000 MiB
-- - `queue_messages`, `queue_bytes`: how much may wait to be handled, 65,536 and four times
--   max_message; beyond that senders are told BUSY
-- - `sender_messages`, `sender_bytes`: how much of that one process may take, whatever others have;
--   by default its share: of what others leave, half when it is alone, a third with one other that
--   has some, and so on. One message is always allowed, by default if it leaves a quarter of the
--   bytes to others
-- - `transfers`, `transfer_bytes`, `transfer_silence`: how many messages may be arriving in pieces
--   at the same time, 64; how many bytes they may take, four times max_message; after how many
--   seconds without a piece one is given up, 30. Number and bytes are shared likewise
-- @param[opt] options a table of these
-- @return the endpoint, or nil, "NAME: message", "NAME": MEMORY, SYSTEM
function copydata.new(options)
  return Endpoint.new(check.endpoint(options))
end

return setmetatable(copydata, {
  __newindex = function(_, name)
    error(("copydata has no field '%s' to be set: the default endpoint's options are those of "
      .. "copydata.open"):format(tostring(name)), 2)
  end,
})
