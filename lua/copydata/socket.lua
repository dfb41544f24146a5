-- SPDX-License-Identifier: MIT

--- A socket that is readable when `copydata.poll(0)` has something to do, for programs that wait in
-- another library's loop; made by `copydata.socket`. LuaSocket's `select` and copas accept it like
-- their own. Other loops wait for the descriptor from `getfd()`, and call `dirty()` before each
-- wait.
--
-- @classmod socket
-- @alias Socket
local core = require "copydata.core"
local loop = require "copydata.loop"
local object = require "copydata.object"
local turn = require "copydata.turn"

local Socket = {}
local class -- its metatable

local current -- the open socket, kept until it is closed; or nil

--- The descriptor: an integer, that of a Windows socket. Use it only to wait.
-- @return the descriptor; -1 if the socket is closed
function Socket:getfd()
  return self._beacon and self._beacon:getfd() or -1
end

-- Raises at the line that called the public function, which calls this, if messages could arrive
-- unnoticed.
local function check_endpoints()
  if turn.pumps() then
    error('an endpoint is pumped by the script, so its messages would go unnoticed: make all '
      .. 'with pump = "thread", the default one by copydata.open { pump = "thread" }', 3)
  end
end

--- Whether `poll(0)` has something to do. If so, the descriptor is readable at once; otherwise it
-- becomes readable as soon as there is something. Call it before each wait; LuaSocket's `select`
-- and copas do so themselves. Raises if an endpoint was made meanwhile whose messages would go
-- unnoticed.
-- @return true or false; false if the socket is closed
function Socket:dirty()
  local beacon = self._beacon
  if not beacon then
    return false
  end
  check_endpoints()
  local due = loop.due()
  if due <= core.seconds() or core.look() then
    beacon:light()
    return true
  end
  beacon:watch(due)
  return false
end

--- Reads what made the socket readable, as copas requires; then call `poll`. Does not wait.
-- @return a string; nil, "timeout" if there is nothing; or nil, "closed" if the socket is closed
function Socket:receive()
  if not self._beacon then
    return nil, "closed"
  elseif self._beacon:take() then
    return "\0"
  end
  return nil, "timeout"
end

--- Has no effect: `receive` never waits. For libraries that call it.
-- @return 1, as LuaSocket's does
function Socket.settimeout()
  return 1
end

--- Closes the descriptor. Idempotent, never raises. Also called as `__close`. The socket stays open
-- until it is closed; the collector does not close it.
function Socket:close()
  object.check(self, class, "socket:close()")
  local beacon = self._beacon
  if beacon then
    self._beacon = false
    beacon:close()
  end
  if current == self then
    current = nil
  end
end

class = object.class("copydata.socket", Socket)

function class:__tostring()
  return ("copydata.socket (%s)"):format(self._beacon and "descriptor " .. self:getfd() or "closed")
end

-- For init.lua: see copydata.socket.
local function open()
  check_endpoints()
  if current then
    return current
  end
  local signals = table.pack(core.signals())
  if not signals[1] then
    return table.unpack(signals, 1, signals.n)
  end
  local beacon, message, code = require("copydata.beacon").open(table.unpack(signals))
  if not beacon then
    return nil, message, code
  end
  current = setmetatable({ _beacon = beacon }, class)
  return current
end

return { open = open }
