-- SPDX-License-Identifier: MIT

--- Starts, feeds and reaps Lua processes for specs.
local literal = require "support.literal"
local process = require "support.process"

local children = {}

local Child = {}
Child.__index = Child

local started = {} -- every child of this spec that is not closed yet
local PATIENCE = 60 -- seconds after which a child counts as hung

-- The environment may name another interpreter for the children, with its package.cpath.
local LUA, CPATH = os.getenv "COPYDATA_CHILD_LUA", os.getenv "COPYDATA_CHILD_CPATH"

-- This interpreter, from its command line.
local function interpreter()
  local index = 0
  while arg[index - 1] do
    index = index - 1
  end
  return arg[index]
end

--- The command line that runs Lua with our paths, or the children's, and the given arguments.
function children.command(arguments)
  return ('"%s" -e "package.path=[[%s]] package.cpath=[[%s]]" %s'):format(LUA or interpreter(),
    package.path, CPATH or package.cpath, arguments)
end

--- Starts a child, with `copydata` as a global.
-- @param[opt] console true: in a console of its own
function children.start(console)
  local command = children.command('-e "copydata = require[[support.copydata]]" -l support.child')
  local child = setmetatable({ process = process.spawn(command, console) }, Child)
  child.pid = child.process:pid()
  started[#started + 1] = child
  return child
end

--- Starts a child that has joined a channel, its global `channel`.
function children.join(name)
  local child = children.start()
  child:run("channel = assert(copydata.channel(...))", name)
  return child
end

local function read(self, seconds)
  local line, why = self.line, nil
  self.line = nil
  if not line then
    line, why = self.process:line(seconds or PATIENCE)
  end
  if not line then
    error(("child %d: %s"):format(self.pid, why), 3)
  end
  local kind, rest = line:match "^(%l+) (.*)$"
  if not kind then
    error(("child %d wrote: %s"):format(self.pid, line), 3)
  end
  return kind, rest
end

--- Has the child run a chunk, without waiting for it. The chunk gets the arguments as `...`.
function Child:begin(chunk, ...)
  local source = ("return (function(...) %s\nend)(%s)"):format(chunk, literal.write_list(...))
  assert(self.process:write(literal.write(source) .. "\n"), "the child does not read")
end

--- Whether the current chunk has ended, or has said something.
function Child:ready()
  self.line = self.line or self.process:line(0)
  return self.line ~= nil
end

--- Waits for the current chunk.
-- @return its results; an error in it is raised here
function Child:result(seconds)
  local kind, rest = read(self, seconds)
  if kind == "error" then
    error(("child %d: %s"):format(self.pid, literal.read(rest)), 2)
  end
  assert(kind == "ok", kind)
  return literal.read(rest)
end

--- Waits for what the child says before its chunk ends, with `say(...)`.
function Child:said(seconds)
  local kind, rest = read(self, seconds)
  if kind ~= "say" then
    error(("child %d: expected it to say something, but %s %s"):format(self.pid, kind, rest), 2)
  end
  return literal.read(rest)
end

--- Waits for what the child says or returns next.
-- @return "say" or "ok", and the values
function Child:told(seconds)
  local kind, rest = read(self, seconds)
  if kind == "error" then
    error(("child %d: %s"):format(self.pid, literal.read(rest)), 2)
  end
  return kind, literal.read(rest)
end

--- Runs a chunk in the child and waits for it.
function Child:run(chunk, ...)
  self:begin(chunk, ...)
  return self:result()
end

--- The child's window.
function Child:hwnd()
  return self:run "return copydata.hwnd()"
end

--- Ends it as it would end by itself, by the end of its input.
-- @return its exit status
function Child:finish()
  self.process:finish()
  local status = assert(self.process:wait(PATIENCE), "the child did not end")
  self:close()
  return status
end

--- Ends it without a chance to clean up.
function Child:kill()
  self.process:kill()
  self:close()
end

-- Is not to be reaped any more.
local function forget(self)
  for i, child in ipairs(started) do
    if child == self then
      table.remove(started, i)
    end
  end
end

--- Outlasts the test, for the next one: somebody else is to close it.
-- @return the child
function Child:stay()
  forget(self)
  return self
end

function Child:close()
  self.process:close()
  forget(self)
end

Child.__close = Child.close

--- Ends the remaining children; called after each test.
-- @return how many there were
function children.reap()
  local count = #started
  while #started > 0 do
    started[#started]:close()
  end
  return count
end

return children
