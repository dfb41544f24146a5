-- SPDX-License-Identifier: MIT

--- Programs on the desktops 1, 2 and 3, for specs run by tools/desks.
local literal = require "support.literal"
local native = require "support.native"
local socket = require "socket"

local desk = {}

local PATIENCE = 60 -- seconds after which a program counts as hung

-- The environment of a desktop's programs.
local function environment(number)
  return { COPYDATA_WINEPREFIX = ("%s/desk%d"):format(native.work, number) }
end

--- Starts the command-line program on a desktop: `copydata WORDS`.
-- @param number that of the desktop
-- @param words a list
-- @return a program, as in native.lua
function desk.copydata(number, words)
  return native.start({ "tools/copydata", table.unpack(words) }, environment(number))
end

local Script = {}
Script.__index = Script

--- Starts a Lua program on a desktop, which runs the chunks it gets: see desk_program.lua. Between
-- them its loop runs.
-- @param number that of the desktop
function desk.start(number)
  local server = assert(socket.bind("127.0.0.1", 0))
  local _, port = server:getsockname()
  local words = { "tools/lua", "-e", "package.path = package.path .. ';./spec/?.lua'",
    "spec/support/desk_program.lua", port }
  local program = native.start(words, environment(number))
  server:settimeout(PATIENCE)
  local connection, why = server:accept()
  server:close()
  assert(connection, ("%s: %s"):format(why, program:output()))
  return setmetatable({ program = program, connection = connection, number = number }, Script)
end

local function read(self, seconds)
  self.connection:settimeout(seconds or PATIENCE)
  local line, why = self.connection:receive()
  local kind, rest = (line or ""):match "^(%l+) (.*)$"
  if not kind then
    error(("the program on desk %d: %s\n%s"):format(self.number, why or line,
      self.program:output()), 3)
  end
  return kind, rest
end

--- Has the program run a chunk, as a task, without waiting for it. `...` are its arguments.
function Script:begin(chunk, ...)
  local source = ("return (function(...) %s\nend)(%s)"):format(chunk, literal.write_list(...))
  assert(self.connection:send(literal.write(source) .. "\n"))
end

--- Waits for the current chunk.
-- @return its results; an error in it is raised here
function Script:result(seconds)
  local kind, rest = read(self, seconds)
  if kind == "error" then
    error(("on desk %d: %s"):format(self.number, literal.read(rest)), 2)
  end
  assert(kind == "ok", kind)
  return literal.read(rest)
end

--- Waits for what it says before its chunk ends, with `say(...)`.
function Script:said(seconds)
  local kind, rest = read(self, seconds)
  if kind ~= "say" then
    error(("on desk %d, expected it to say something, but %s %s"):format(self.number, kind, rest),
      2)
  end
  return literal.read(rest)
end

--- Runs a chunk and waits for it.
function Script:run(chunk, ...)
  self:begin(chunk, ...)
  return self:result()
end

-- Shuts the connection down: closing it would not, since later programs have the descriptor too.
local function hang_up(self)
  self.connection:shutdown "both"
  self.connection:close()
end

--- Ends it without a chance to clean up.
function Script:kill()
  self.program:kill()
  hang_up(self)
end

--- Ends it as it would end by itself.
function Script:finish()
  hang_up(self)
  return self.program:wait()
end

Script.__close = Script.kill

return desk
