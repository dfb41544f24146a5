-- SPDX-License-Identifier: MIT

--- Handlers of what other programs send to an endpoint: `WM_COPYDATA` of other protocols, and other
-- messages. For init.lua.
local Message = require "copydata.message"
local core = require "copydata.core"
local loop = require "copydata.loop"
local object = require "copydata.object"

-- One handler's messages, for the loop: they wait while it does.
local Taker = {}
Taker.__index = Taker

function Taker:pause()
  if self.window:is_open() then
    self.window:handle(self.id, false)
  end
end

function Taker:unpause()
  if self.window:is_open() then
    self.window:handle(self.id, true)
  end
end

-- A message that the loop has taken; see intake.lua.
function Taker:take(data, tag, received, hwnd, pid, exe)
  core.heard(hwnd)
  if self.number then
    local wparam, lparam = string.unpack("=i8i8", data)
    loop.enter(loop.handle, self, self.handler, wparam, lparam)
  else
    loop.enter(loop.handle, self, self.handler, data,
      Message.of_raw(data, tag, received, hwnd, pid, exe))
  end
end

local Handler = {}
local class -- its metatable

function Handler:close()
  object.check(self, class, "handler:close()")
  local taker = self._taker
  if taker then
    self._taker = false
    loop.release(self)
    self._list:remove(taker)
  end
end

class = object.class("copydata.raw.handler", Handler)

function class:__tostring()
  return ("copydata.raw.handler (%s)"):format(self._taker and "open" or "closed")
end

-- The handlers of an endpoint: a part of it.
local Handlers = {}
Handlers.__index = Handlers

function Handlers.new(endpoint)
  return setmetatable({ endpoint = endpoint, window = endpoint._window, open = {} }, Handlers)
end

-- Adds a taker for messages that core takes under an id.
-- @return what closes it
function Handlers:_add(id, taker)
  taker.id, taker.window = id, self.window
  local handler = setmetatable({ _taker = setmetatable(taker, Taker), _list = self }, class)
  self.open[taker] = handler
  self.endpoint:_take_raw(id, taker)
  loop.keep(handler)
  return handler
end

function Handlers:remove(taker)
  self.open[taker] = nil
  self.endpoint:_take_raw(taker.id, nil)
  if self.window:is_open() then
    self.window:drop(taker.id)
  end
end

--- Whether there is one for the same messages.
function Handlers:has(tag, hwnd, number)
  for taker in pairs(self.open) do
    if taker.tag == tag and taker.hwnd == hwnd and taker.number == number then
      return true
    end
  end
  return false
end

--- Adds one for `WM_COPYDATA`. `tag`, `hwnd`: only messages with these, or nil.
function Handlers:add(handler, result, tag, hwnd)
  local id = self.window:take(result, tag, hwnd)
  return self:_add(id, { handler = handler, tag = tag, hwnd = hwnd })
end

--- Adds one for a message by its number.
function Handlers:add_message(handler, result, number)
  local id = self.window:take_message(result, number)
  return self:_add(id, { handler = handler, number = number })
end

--- The endpoint is closed.
function Handlers:close()
  local open = {}
  for _, handler in pairs(self.open) do
    open[#open + 1] = handler
  end
  for _, handler in ipairs(open) do
    handler:close()
  end
end

return Handlers
