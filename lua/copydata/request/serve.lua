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

-- Sends what a handler returned or raised to the peer that asked.
-- @param fiber the handler's, with what Serve:call has noted there
local function answer(self, fiber, ok, reply, problem, name)
  local hwnd, msgid = fiber.hwnd, fiber.msgid
  if not self._window:is_open() then
    return -- no answer can be sent any more
  elseif fiber.waited and core.pid(hwnd) ~= fiber.pid then -- the asking peer is gone
    self.lost = self.lost + 1
  elseif not ok then
    respond(self, hwnd, msgid, reply, nil)
  elseif reply == nil and problem ~= nil then
    respond(self, hwnd, msgid, returned_error(problem, name), nil)
  else
    respond(self, hwnd, msgid, nil, reply)
  end
end

--- Calls a channel's handler of requests, and sends what it returns when it returns.
-- @param undecoded why the request could not be decoded, or nil
function Serve:call(channel, handler, msgid, data, sent, received, hwnd, pid, exe, proven,
    undecoded, extras)
  loop.begin()
  local fiber = fibers.current()
  fiber.asked, fiber.msgid, fiber.hwnd, fiber.pid, fiber.waited = self, msgid, hwnd, pid, nil
  if undecoded ~= nil then
    local why = "the request cannot be decoded: " .. errors.describe(undecoded)
    answer(self, fiber, false, { message = why, name = "MALFORMED" })
  else
    local message =
      Message.of(channel, false, data, sent, received, hwnd, pid, exe, proven, extras)
    answer(self, fiber, xpcall(handler, errors.of, data, message))
  end
  fiber.asked = nil
end

--- Answers a request whose fiber has ended before it did; called in another.
function Serve:fail(fiber, problem)
  answer(self, fiber, false, errors.untraced(problem))
end

return Serve
