-- SPDX-License-Identifier: MIT

--- Starts the programs: the real ones, which tools/steps/interop has built, MPC-HC's stand-in, and
--- the examples that drive them.
local children = require "support.children"
local copydata = require "support.copydata"
local process = require "support.process"
local terminal = require "support.terminal"
local unique = require "support.unique"

local raw = copydata.raw

local real = {}

--- The command of MPC-HC's stand-in, spec/support/mpc_hc.c.
real.MPC_HC = "build\\mingw\\support\\mpc-hc64"

local PATIENCE = 60 -- seconds for a program to show its window, or to end

local function path(program)
  return ("build\\interop\\%s"):format(program)
end

local function quoted(words)
  local text = ""
  for _, word in ipairs(words) do
    text = text .. (' "%s"'):format(word)
  end
  return text
end

-- A running program: `window` is the one that gets its messages.
local Program = {}
Program.__index = Program

--- Ends it without a chance to clean up.
function Program:close()
  self.handle:close()
end

Program.__close = Program.close

local function made(handle, filter)
  local window = assert(raw.wait(filter, PATIENCE))
  return setmetatable({ handle = handle, window = window }, Program)
end

-- From process.spawn
local function spawn(command, filter)
  local handle = process.spawn(command)
  filter.pid = handle:pid()
  return made(handle, filter)
end

--- Starts Vim as a server of this name, in its own console: `program.handle` is a terminal.
-- @param name in capitals, for Vim makes it so
-- @param ... commands that it begins with, each as after --cmd
function real.vim(name, ...)
  local command = ('"%s" -N -u NONE -i NONE -n --servername %s'):format(path "vim\\vim.exe", name)
  for _, ex in ipairs { ... } do
    command = command .. (' --cmd "%s"'):format(ex)
  end
  return made(terminal.start(command, 80, 25), { class = "VIM_MESSAGES", title = name })
end

--- The command line of a Vim that runs as a client.
function real.vim_client(words)
  return ('"%s" -N -u NONE -i NONE%s'):format(path "vim\\vim.exe", quoted(words))
end

--- Starts SciTE with arguments. When it answers a command to save, it has saved.
function real.scite(words)
  return spawn(('"%s" -background.save.size=1000000%s'):format(path "scite\\SciTE.exe",
    quoted(words or {})), { class = "DirectorExtension" })
end

--- Starts Pageant without keys.
function real.pageant()
  return spawn(('"%s"'):format(path "pageant\\pageant.exe"),
    { class = "Pageant", title = "Pageant" })
end

--- Starts MPC-HC's stand-in, controlled by a window.
function real.mpc_hc(hwnd)
  return spawn(('"%s.exe" /slave %d'):format(real.MPC_HC, hwnd), { class = "MediaPlayerClassicW" })
end

--- The command line of an example.
function real.example(name, words)
  return children.command(("examples/%s.lua%s"):format(name, quoted(words)))
end

--- Runs a program to its end.
-- @param command its command line
-- @return the lines it prints, its exit status, and what it writes to its standard error
function real.run(command)
  local written = ("%s\\%s"):format(os.getenv "TEMP", unique "errors")
  local lines = {}
  local program <close> = process.spawn(command, false, written)
  for line in function() return (program:line(PATIENCE)) end do
    lines[#lines + 1] = line
  end
  local status = assert(program:wait(PATIENCE), "the program did not end")
  local file = assert(io.open(written, "r"))
  local errors = file:read "a"
  file:close()
  os.remove(written)
  return lines, status, errors
end

return real
