-- SPDX-License-Identifier: MIT

--- Requests: methods of endpoints. For endpoint.lua.
-- @submodule endpoint
local check = require "copydata.check"

local methods = {}

local REQUEST_OPTIONS =
  { timeout = "number", on_progress = "function", wait = "boolean", to = "any" }
local REQUEST_ALL_OPTIONS = { timeout = "number", on_progress = "function" }

--- Sends a request to one peer on a channel and waits for its answer. Need not be joined.
--
-- Without `to` it goes to the first peer that takes requests there (`channel:serve`); who merely
-- listens turns it away at once. Up to 65,535 may be under way at once.
-- @function request
-- @param name the channel's name
-- @param value anything `copydata.msgpack.encode` takes
-- @param[opt] options `to`: a peer, or its window handle; `timeout`: seconds in all, by default
-- the endpoint's; `wait = true`: while nobody is there who serves, waits for somebody;
-- `on_progress`: as for `send`
-- @return the answer, which may be nil, as the failure then has a third value; or
-- nil, "NAME: message", "NAME". Names: those of `send`, and NO_PEER (nobody is on the channel),
-- REFUSED (nobody takes requests there), REMOTE (the handler failed; a fourth value is a table with
-- its `message` and, where there is one, `name` and `traceback`), TIMEOUT (no answer in time), GONE
-- (the peer left before it answered), BUSY (also: too many requests), MALFORMED (also: the answer
-- cannot be decoded here), CLOSED, QUIT, INTERRUPTED (while waiting).
function methods:request(name, value, options)
  check.member(self)
  check.name(name)
  options = check.timed(options, REQUEST_OPTIONS, self._timeout)
  if options.to ~= nil then
    options.hwnd, options.pid = check.peer(options.to, "option 'to'")
  end
  return self._ask:request(name, value, options)
end

--- Sends a request to every other peer on a channel and waits until each has answered or failed.
-- The time is shared: a peer that does not look for messages is given up in time for the others.
-- @function request_all
-- @param name the channel's name
-- @param value as for `request`
-- @param[opt] options as for `request`, but for `to` and `wait`
-- @return a list of `{ peer =, data = }`, one for each answer
-- @return a list of `{ peer =, code =, message =, details = }` for each of the others: those that
-- take no requests (REFUSED) are among them
function methods:request_all(name, value, options)
  check.member(self)
  check.name(name)
  options = check.timed(options, REQUEST_ALL_OPTIONS, self._timeout)
  return self._ask:request_all(name, value, options)
end

return methods
