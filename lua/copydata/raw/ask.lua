-- SPDX-License-Identifier: MIT

--- Requests to other programs: a `WM_COPYDATA`, and the one that replies to it. For init.lua.
local Address = require "copydata.raw.address"
local Line = require "copydata.raw.line"
local Message = require "copydata.message"
local checks = require "copydata.check"
local contains = require "copydata.contains"
local core = require "copydata.core"
local errors = require "copydata.errors"
local fibers = require "copydata.fibers"
local loop = require "copydata.loop"

local ask = {}

local LOOK = 0.25 -- seconds between checks that the program still exists

-- A request is a wait (fibers.lua). When it is over, it has `reply` and `message`, or `problem`, an
-- error in the script's function, or `lost`: the window for the reply is gone.
local Request = {}
Request.__index = Request

-- `host`: an Address or a Line, whose window gets the reply.
function Request.new(host, hwnd, pid, options)
  local request = setmetatable({
    host = host, hwnd = hwnd, pid = pid, tags = options.tags, chooses = options.accepts, ids = {},
    sent = false,
  }, Request)
  for i, tag in ipairs(options.tags or { false }) do
    local id = host.window:take(options.result, tag or nil, nil, pid, true)
    request.ids[i] = id
    host:set_taker(id, request)
  end
  return request
end

--- Stops taking messages for the request.
-- @return the messages that wait
function Request:unhook()
  local window, waiting = self.host.window, {}
  for i, id in ipairs(self.ids) do
    self.ids[i] = nil
    self.host:set_taker(id, nil)
    if window:is_open() then
      repeat
        local more, bytes, tag, received, hwnd, pid, exe = window:next(id)
        waiting[#waiting + 1] = more and Message.of_raw(bytes, tag, received, hwnd, pid, exe) or nil
      until not more
      window:drop(id)
    end
  end
  return waiting
end

--- Whether a message is its reply, unless it is already over.
function Request:accepts(bytes, message)
  if self.done then
    return false
  elseif not self.chooses then
    return not self.tags or contains(self.tags, message.tag)
  end
  local ok, accepted = xpcall(self.chooses, errors.traced, bytes, message)
  if not ok and not self.done then
    self.problem = accepted
    fibers.finish(self)
  end
  return ok and accepted and not self.done
end

--- The reply has come.
function Request:answer(bytes, message)
  self.reply, self.message = bytes, message
  fibers.finish(self)
end

-- A message that the loop has taken; see intake.lua.
function Request:take(bytes, tag, received, hwnd, pid, exe)
  core.heard(hwnd)
  local message = Message.of_raw(bytes, tag, received, hwnd, pid, exe)
  self.host:offer(self.pid, bytes, message)
end

-- The window for the reply is gone.
function Request:lose()
  self.lost = true
  fibers.finish(self)
end

function Request:__close()
  self.host:release(self, self.sent and not self.reply)
end

-- Whether the asked program is gone. Its last message may be on its way, so when it is first found
-- missing, it has until the next look.
local function is_gone(request, pid)
  local missed = request.missed
  request.missed = core.process_of(request.hwnd) ~= pid
  return missed and request.missed
end

-- Waits for the reply.
-- @return nothing when the request is over; otherwise "NAME: message", "NAME"
local function await(request, pid, result, deadline)
  while not request.done do
    local why, code = loop.await(request, math.min(deadline, core.seconds() + LOOK))
    if request.done then
      return
    elseif code then
      return why, code
    elseif core.seconds() >= deadline then
      return ("TIMEOUT: no reply in time; the message was answered %d"):format(result), "TIMEOUT"
    elseif is_gone(request, pid) then
      return "GONE: the program left before it replied", "GONE"
    end
  end
end

-- Sends the request. A reply may have arrived even if sending failed: from a program that then hung
-- or died.
-- @return nothing when the request is over; otherwise "NAME: message", "NAME"
local function send(request, pid, tag, bytes, deadline)
  local host, hwnd = request.host, request.hwnd
  request.sent = true
  local result, why, code =
    core.deliver(hwnd, tag, bytes, math.max(0, deadline - core.seconds()), host.window:hwnd())
  if result then
    return await(request, pid, result, deadline)
  end
  request.unsure = code == "TIMEOUT"
  request.sent = request.unsure
  local other, other_code = loop.await(request, core.seconds()) -- takes what is there
  if not request.done then
    return other or why, other_code or code
  end
end

--- Asks a window. The arguments are already checked, see raw.request, which calls this in a tail
-- call.
function ask.request(hwnd, tag, bytes, options)
  local deadline = core.seconds() + options.timeout
  local pid = core.process_of(hwnd)
  if not pid then
    return nil, "GONE: the window is gone", "GONE"
  end
  local host, why, code
  if options.sender then
    host, why, code = options.sender:part(Line.new)
  else
    host, why, code = Address.new()
  end
  if not host then
    return nil, why, code
  end
  local first
  first, why, code = host:turn(pid, deadline)
  if not first then
    return nil, why, code
  end
  local request <close> = Request.new(host, hwnd, pid, options)
  why, code = host:begin(request, deadline)
  if code then
    return nil, why, code
  end
  if type(bytes) == "function" then
    bytes = bytes(host.window:hwnd())
    if type(bytes) ~= "string" then
      checks.fail("bytes: expected a string from the function, got %s", type(bytes))
    end
  end
  why, code = send(request, pid, tag, bytes, deadline)
  if code then
    return nil, why, code
  elseif request.problem then
    error(request.problem, 0)
  elseif request.lost then
    return errors.closed()
  end
  return request.reply, request.message
end

return ask
