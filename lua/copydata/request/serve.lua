-- SPDX-License-Identifier: MIT

--- Answering requests. For endpoint.lua.
local Message = require "copydata.message"
local core = require "copydata.core"
local errors = require "copydata.errors"
local fibers = require "copydata.fibers"
local loop = require "copydata.loop"

local Serve = {}
Serve.__index = Serve

local REASON_MOST = 500 -- bytes of the reason why an answer could not be sent

--- Makes what answers for an endpoint, from its window and its outgoing messages; `timeout()`
-- returns how long the asking peer may be busy.
function Serve.new(window, outgoing, timeout)
  return setmetatable({
    lost = 0, -- answers that could not be delivered
    _window = window, _send = outgoing.sender, _batch = outgoing.batch, _timeout = timeout,
  }, Serve)
end

-- The error that a handler returned, as a table to be sent: from a message and a name, or such a
-- table.
local function returned_error(problem, name)
  if type(problem) == "table" then
    return problem
  end
  return { message = tostring(problem), name = type(name) == "string" and name or nil }
end

-- Sends earlier posts, then an answer to the window that asked.
local function respond(self, hwnd, msgid, problem, result)
  local send = self._send
  local frame, size = send:respond(msgid, problem, result)
  if not frame then
    local why = "the answer cannot be sent: " .. errors.describe(size):sub(1, REASON_MOST)
    frame, size = send:respond(msgid, { message = why }, nil)
  end
  self._batch:start()
  if self._window:is_open() then
    local accepted = send:deliver_to(hwnd, frame, size,
      { deadline = core.seconds() + self._timeout() })
    self.lost = self.lost + (accepted and 0 or 1)
  end
  send:done(frame)
end

--- Calls a channel's handler of requests, and sends what it returns when it returns.
-- @param undecoded why the request could not be decoded, or nil
function Serve:call(channel, handler, msgid, data, sent, received, hwnd, pid, exe, proven,
    undecoded, extras)
  loop.begin()
  if undecoded ~= nil then
    local why = "the request cannot be decoded: " .. errors.describe(undecoded)
    respond(self, hwnd, msgid, { message = why, name = "MALFORMED" }, nil)
    return
  end
  local message =
    Message.of(channel, false, data, sent, received, hwnd, pid, exe, proven, extras)
  local fiber = fibers.current()
  fiber.waited = nil
  local ok, reply, problem, name = xpcall(handler, errors.of, data, message)
  if not self._window:is_open() then
    return -- no answer can be sent any more
  elseif fiber.waited and core.pid(hwnd) ~= pid then -- the asking peer is gone
    self.lost = self.lost + 1
  elseif not ok then
    respond(self, hwnd, msgid, reply, nil)
  elseif reply == nil and problem ~= nil then
    respond(self, hwnd, msgid, returned_error(problem, name), nil)
  else
    respond(self, hwnd, msgid, nil, reply)
  end
end

return Serve
