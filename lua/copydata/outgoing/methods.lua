-- SPDX-License-Identifier: MIT

--- Sending: methods of endpoints. For endpoint.lua.
-- @submodule endpoint
local check = require "copydata.check"
local core = require "copydata.core"

local methods = {}

--- Why a peer did not get a message.
-- @table failure
-- @tfield ?peer peer nil if a post could not be sent to any peer
-- @tfield string code the failure's name, such as `"BUSY"`
-- @tfield string message the name and what it means
-- @tfield ?integer post for a post: the number that `channel:post` returned
-- @tfield ?string channel for a post: the channel's name
-- @tfield ?table details for a REMOTE failure: `{ message =, name =, traceback = }`, as far as
-- known

local SEND_OPTIONS = { timeout = "number", on_progress = "function", wait = "boolean" }
local SEND_TO_OPTIONS = { timeout = "number", on_progress = "function" }
local FLUSH_OPTIONS = { timeout = "number" }

--- Sends a value to all other peers on a channel. The endpoint need not have joined it.
--
-- A peer whose queue is full is tried again until the timeout; meanwhile this endpoint accepts
-- messages from others. If a peer once did not answer in time, the next send first probes it
-- briefly, and fails at once unless it answers.
-- @function send
-- @param name the channel's name
-- @param value anything that `copydata.msgpack.encode` accepts; other values raise an error
-- @param[opt] options `timeout`: seconds for the whole call, by default the endpoint's; a peer not
-- tried by then gets 0.2 s more. `on_progress(done, total)`: called with bytes after each frame
-- of a message in several frames. `wait = true`: if there is no other peer on the channel, waits
-- for one.
-- @return how many peers accepted it
-- @return a list with an `endpoint.failure` for each of the others. Codes: GONE (the peer died or
-- left), ABSENT (it left the channel), BUSY (its queue is full), REFUSED, UNPROVEN (it requires
-- proof of who is sending, and the proof did not arrive in time), MALFORMED, TOO_LARGE (over the
-- peer's limit), UNHANDLED, DENIED (Windows forbids it), TIMEOUT (no verdict: the outcome is
-- unknown), HUNG (it does not pump messages: nothing was sent), SYSTEM. If the
-- message is over the endpoint's own limit, max_message: nil, "TOO_LARGE: message", "TOO_LARGE",
-- and no peer gets it. The call fails in the same way with CLOSED, with INTERRUPTED and QUIT while
-- it waits, and with TIMEOUT if `wait` is set.
function methods:send(name, value, options)
  check.member(self)
  check.name(name)
  options = check.timed(options, SEND_OPTIONS, self._timeout)
  if options.wait then
    local peer, why, code =
      self:wait_for_peer(name, math.max(0, options.deadline - core.seconds()))
    if not peer then
      return nil, why, code
    end
  end
  return self._outgoing:send(name, value, options)
end

--- Sends a value to one peer on a channel. See `channel:send_to`.
-- @function send_to
-- @param name the channel's name
-- @param peer
-- @param value
-- @param[opt] options
function methods:send_to(name, peer, value, options)
  check.member(self)
  check.name(name)
  local hwnd, pid = check.peer(peer)
  options = check.timed(options, SEND_TO_OPTIONS, self._timeout)
  return self._outgoing:send_to(name, hwnd, pid, value, options)
end

--- Queues a value for all other peers on a channel. See `channel:post`.
-- @function post
-- @param name the channel's name
-- @param value
function methods:post(name, value, ...)
  check.member(self)
  check.name(name)
  if select("#", ...) > 0 then
    error("post has no options: set the endpoint's timeout, and on_failure", 2)
  end
  return self._outgoing:post(name, value)
end

--- Sends what was posted, and waits until each message was accepted or failed.
-- @function flush
-- @param[opt] options `timeout`: seconds to wait, by default the endpoint's
-- @return how many deliveries were accepted since the last flush: a message accepted by three peers
-- counts three times
-- @return a list of failures since then, as for `send`, with `channel` and with `post`, the number
-- that `post` returned: one for each message and peer. Failures reported to `on_failure` are not
-- included. At most 10,000 are kept; `more` counts the rest.
function methods:flush(options)
  check.open(self)
  options = check.timed(options, FLUSH_OPTIONS, self._timeout)
  return self._outgoing:flush(options)
end

--- Sets the handler for posts that could not be delivered: `handler(failure)`, called once for each
-- message and peer. An error in it is reported to `copydata.on_error`.
-- @function on_failure
-- @param handler a function, or nil: from now on `flush` returns the failures
function methods:on_failure(handler)
  check.open(self)
  if handler ~= nil then
    check.handler(handler)
  end
  self._outgoing.batch.on_failure = handler
end

return methods
