-- SPDX-License-Identifier: MIT

--- Sending: methods of endpoints. For endpoint.lua.
-- @submodule endpoint
local check = require "copydata.check"
local core = require "copydata.core"

local methods = {}

--- Why a peer did not get a message.
-- @table failure
-- @tfield ?peer peer nil when what was posted could not be sent to anybody
-- @tfield string code the name of what happened, such as `"BUSY"`
-- @tfield string message the name and what it means
-- @tfield ?integer post of what was posted: the number that `channel:post` returned
-- @tfield ?string channel of what was posted: the channel's name
-- @tfield ?table details of a REMOTE failure: `{ message =, name =, traceback = }`, as far as told

local SEND_OPTIONS = { timeout = "number", on_progress = "function", wait = "boolean" }
local SEND_TO_OPTIONS = { timeout = "number", on_progress = "function" }
local FLUSH_OPTIONS = { timeout = "number" }

--- Sends a value to everybody else on a channel. Need not be joined.
--
-- A peer whose queue is full is asked again until the timeout, while others' messages are accepted
-- here. One that did not answer in time is asked briefly the next time whether it answers again,
-- and fails at once if not.
-- @function send
-- @param name the channel's name
-- @param value anything `copydata.msgpack.encode` takes; what it does not take raises an error
-- @param[opt] options `timeout`: seconds for all of it, by default the endpoint's; a peer that has
-- not been tried by then gets one short try. `on_progress(done, total)`: called after each frame of
-- several, with bytes. `wait = true`: when nobody is on the channel, waits for somebody.
-- @return how many peers accepted it
-- @return a list with an `endpoint.failure` for each of the others. Codes:
-- GONE (the peer died or left), ABSENT (left the channel), BUSY (its queue is full), REFUSED,
-- UNPROVEN (it wants proof of who sends, and posted none until the timeout), MALFORMED, TOO_LARGE
-- (its limit), UNHANDLED, DENIED (Windows forbids it), TIMEOUT (no verdict: outcome unknown), HUNG
-- (it hangs since an earlier timeout: nothing was sent), SYSTEM. When the message is over our own
-- limit, max_message: nil, "TOO_LARGE: message", "TOO_LARGE", and nobody gets it; likewise CLOSED,
-- INTERRUPTED, QUIT while it waits, and with `wait` TIMEOUT.
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

--- Queues a value for everybody else on a channel. See `channel:post`.
-- @function post
-- @param name the channel's name
-- @param value
function methods:post(name, value, ...)
  check.member(self)
  check.name(name)
  if select("#", ...) > 0 then
    error("post takes no options: set the endpoint's timeout, and on_failure", 2)
  end
  return self._outgoing:post(name, value)
end

--- Sends what was posted, and waits until all of it was accepted or failed.
-- @function flush
-- @param[opt] options `timeout`: seconds to wait, by default the endpoint's
-- @return how many deliveries were accepted since the last flush: a message that three peers
-- accepted counts three times
-- @return a list of failures since then, as for `send`, with `channel` and with `post`, the number
-- that `post` returned: one for each message and peer. Those that `on_failure` was told are not
-- among them. At most 10,000 are kept; `more` is how many others there were.
function methods:flush(options)
  check.open(self)
  options = check.timed(options, FLUSH_OPTIONS, self._timeout)
  return self._outgoing:flush(options)
end

--- Sets the handler for what could not be delivered of what was posted: `handler(failure)`, once
-- for each message and peer. An error in it goes to `copydata.on_error`.
-- @function on_failure
-- @param handler a function, or nil: failures wait for `flush` from now on
function methods:on_failure(handler)
  check.open(self)
  if handler ~= nil then
    check.handler(handler)
  end
  self._outgoing.batch.on_failure = handler
end

return methods
