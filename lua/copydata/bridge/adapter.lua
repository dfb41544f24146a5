-- SPDX-License-Identifier: MIT

--- A LuaSocket socket for redis-lua, whose `send` and `receive` suspend the task, end at a
-- deadline, and keep a limited number of bytes. For connection.lua.
--
-- The deadline is for connections on which nothing moves. Sending postpones it by the time that may
-- take, and so does whatever arrives, or large values would never cross a slow line.
--
-- A bulk reply over `value_most` bytes is read but not kept; its value is `Adapter.TOO_LARGE`. Once
-- the replies of one call exceed `reply_most` bytes together, the rest has the value
-- `Adapter.LATER`. Neither is MessagePack.
local address = require "copydata.bridge.address"

local Adapter = {}
Adapter.__index = Adapter

Adapter.TOO_LARGE = "\xC1too large"
Adapter.LATER = "\xC1later"

local CHUNK = 65536 -- bytes to read at once
local SILENCE = 5 -- seconds in which something should arrive
local SLOWEST = 65536 -- bytes a second that a line carries
local LINE_MOST = 65536 -- bytes of a line: only errors are longer than some twenty

--- Makes one that is not connected.
-- @param waits `seconds()`, `readable(socket, seconds)`, `writable(socket, seconds)`: the clock and
-- the waits of copydata
-- @param value_most, reply_most in bytes; see above
function Adapter.new(waits, value_most, reply_most)
  return setmetatable({
    deadline = math.huge, -- when send and receive give up, on the clock of waits.seconds
    _waits = waits,
    _value_most = value_most,
    _reply_most = reply_most,
    _reply = 0, -- bytes of the replies of this call that were kept
    _socket = false,
    _buffer = "", -- what was read
    _at = 1, -- where that begins which was not taken
    _held = false, -- what send keeps back: a list
    _owed = 0, -- replies to that
    late = false, -- an error among these
  }, Adapter)
end

--- Begins a call: its replies may come until the deadline.
function Adapter:begin(deadline)
  self.deadline, self._reply, self.late = deadline, 0, false
end

-- Postpones the deadline: so many bytes are on their way.
local function put_off(self, bytes)
  local deadline = self._waits.seconds() + SILENCE + bytes / SLOWEST
  self.deadline = math.max(self.deadline, deadline)
end

local function left(self)
  return math.max(0, self.deadline - self._waits.seconds())
end

-- Waits by one of the waits.
-- @return what it returned, or nil and why
local function wait(self, how)
  local ready, why, code = self._waits[how](self._socket, left(self))
  if ready then
    return ready, why
  end
  return nil, code == "TIMEOUT" and "timeout" or why
end

--- Connects.
-- @return true, or nil and why
function Adapter:connect(where)
  local luasocket = require "socket"
  local socket, why = (where.host:find(":", 1, true) and luasocket.tcp6 or luasocket.tcp)()
  if not socket then
    return nil, why
  end
  self._socket = socket
  socket:settimeout(0)
  local connected
  connected, why = socket:connect(where.host, where.port)
  if not connected and why == "timeout" then
    connected, why = wait(self, "writable")
    if connected then -- or failed
      connected, why = socket:getpeername(), socket:getoption "error"
    end
  end
  if not connected then
    self:close()
    return nil, ("no connection to %s: %s"):format(address.text(where), why)
  end
  socket:setoption("tcp-nodelay", true)
  return true
end

--- Keeps commands back, to go out with the next one after `release`. Meanwhile redis-lua gets "+OK"
-- for each. Their replies must be single lines; the last error among them is `late`.
function Adapter:hold()
  self._held, self.late = {}, false
end

--- Ends that.
-- @param[opt] silent the server was told not to reply
function Adapter:release(silent)
  self._held.replies = silent and 0 or #self._held
end

local function is_holding(self)
  return self._held and not self._held.replies
end

--- Like LuaSocket's.
-- @return how many bytes; or nil and why
function Adapter:send(bytes)
  if is_holding(self) then
    table.insert(self._held, bytes)
    return #bytes
  elseif self._held then
    self._owed = self._held.replies
    bytes = table.concat(self._held) .. bytes
    self._held = false
  end
  local from = 1
  put_off(self, #bytes)
  while from <= #bytes do
    local last, why, partial = self._socket:send(bytes, from)
    if last then
      return last
    elseif why ~= "timeout" then
      return nil, why
    end
    from = partial + 1
    local ready
    ready, why = wait(self, "writable")
    if not ready then
      return nil, why
    end
  end
  return #bytes
end

-- Reads what there is. Asks for no more than that: LuaSocket would try again.
-- @return at least a byte, or nil and why
local function read(self)
  while true do
    local ready, count = wait(self, "readable")
    if not ready then
      return nil, count
    end
    local bytes, why, partial = self._socket:receive(math.min(count or CHUNK, CHUNK))
    bytes = bytes or partial
    if bytes and bytes ~= "" then
      put_off(self, 0)
      return bytes
    elseif why ~= "timeout" then
      return nil, why
    end
  end
end

local function receive_line(self)
  while true do
    local at = self._buffer:find("\r\n", self._at, true)
    if at then
      local line = self._buffer:sub(self._at, at - 1)
      self._at = at + 2
      return line
    elseif #self._buffer - self._at > LINE_MOST then
      return nil, "a line of the reply is too long"
    end
    local bytes, why = read(self)
    if not bytes then
      return nil, why
    end
    self._buffer, self._at = self._buffer:sub(self._at) .. bytes, 1
  end
end

-- Receives bytes.
-- @param kept whether to return them
local function receive_bytes(self, count, kept)
  local after = self._at + count
  if after <= #self._buffer + 1 then
    local bytes = self._buffer:sub(self._at, after - 1)
    self._at = after
    return bytes
  end
  local parts = { kept and self._buffer:sub(self._at) or "" }
  local missing = after - #self._buffer - 1
  self._buffer, self._at = "", 1
  while missing > 0 do
    local bytes, why = read(self)
    if not bytes then
      return nil, why
    end
    if #bytes > missing then
      self._buffer = bytes:sub(missing + 1)
      bytes = bytes:sub(1, missing)
    end
    missing = missing - #bytes
    parts[#parts + 1] = kept and bytes or nil
  end
  return table.concat(parts)
end

--- Like LuaSocket's, for the patterns that redis-lua uses: `"*l"`, and a number of bytes, which end
-- with the two that end a bulk reply.
-- @return a string; or nil and why
function Adapter:receive(pattern)
  if is_holding(self) then
    return "+OK"
  end
  while self._owed > 0 do
    local line, why = receive_line(self)
    if not line then
      return nil, why
    end
    self._owed = self._owed - 1
    self.late = line:match "^%-(.*)" or self.late
  end
  if pattern == "*l" then
    return receive_line(self)
  end
  local instead = pattern - 2 > self._value_most and Adapter.TOO_LARGE
    or self._reply + pattern > self._reply_most and Adapter.LATER
  if not instead then
    self._reply = self._reply + pattern
  end
  local bytes, why = receive_bytes(self, pattern, not instead)
  if not bytes then
    return nil, why
  end
  return instead and instead .. "\r\n" or bytes
end

--- Closes the socket. Idempotent.
function Adapter:close()
  if self._socket then
    self._socket:close()
    self._socket = false
  end
  self._buffer, self._at = "", 1
end

return Adapter
