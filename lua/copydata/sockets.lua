-- SPDX-License-Identifier: MIT

--- Waiting for other libraries' sockets, such as LuaSocket's. For init.lua, which describes the
-- public functions.
--
-- Once a call has waited for a socket, Windows sets an event of the loop's wait when the socket may
-- have become ready. There are some such events: the sockets of one are then asked.
local core = require "copydata.core"
local check = require "copydata.check"
local errors = require "copydata.errors"
local fibers = require "copydata.fibers"
local loop = require "copydata.loop"
local remove = require "copydata.remove"
local turn = require "copydata.turn"

local sockets = {}

local waits = {} -- those in progress, in the order in which they began

-- The descriptor of a socket; nil when it is closed.
local function descriptor(socket)
  local fd = math.tointeger(socket:getfd())
  return fd and fd >= 0 and fd or nil
end

-- Whether a wait's socket is still the same, and open.
local function is_open(wait)
  return wait.fd and wait.fd == descriptor(wait.socket)
end

-- The event for a socket: the one it has already, or the one that fewest waits have.
local function choose_event(fd)
  local counts, best = {}, 1
  for _, wait in ipairs(waits) do
    if wait.fd == fd then
      return wait.event
    end
    counts[wait.event] = (counts[wait.event] or 0) + 1
  end
  for event = 2, core.socket_events do
    if (counts[event] or 0) < (counts[best] or 0) then
      best = event
    end
  end
  return best
end

-- One wait for one socket.
local Wait = {}
Wait.__index = Wait

-- Makes Windows report what the waits for this socket need.
function Wait:watch()
  local read, write = not self.write, self.write
  for _, wait in ipairs(waits) do
    if wait.fd == self.fd then
      read, write = read or not wait.write, write or wait.write
    end
  end
  return core.watch_socket(self.fd, self.event, read, write)
end

-- Removes the wait. Windows goes on reporting: that is harmless.
function Wait:abandon()
  if remove(waits, self) and #waits == 0 then
    turn.watch(nil)
  end
end

-- Ends the wait with these results.
function Wait:finish(...)
  self.results = table.pack(...)
  self:abandon()
  fibers.finish(self)
end

-- Ends the wait if bytes have arrived, which Windows tells quickly.
-- @return whether they have
function Wait:glance()
  local bytes = self.write and 0 or core.socket_bytes(self.fd)
  if bytes > 0 then
    self:finish(true, bytes)
  end
  return bytes > 0
end

-- Ends the wait if its socket is ready.
function Wait:ask()
  local ready, why, code = core.socket_ready(self.fd, not self.write, self.write)
  if ready ~= false then
    self:finish(ready, why, code)
  end
end

-- Ends the wait if its socket is ready or closed.
function Wait:look()
  if not is_open(self) then
    self:finish(errors.socket_closed())
  elseif not self:glance() then
    self:ask()
  end
end

-- For the loop -----------------------------------------------------------------------------------

--- Ends the waits whose sockets are ready or closed: Windows does not report the latter.
function sockets.look()
  local event = core.sockets_changed()
  for _, wait in ipairs(table.move(waits, 1, #waits, 1, {})) do
    if wait.event == event or not is_open(wait) then
      wait:look()
    end
  end
end

-- For init.lua -----------------------------------------------------------------------------------

-- Whether a socket has read ahead more than it has returned, as LuaSocket's may.
local function is_buffering(socket)
  local dirty = socket.dirty
  return dirty ~= nil and dirty(socket)
end

-- Waits until a socket is ready.
local function await(socket, write, seconds)
  local deadline = seconds < 0 and math.huge or core.seconds() + seconds
  local why, code
  if turn.needs_breath() then -- for tasks that find it ready again and again
    why, code = loop.sleep(0)
  end
  if code then
    return nil, why, code
  elseif not write and is_buffering(socket) then
    return true
  end
  local fd = descriptor(socket)
  if not fd then
    return errors.socket_closed()
  end
  local wait = setmetatable({ socket = socket, fd = fd, write = write, event = choose_event(fd) },
    Wait)
  if not wait:glance() then
    local watched
    watched, why, code = wait:watch()
    if watched then
      waits[#waits + 1] = wait
      turn.watch(sockets)
      wait:ask()
      why, code = loop.await(wait, deadline)
    end
  end
  if wait.done then
    return table.unpack(wait.results, 1, wait.results.n)
  end
  wait:abandon()
  if not code then
    return errors.timeout()
  end
  return nil, why, code
end

-- Raises at the line that called the public function, which calls this, unless this is a socket.
local function check_socket(socket)
  local ok, getfd = pcall(function() return socket.getfd end)
  if not ok or not getfd then
    error(("socket: expected a LuaSocket socket, or an object with getfd() like theirs, got %s")
      :format(type(socket)), 3)
  end
end

--- See copydata.readable.
function sockets.readable(socket, seconds)
  check_socket(socket)
  seconds = check.wait(seconds)
  return await(socket, false, seconds)
end

--- See copydata.writable.
function sockets.writable(socket, seconds)
  check_socket(socket)
  seconds = check.wait(seconds)
  return await(socket, true, seconds)
end

return sockets
