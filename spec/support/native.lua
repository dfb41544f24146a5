-- SPDX-License-Identifier: MIT

--- Programs of this machine, and programs under Wine seen from outside: for specs that run in this
-- machine's own Lua, by tools/desks.
local socket = require "socket"

local native = {}

--- A directory for the specs' files; removed at the end.
native.work = assert(os.getenv "COPYDATA_WORK", "run by tools/desks")

local PATIENCE = 60 -- seconds
local count = 0 -- of names made
local here = ("%08x"):format(math.random(0) & 0xFFFFFFFF) -- each spec file loads its own module
local running = {} -- a set: the programs of this test

--- Seconds, for durations.
native.seconds = socket.gettime

--- Waits until a condition holds.
-- @param condition a function
-- @param[opt] seconds at most this long
-- @return what it returned: false or nil when time ran out
function native.eventually(condition, seconds)
  local give_up = native.seconds() + (seconds or PATIENCE)
  repeat
    local value = condition()
    if value then
      return value
    end
    socket.sleep(0.01)
  until native.seconds() > give_up
  return condition()
end

--- An unused name in the work directory.
function native.unused(name)
  count = count + 1
  return ("%s/%s.%s.%d"):format(native.work, name, here, count)
end

--- A file's bytes; nil if there is none.
function native.read(path)
  local file <close> = io.open(path, "rb")
  return file and file:read "a"
end

--- Writes a file.
-- @return its path
function native.write(path, bytes)
  local file <close> = assert(io.open(path, "wb"))
  file:write(bytes)
  return path
end

-- Quotes a word for the shell.
local function quote(word)
  return "'" .. tostring(word):gsub("'", "'\\''") .. "'"
end

local Program = {}
Program.__index = Program

--- Starts a program without input. Its output goes to a file.
-- @param words its path and its arguments
-- @param[opt] environment a table
function native.start(words, environment)
  local log = native.unused "log"
  local command = { "exec env" }
  for name, value in pairs(environment or {}) do
    table.insert(command, quote(name .. "=" .. value))
  end
  for _, word in ipairs(words) do
    table.insert(command, quote(word))
  end
  -- The shell stays, to learn the program's exit status.
  local line = "{ %s; } </dev/null >%s 2>&1 & echo $!; exec >/dev/null 2>&1; wait $!"
  local pipe = assert(io.popen(line:format(table.concat(command, " "), quote(log))))
  local program = setmetatable({ pid = math.tointeger(pipe:read "n"), log = log }, Program)
  program.pipe, program.name = pipe, table.concat(words, " ")
  program.note = native.write(native.unused "pid", program.pid)
  running[program] = true
  return program
end

--- Its output so far.
function Program:output()
  return ((native.read(self.log) or ""):gsub("\r", ""))
end

--- Waits until its output matches a pattern.
-- @return the pattern's captures
function Program:says(pattern, seconds)
  if not native.eventually(function() return self:output():find(pattern) end, seconds) then
    error(("%s does not say %s:\n%s"):format(self.name, pattern, self:output()), 2)
  end
  return self:output():match(pattern)
end

--- Whether it still exists, stopped or not.
function Program:is_running()
  return self.pipe ~= nil and native.read(("/proc/%d/stat"):format(self.pid)) ~= nil
end

--- Sends it a signal: "KILL", "TERM", "INT", "STOP", "CONT".
function Program:signal(name)
  assert(os.execute(("kill -%s %d"):format(name, self.pid)))
end

--- Waits for its end.
-- @return its exit status; 128 plus the signal that ended it
function Program:wait(seconds)
  if not native.eventually(function() return not self:is_running() end, seconds) then
    error(("%s does not end:\n%s"):format(self.name, self:output()), 2)
  end
  local _, _, status = self.pipe:close()
  self.pipe = nil
  os.remove(self.note)
  running[self] = nil
  return status
end

--- Ends it without a chance to clean up; returns when it is gone. Idempotent.
function Program:kill()
  if self.pipe then
    if self:is_running() then
      self:signal "KILL"
    end
    self:wait()
  end
end

Program.__close = Program.kill

--- Ends all programs of the test.
function native.reap()
  for program in pairs(running) do
    program:kill()
  end
end

--- A free port of the loopback address.
function native.free_port()
  local server = assert(socket.bind("127.0.0.1", 0))
  local _, port = server:getsockname()
  server:close()
  return math.tointeger(tonumber(port))
end

return native
