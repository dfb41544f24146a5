-- SPDX-License-Identifier: MIT

--- The methods of endpoints that send. For endpoint.lua.
-- @submodule endpoint
local Outbox = require "copydata.outbox"
local check = require "copydata.check"

--- Why a peer did not get a message.
-- @table failure
-- @within Tables
-- @tfield peer peer
-- @tfield string code the name of what happened, such as `"BUSY"`
-- @tfield string message the name and what it means
-- @tfield ?integer post of what was posted: the number that `channel:post` returned
-- @tfield ?string channel of what was posted: the channel's name
-- @tfield ?table details of a REMOTE failure: `{ message =, name =, traceback = }`, as far as told

local sending = {}

local CLOSED = "CLOSED: the endpoint was closed" -- by something that ran meanwhile

--- Sends a value to everybody else on a channel. Need not be joined.
--
-- A peer whose queue is full is asked again until the timeout, while others' messages are accepted
-- here. One that did not answer in time is asked briefly the next time whether it answers again,
-- and fails at once if not.
-- @function send
-- @param name the channel's name
-- @param value anything `copydata.msgpack.encode` takes; what it does not take raises an error
-- @param[opt] options `timeout`: seconds to wait for a verdict, by default the endpoint's; a
-- message that takes several frames has a verdict for each. `on_progress(done, total)`: called
-- after each of these, with bytes.
-- @return how many peers accepted it
-- @return a list with an `endpoint.failure` for each of the others. Codes:
-- GONE (the peer died or left), ABSENT (left the channel), BUSY (its queue is full), REFUSED,
-- MALFORMED, TOO_LARGE (its limit), UNHANDLED, DENIED (Windows forbids it), TIMEOUT (no verdict:
-- outcome unknown), HUNG (it hangs since an earlier timeout: nothing was sent), SYSTEM. When the
-- message is over our own limit, max_message: nil, "TOO_LARGE: message", "TOO_LARGE", and nobody
-- gets it.
function sending:send(name, value, options)
  check.open(self)
  check.name(name)
  return self:_send(name, value, check.sending(options, self.timeout))
end

function sending:_send(name, value, options)
  local outbox = self._outbox
  local frame, size, code = outbox:compose(name, value)
  if not frame then
    return nil, size, code
  end
  self:_send_posted(options.timeout) -- first what was said first
  if not self._window then
    return nil, CLOSED, "CLOSED"
  end
  local count, failures = outbox:broadcast(name, frame, size, options)
  outbox:done(frame)
  return count, Outbox.report(failures)
end

function sending:_send_to(hwnd, pid, name, value, options)
  local outbox = self._outbox
  local reached, why, code = outbox:reaches(hwnd, name, pid)
  if not reached then
    return nil, why, code
  end
  local frame, size
  frame, size, code = outbox:compose(name, value)
  if not frame then
    return nil, size, code
  end
  self:_send_posted(options.timeout)
  if not self._window then
    return nil, CLOSED, "CLOSED"
  end
  local accepted
  accepted, why, code = outbox:deliver_to(hwnd, frame, size, options.timeout, options)
  outbox:done(frame)
  if not accepted then
    return nil, why, code
  end
  return true
end

function sending:_post(name, value)
  return self._postbox:post(name, value, self.timeout)
end

-- Tells the script what became of its posts, if it has said how.
local function tell(self)
  if self._on_failure then
    local _, failures = self._postbox:outcome()
    for _, failure in ipairs(Outbox.report(failures)) do
      self._on_failure(failure)
    end
  end
end

-- Sends what was posted, before something else is sent or waited for.
function sending:_send_posted(timeout)
  if not self._postbox:empty() then
    self._postbox:send(timeout)
    tell(self)
  end
end

function sending:_flush(options)
  self._postbox:send(options.timeout)
  local accepted, failures = self._postbox:outcome()
  return accepted, Outbox.report(failures)
end

--- Sends what was posted.
-- @function flush
-- @param[opt] options `timeout`, as for `send`
-- @return how many deliveries were accepted since the last flush: a message that three peers
-- accepted counts three times
-- @return a list of failures since then, as for `send`, with `channel` and with `post`, the number
-- that `post` returned: one for each message and peer. Those that `on_failure` was told are not
-- among them. At most 10,000 are kept; `more` is how many others there were.
function sending:flush(options)
  check.open(self)
  return self:_flush(check.sending(options, self.timeout))
end

--- Sets the handler for what could not be delivered of what was posted: `handler(failure)`, once
-- for each message and peer, in whichever call sent the frame. An error in it leaves that call.
-- @function on_failure
-- @param handler a function, or nil: failures wait for `flush` from now on
function sending:on_failure(handler)
  check.open(self)
  if handler ~= nil then
    check.handler(handler)
  end
  self._on_failure = handler
end

return sending
