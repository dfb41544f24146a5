-- SPDX-License-Identifier: MIT

--- The methods of endpoints that answer requests. For endpoint.lua.
-- @submodule endpoint
local Message = require "copydata.message"
local Peer = require "copydata.peer"
local check = require "copydata.check"
local failure = require "copydata.failure"
local later = require "copydata.later"

local serving = {}

-- The error that a handler returned: a message and a name, or a table as it travels.
local function returned_error(problem, name)
  if type(problem) == "table" then
    return problem
  end
  return { message = tostring(problem), name = type(name) == "string" and name or nil }
end

-- Sends an answer to the window that asked.
-- @return true, or nil, "NAME: message", "NAME"
local function respond(self, hwnd, msgid, problem, result)
  local outbox = self._outbox
  local frame, size = outbox:respond(msgid, problem, result)
  if not frame then
    frame, size = outbox:respond(msgid, { message = "the answer cannot be sent: " .. size }, nil)
  end
  local failures = {}
  outbox:deliver({ hwnd }, frame, size, { timeout = self.timeout }, failures)
  outbox:done(frame)
  if #failures == 0 then
    return true
  end
  self._lost = self._lost + 1
  return nil, failures[1].message, failures[1].code
end

-- Makes the function that a handler answers with, later.
local function replier(self, hwnd, pid, msgid)
  local answered = false
  return function(value, problem, name)
    if answered then
      error("this request was answered already", 2)
    end
    answered = true
    if not self._window then
      return nil, "CLOSED: the endpoint is closed", "CLOSED"
    elseif Peer.of(hwnd).pid ~= pid then
      self._lost = self._lost + 1
      return nil, "GONE: the window that asked is gone", "GONE"
    elseif value == nil and problem ~= nil then
      return respond(self, hwnd, msgid, returned_error(problem, name), nil)
    end
    return respond(self, hwnd, msgid, nil, value)
  end
end

-- Has a request answered by its channel's handler.
-- @return whether there still is one
function serving:_serve(msgid, id, data, sent, received, hwnd, pid, exe)
  local server = self._servers[id]
  if not server then
    return false
  end
  local message = Message.of(server.channel, data, sent, received, hwnd, pid, exe)
  local ok, reply, problem, name = xpcall(server.call, failure.of, data, message)
  local begin = ok and later.begins(reply)
  if begin then
    ok, reply = xpcall(begin, failure.of, replier(self, hwnd, pid, msgid))
    if ok then
      return true
    end
  end
  if not self._window then
    return true -- the handler closed the endpoint: nobody can be answered
  elseif not ok then
    respond(self, hwnd, msgid, reply, nil)
  elseif reply == nil and problem ~= nil then
    respond(self, hwnd, msgid, returned_error(problem, name), nil)
  else
    respond(self, hwnd, msgid, nil, reply)
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
