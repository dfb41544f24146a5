-- SPDX-License-Identifier: MIT

--- What an endpoint sends: at once, or with other messages later. For endpoint.lua and the files of
-- request/ and remote/.
local Batch = require "copydata.outgoing.batch"
local Send = require "copydata.outgoing.send"
local core = require "copydata.core"
local errors = require "copydata.errors"

local Outgoing = {}
Outgoing.__index = Outgoing

--- Makes it for a window of core's. `max_frame`: bytes of a frame; `max_message`: bytes of a
-- message; `timeout()`: how long a peer may be busy, unless a call sets a timeout.
function Outgoing.new(window, max_frame, max_message, timeout)
  local send = Send.new(window, max_frame, max_message)
  return setmetatable({
    sender = send,
    batch = Batch.new(send, timeout),
    directory = send.directory,
    _window = window,
    _timeout = timeout,
  }, Outgoing)
end

--- Sends a value to all other peers on a channel.
-- @param options `deadline`, `on_progress`; `extras`, as for Send:compose
-- @return as endpoint:send
function Outgoing:send(name, value, options)
  local frame, size, code = self.sender:compose(name, value, nil, options.extras)
  if not frame then
    return nil, size, code
  end
  self.batch:start() -- keeps the order of sending
  if not self._window:is_open() then
    return errors.closed()
  end
  local count, failures = self.sender:broadcast(name, frame, size, options)
  self.sender:done(frame)
  return count, Send.report(failures)
end

--- Sends a value to one peer on a channel.
-- @param options as for Outgoing:send
-- @return true, or nil, "NAME: message", "NAME"
function Outgoing:send_to(name, hwnd, pid, value, options)
  local reached, why, code = self.directory:reaches(hwnd, name, pid)
  if not reached then
    return nil, why, code
  end
  local frame, size
  frame, size, code = self.sender:compose(name, value, nil, options.extras)
  if not frame then
    return nil, size, code
  end
  if not options.hurried then
    self.batch:start()
  end
  if not self._window:is_open() then
    return errors.closed()
  end
  local accepted
  accepted, why, code = self.sender:deliver_to(hwnd, frame, size, options)
  self.sender:done(frame)
  return accepted, why, code
end

--- Queues a value for all other peers on a channel.
-- @param[opt] extras as for Send:compose
-- @return its number; or nil, "NAME: message", "NAME"
function Outgoing:post(name, value, extras)
  return self.batch:post(name, value, extras)
end

--- Sends what was posted, and waits for it.
-- @return as endpoint:flush
function Outgoing:flush(options)
  self.batch:flush(options.deadline)
  local accepted, failures = self.batch:outcome()
  return accepted, Send.report(failures)
end

--- Sends what was posted, for the last time; calls `close()`, which closes the window; and reports
-- by `warn` posts that were not delivered and whose failures were not reported.
function Outgoing:close(close)
  local sent, why = pcall(self.batch.close, self.batch, core.seconds() + self._timeout())
  close()
  local _, failures = self.batch:outcome()
  if not sent then
    warn("copydata: posted messages were not sent: ", errors.describe(why))
  elseif #failures > 0 then
    warn(("copydata: %d posted messages were not delivered, for example one on %q: %s"):format(
      #failures + (failures.more or 0), failures[1].channel, failures[1].message))
  end
end

return Outgoing
