-- SPDX-License-Identifier: MIT

--- Waiting for other libraries' sockets, such as LuaSocket's. For init.lua, which describes the
-- public functions.
--
-- While a call waits, Windows sets an event of the loop's wait when a socket may have become ready.
-- All sockets share one event, so each socket is then asked.
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

-- Makes Windows report what the waits for a socket need.
local function watch(fd)
  local read, write = false, false
  for _, wait in ipairs(waits) do
    if wait.fd == fd then
      read, write = read or not wait.write, write or wait.write
    end
  end
  return core.watch_socket(fd, read, write)
end

-- One wait for one socket.
local Wait = {}
Wait.__index = Wait

-- Removes the wait.
function Wait:abandon()
  if remove(waits, self) then
    if is_open(self) then -- otherwise another socket may have the descriptor
      watch(self.fd)
    end
    if #waits == 0 then
      turn.watch(nil)
      core.forget_sockets()
    end
  end
end

-- Ends the wait if its socket is ready or closed.
function Wait:look()
  local results = table.pack(errors.socket_closed())
  if is_open(self) then
    results = table.pack(core.socket_ready(self.fd, not self.write, self.write))
  end
  if results[1] ~= false then
    self.results = results
    self:abandon()
    fibers.finish(self)
  end
end

-- For the loop -----------------------------------------------------------------------------------

-- Whether any socket was closed: Windows does not report that.
local function is_any_closed()
  for _, wait in ipairs(waits) do
    if not is_open(wait) then
      return true
    end
  end
  return false
end

--- Ends the waits whose sockets are ready or closed.
function sockets.look()
  if core.sockets_changed() or is_any_closed() then
    for _, wait in ipairs(table.move(waits, 1, #waits, 1, {})) do
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
  local wait = setmetatable({ socket = socket, fd = fd, write = write }, Wait)
  wait:look()
  if not wait.done then
    waits[#waits + 1] = wait
    turn.watch(sockets)
    local watched
    watched, why, code = watch(fd)
    if watched then -- Windows also reports what happened before
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
