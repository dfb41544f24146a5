-- SPDX-License-Identifier: MIT

--- Requests: methods of endpoints. For endpoint.lua.
-- @submodule endpoint
local check = require "copydata.check"

local methods = {}

local REQUEST_OPTIONS =
  { timeout = "number", on_progress = "function", wait = "boolean", to = "any" }
local REQUEST_ALL_OPTIONS = { timeout = "number", on_progress = "function" }

--- Sends a request to one peer on a channel and waits for its answer. The endpoint need not have
-- joined the channel.
--
-- Without `to`, the request goes to the first peer that serves requests there (`channel:serve`);
-- peers that only listen refuse it at once. Up to 65,535 requests may be in progress at a time.
-- @function request
-- @param name the channel's name
-- @param value anything that `copydata.msgpack.encode` accepts
-- @param[opt] options `to`: a peer or its window handle; `timeout`: seconds for the whole call, by
-- default the endpoint's; `wait = true`: if no peer serves requests there, waits for one, and fails
-- as without `wait` if none does in time; `on_progress`: as for `send`
-- @return the answer, which may be nil: a failure is recognised by its third value; or nil, "NAME:
-- message", "NAME". Names: those of `send`, and NO_PEER (there is no other peer on the channel),
-- REFUSED (no peer serves requests there), REMOTE (the handler failed; a fourth value is a table
-- with its `message` and, if known, `name` and `traceback`), TIMEOUT (no answer in time), GONE (the
-- peer left before it answered), BUSY (also: too many requests), MALFORMED (also: the answer cannot
-- be decoded here), CLOSED, QUIT, INTERRUPTED (while waiting).
function methods:request(name, value, options)
  check.member(self)
  check.name(name)
  options = check.timed(options, REQUEST_OPTIONS, self._timeout)
  if options.to ~= nil then
    options.hwnd, options.pid = check.peer(options.to, "option 'to'")
  end
  return self._ask:request(name, value, options)
end

--- Sends a request to all other peers on a channel and waits until each has answered or failed. The
-- peers share the time: one that does not pump messages is given up early enough to leave time for
-- the others.
-- @function request_all
-- @param name the channel's name
-- @param value as for `request`
-- @param[opt] options as for `request`, without `to` and `wait`
-- @return a list of `{ peer =, data = }`, one for each answer
-- @return a list of `{ peer =, code =, message =, details = }` for each of the others, including
-- peers that do not serve requests (REFUSED)
function methods:request_all(name, value, options)
  check.member(self)
  check.name(name)
  options = check.timed(options, REQUEST_ALL_OPTIONS, self._timeout)
  return self._ask:request_all(name, value, options)
end

return methods
