-- SPDX-License-Identifier: MIT

--- The methods of endpoints that answer requests. For endpoint.lua.
-- @submodule endpoint
local Message = require "copydata.message"
local Peer = require "copydata.peer"
local check = require "copydata.check"
local failure = require "copydata.failure"
local later = require "copydata.later"

local serving = {}

local CLOSED = "CLOSED: the endpoint is closed"
local ANSWER = {} -- the options of sending one
local REASON_MOST = 500 -- bytes of a reason that an answer could not be sent

-- The error that a handler returned: a message and a name, or a table as it travels.
local function returned_error(problem, name)
  if type(problem) == "table" then
    return problem
  end
  return { message = tostring(problem), name = type(name) == "string" and name or nil }
end

-- Sends an answer to the window that asked, and before it what was posted.
-- @return true, or nil, "NAME: message", "NAME"
local function respond(self, hwnd, msgid, problem, result)
  local outbox = self._outbox
  local frame, size = outbox:respond(msgid, problem, result)
  if not frame then
    local why = "the answer cannot be sent: " .. failure.describe(size):sub(1, REASON_MOST)
    frame, size = outbox:respond(msgid, { message = why }, nil)
  end
  local told, trouble = pcall(self._send_posted, self, self.timeout)
  if not self._window then -- closed by a finalizer, or by the handler of posts that failed
    return nil, CLOSED, "CLOSED"
  end
  local accepted, why, code = outbox:deliver_to(hwnd, frame, size, self.timeout, ANSWER)
  outbox:done(frame)
  if not accepted then
    self._lost = self._lost + 1
  end
  if not told then -- that handler's error; who asked is not to wait for it
    error(trouble, 0)
  elseif not accepted then
    return nil, why, code
  end
  return true
end

-- Sends what a handler says: a value, or nil and what is wrong.
local function respond_with(self, hwnd, msgid, value, problem, name)
  if value == nil and problem ~= nil then
    return respond(self, hwnd, msgid, returned_error(problem, name), nil)
  end
  return respond(self, hwnd, msgid, nil, value)
end

-- Makes the function that a handler answers with, later; and one that takes the turn away from it,
-- and returns whether it was still to come.
local function replier(self, hwnd, pid, msgid)
  local answered = false
  local function forgo()
    local was = answered
    answered = true
    return not was
  end
  return function(value, problem, name)
    if answered then
      error("this request was answered already", 2)
    end
    answered = true
    if not self._window then
      return nil, CLOSED, "CLOSED"
    elseif Peer.of(hwnd).pid ~= pid then
      self._lost = self._lost + 1
      return nil, "GONE: the window that asked is gone", "GONE"
    end
    return respond_with(self, hwnd, msgid, value, problem, name)
  end, forgo
end

-- Has a request answered by its channel's handler; `undecoded`: what kept it from being decoded.
-- @return whether there still is one
function serving:_serve(msgid, id, data, sent, received, hwnd, pid, exe, undecoded)
  local server = self._servers[id]
  if not server then
    return false
  elseif undecoded ~= nil then
    local why = "the request cannot be decoded: " .. failure.describe(undecoded)
    respond(self, hwnd, msgid, { message = why, name = "MALFORMED" }, nil)
    return true
  end
  local message = Message.of(server.channel, data, sent, received, hwnd, pid, exe)
  local ok, reply, problem, name = xpcall(server.call, failure.of, data, message)
  local begin = ok and later.begins(reply)
  if begin then
    local answer, forgo = replier(self, hwnd, pid, msgid)
    ok, reply = xpcall(begin, failure.of, answer)
    if ok then
      return true
    elseif not forgo() then
      warn("copydata: in a handler that had answered: ", failure.describe(reply))
      return true
    end
  end
  if not self._window then
    return true -- the handler closed the endpoint: nobody can be answered
  elseif not ok then
    respond(self, hwnd, msgid, reply, nil)
  else
    respond_with(self, hwnd, msgid, reply, problem, name)
  end
  return true
end

function serving:_serve_channel(channel, handler)
  self._servers[channel._id] = handler and { channel = channel, call = handler }
  self._window:serve(channel._id, handler ~= nil)
end

--- Counts of what was dropped, since the endpoint was made.
-- @function statistics
-- @return `{ ignored_answers =, lost_answers = }`: answers that came too late, twice, from another
-- window than the one asked or without a request; answers of ours that could not be delivered
function serving:statistics()
  return { ignored_answers = check.open(self):ignored() + self._late, lost_answers = self._lost }
end

return serving
