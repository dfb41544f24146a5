-- SPDX-License-Identifier: MIT

--- Questions to other programs: a `WM_COPYDATA`, and the one that replies to it. For init.lua.
local Address = require "copydata.raw.address"
local Line = require "copydata.raw.line"
local Message = require "copydata.message"
local core = require "copydata.core"
local default = require "copydata.default"
local errors = require "copydata.errors"
local fibers = require "copydata.fibers"
local loop = require "copydata.loop"

local ask = {}

local LOOK = 0.25 -- seconds between looks whether the program is still there

-- A request is a wait (fibers.lua). When it is over it has `reply` and `message`, or `problem`, an
-- error of the script's function, or `lost`: the window for the reply is gone.
local Request = {}
Request.__index = Request

-- `host`: an Address or a Line, whose window the reply comes to.
function Request.new(host, hwnd, pid, options)
  local request = setmetatable({
    host = host, hwnd = hwnd, accepts = options.accepts, ids = {}, sent = false,
  }, Request)
  local tags = options.tags or { false }
  for i, tag in ipairs(tags) do
    request.ids[i] = host.window:take(options.result, tag or nil, nil, pid, true)
    host:set_taker(request.ids[i], request)
  end
  return request
end

-- No more of its messages are taken.
function Request:unhook()
  for i, id in ipairs(self.ids) do
    self.ids[i] = nil
    self.host:set_taker(id, nil)
    if self.host.window:is_open() then
      self.host.window:drop(id)
    end
  end
end

local function judge(self, bytes, message)
  local ok, accepted = xpcall(self.accepts, errors.traced, bytes, message)
  if self.done then
    return
  elseif not ok then
    self.problem = accepted
    fibers.finish(self)
  elseif accepted then
    self:answer(bytes, message)
  end
end

-- The reply has come.
function Request:answer(bytes, message)
  if self.given_up then
    self.host:drop(self)
  elseif not self.done then
    self.reply, self.message = bytes, message
    fibers.finish(self)
  end
end

-- A message that the loop has taken; see intake.lua.
function Request:take(enter, bytes, tag, received, hwnd, pid, exe)
  local message = Message.of_raw(bytes, tag, received, hwnd, pid, exe)
  if self.accepts then
    enter(judge, self, bytes, message)
  else
    self:answer(bytes, message)
  end
end

-- The window for the reply is gone.
function Request:lose()
  self.lost = true
  fibers.finish(self)
end

function Request:__close()
  self.host:release(self, self.sent and not self.reply)
end

-- Whose window the reply comes to.
local function host_of(sender)
  if not sender then
    return Address.new()
  elseif rawget(sender, "_window") then
    return sender:part(Line.new)
  end
  return default.current():part(Line.new)
end

-- Whether the program that was asked is no more. Its last words may be on their way here: so one
-- that is missed for the first time has until the next look.
local function is_gone(request, pid)
  local missed = request.missed
  request.missed = select(2, core.describe(request.hwnd)) ~= pid
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

-- Sends the question. A reply may have come although it failed: that of a program which then hung,
-- or died.
-- @return nothing when the request is over; otherwise "NAME: message", "NAME"
local function send(request, pid, tag, bytes, deadline)
  local host, hwnd = request.host, request.hwnd
  if host.begin then
    host:begin(request, math.max(0, deadline - core.seconds()))
  end
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

--- Asks a window; the arguments have been checked, see raw.request.
-- @param level at which a mistake of the caller's is raised, as for error
function ask.request(hwnd, tag, bytes, options, level)
  local deadline = core.seconds() + options.timeout
  local _, pid = core.describe(hwnd)
  if not pid then
    return nil, "GONE: the window is gone", "GONE"
  end
  local host, why, code = host_of(options.sender)
  if not host then
    return nil, why, code
  end
  local request <close> = Request.new(host, hwnd, pid, options)
  if type(bytes) == "function" then
    bytes = bytes(host.window:hwnd())
    if type(bytes) ~= "string" then
      error(("bytes: the function returned no string, but %s"):format(type(bytes)), level + 1)
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
