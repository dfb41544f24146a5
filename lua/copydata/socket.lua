-- SPDX-License-Identifier: MIT

--- A socket that is readable when `copydata.poll(0)` has something to do, for programs in whose
-- loop another library waits; made by `copydata.socket`. LuaSocket's `select` and copas take it as
-- one of theirs. Loops that wait for a descriptor wait for `getfd()`, and call `dirty()` each time
-- before.
--
-- @classmod socket
-- @alias Socket
local core = require "copydata.core"
local loop = require "copydata.loop"
local object = require "copydata.object"
local turn = require "copydata.turn"

local Socket = {}
local class -- its metatable

local current -- the one that is open, which stays until it is closed; or nil

--- The descriptor: an integer, that of a socket of Windows. Only to be waited for.
-- @return it; -1 when the socket is closed
function Socket:getfd()
  return self._beacon and self._beacon:getfd() or -1
end

-- Raises at the caller of the public function, which calls this, when messages may come unnoticed.
local function check_endpoints()
  if turn.pumps() then
    error('an endpoint is pumped by the script, so that nobody notices its messages: make all of '
      .. 'them with pump = "thread", the default one by copydata.open { pump = "thread" }', 3)
  end
end

--- Whether `poll(0)` has something to do. If not, the descriptor is readable from now on as soon as
-- it has; otherwise at once. To be called before each wait; LuaSocket's `select` does so by itself,
-- and so does copas. Raises when an endpoint was made meanwhile whose messages would not be
-- noticed.
-- @return true or false; false when the socket is closed
function Socket:dirty()
  local beacon = self._beacon
  if not beacon then
    return false
  end
  check_endpoints()
  local due, now = loop.due(), core.seconds()
  if due <= now or core.look() then
    beacon:light()
    return true
  end
  beacon:watch(due == math.huge and -1 or due - now)
  return false
end

--- Takes what made it readable, as copas wants it; `poll` comes afterwards. Does not wait.
-- @return a string, or nil, "timeout" when there is nothing, nil, "closed" when the socket is
-- closed
function Socket:receive()
  if not self._beacon then
    return nil, "closed"
  elseif self._beacon:take() then
    return "\0"
  end
  return nil, "timeout"
end

--- Without effect: `receive` never waits. For libraries that set it.
-- @return 1, as LuaSocket's does
function Socket.settimeout()
  return 1
end

--- Closes the descriptor. Idempotent, never raises. The same as `__close`. Until then it stays,
-- whatever the collector does.
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
  local signal, sockets, code = core.signals() -- or nil, message, code
  if not signal then
    return nil, sockets, code
  end
  local beacon, message
  beacon, message, code = require("copydata.beacon").open(signal, sockets)
  if not beacon then
    return nil, message, code
  end
  current = setmetatable({ _beacon = beacon }, class)
  return current
end

return { open = open }
