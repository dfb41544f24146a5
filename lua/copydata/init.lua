-- SPDX-License-Identifier: MIT

--- Lua programs on one Windows desktop find each other by named channels and exchange tables.
--
-- The functions here are those of a default endpoint, which the first of them makes. Times are
-- seconds as Lua numbers. A mistake of the caller raises an error; a failure of the world returns
-- nil, "NAME: message", "NAME".
--
-- @module copydata
local core = require "copydata.core"

if not core.endpoint then
  error("copydata exchanges window messages and so needs Windows (or Wine); "
    .. 'require "copydata.msgpack" works here too')
end

local Endpoint = require "copydata.endpoint"
local check = require "copydata.check"

local copydata = {
  --- The name and version of the module, such as `"copydata 0.1.0"`.
  _VERSION = "copydata " .. require "copydata.version",
  --- The codec; see `copydata.msgpack`.
  msgpack = require "copydata.msgpack",
  --- Other programs' protocols; see `copydata.raw`.
  raw = require "copydata.raw",
  --- Objects that other programs call; see `copydata.remote`.
  remote = require "copydata.remote",
}

local default

--- Makes the default endpoint, with options. To be called before the functions that would make it.
-- @param[opt] options as for `copydata.new`
-- @return true, or nil, "NAME: message", "NAME": MEMORY, SYSTEM
function copydata.open(options)
  options = check.endpoint(options)
  if default then
    error("the default endpoint is open already: call copydata.open before anything else", 2)
  end
  local message, name
  default, message, name = Endpoint.new(options)
  if not default then
    return nil, message, name
  end
  return true
end

-- A function that calls this method of the default endpoint. In a tail call, so that errors point
-- at the script.
local function by_default(method)
  return function(...)
    if (...) == copydata and method ~= "hwnd" then -- which takes nothing, so a colon does no harm
      error(("call it with a dot, not a colon: copydata.%s(...)"):format(method), 2)
    end
    if not default then
      local endpoint, message, name = Endpoint.new {}
      if not endpoint then
        return nil, message, name
      end
      default = endpoint
    end
    return default[method](default, ...)
  end
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

--- Runs a function in a coroutine, in which requests suspend instead of blocking. See
-- `endpoint:spawn`.
-- @function spawn
-- @param f
-- @param ...
copydata.spawn = by_default "spawn"

--- For a handler of requests that does not know the answer yet:
-- `return copydata.later(function(reply) … end)`. The function is called at once with `reply`, to
-- be kept and called, once, when the answer is known:
--
-- - `reply(value)` answers;
-- - `reply(nil, message [, name])` answers with an error.
--
-- It returns true, or nil, "NAME: message", "NAME", as `channel:send_to` does; CLOSED when the
-- endpoint was closed meanwhile.
-- @function later
-- @param begin a function
-- @return what the handler is to return
copydata.later = require("copydata.later").later

--- Counts of what was dropped. See `endpoint:statistics`.
-- @function statistics
copydata.statistics = by_default "statistics"

--- The handle of the default endpoint's window. See `endpoint:hwnd`.
-- @function hwnd
copydata.hwnd = by_default "hwnd"

--- Sends what was posted. See `endpoint:flush`.
-- @function flush
-- @param[opt] options
copydata.flush = by_default "flush"

--- Sets the handler for posts that fail. See `endpoint:on_failure`.
-- @function on_failure
-- @param handler
copydata.on_failure = by_default "on_failure"

--- Decides who may send to the default endpoint. See `endpoint:guard`.
-- @function guard
-- @param accept
copydata.guard = by_default "guard"

--- Who else is on a channel. See `endpoint:peers`.
-- @function peers
-- @param name
copydata.peers = by_default "peers"

--- Pumps messages and runs handlers. See `endpoint:poll`.
-- @function poll
-- @param[opt] seconds
copydata.poll = by_default "poll"

--- Polls until stopped. See `endpoint:run`.
-- @function run
copydata.run = by_default "run"

--- Ends `run`. See `endpoint:stop`.
-- @function stop
copydata.stop = by_default "stop"

-- Described in raw.lua
copydata.raw.on = by_default "on_raw"

-- Described in remote.lua
copydata.remote.publish = by_default "publish"
copydata.remote.connect = by_default "connect"
copydata.remote.list = by_default "remotes"

--- The channels that exist on this desktop. See `endpoint:channels`.
function copydata.channels()
  return Endpoint.channels()
end

--- Makes an endpoint of its own: a second hidden window, with the same functions as methods. Each
-- endpoint is polled by itself; polling one pumps for all, so the others' messages are accepted
-- and wait.
--
-- Options:
--
-- - `pump`: "script" (the default): messages are accepted while the script polls, receives or
--   sends. "thread": the window has a thread of its own, and they are accepted at any time.
--   Handlers run in `poll` either way.
-- - `accept`: a function that decides who may send, see `endpoint:guard`
-- - `allow_lower_integrity`: true: programs that Windows trusts less than this one may send, such
--   as ordinary ones when this one is elevated; otherwise Windows turns them away, and they are
--   told DENIED. Look at `sender.integrity` before you do what they ask, or in `accept`.
-- - `timeout`: seconds to wait for a verdict, and for the answer to a request, 5
-- - `serve_while_waiting`: whether requests to us are served while one of ours waits, true
-- - `max_frame`: bytes sent in one frame, 256 KiB; longer messages go in pieces
-- - `max_message`: bytes of one message's body, sent or received, 64 MiB; at most
--   4000 MiB
-- - `queue_messages`, `queue_bytes`: how much may wait to be handled, 65,536 and twice max_message;
--   beyond that senders are told BUSY
-- - `sender_messages`, `sender_bytes`: how much of that one process may take, half; one message is
--   always allowed
-- - `transfers`, `transfer_bytes`, `transfer_silence`: how many messages may be arriving in pieces
--   at the same time, 64; how many bytes they may take, twice max_message; after how many seconds
--   without a piece one is given up, 30. Of number and bytes one process gets half; one message is
--   always allowed
-- @param[opt] options a table of these
-- @return the endpoint, or nil, "NAME: message", "NAME": MEMORY, SYSTEM
function copydata.new(options)
  return Endpoint.new(check.endpoint(options))
end

return copydata
