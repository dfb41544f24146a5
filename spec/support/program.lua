-- SPDX-License-Identifier: MIT

--- Runs the command-line program, `copydata WORDS`, in a separate process.
local children = require "support.children"
local closing = require "support.closing"
local copydata = require "support.copydata"
local process = require "support.process"

copydata.hwnd() -- opens the default endpoint, which remains for all specs

local program = {}

local Run = {}
Run.__index = Run

local count = 0 -- of programs started
local PATIENCE = 60 -- seconds after which it counts as hung
local AT_ONCE = 4 -- programs that `each` runs beside each other

-- Quotes a word as the C run-time reads it from a command line.
local function quote(word)
  return '"' .. word:gsub('(\\*)"', '%1%1\\"'):gsub("(\\+)$", "%1%1") .. '"'
end

--- The command line that runs it with these words.
function program.command(words)
  local quoted = { quote "bin/copydata" }
  for _, word in ipairs(words) do
    quoted[#quoted + 1] = quote(word)
  end
  return children.command(table.concat(quoted, " "))
end

--- Starts it. Its standard input can be written to until `finish`.
function program.start(words)
  count = count + 1
  local errors = ("%s\\copydata-%d-%d.txt"):format(os.getenv "TEMP", process.own_pid, count)
  local run = setmetatable({ errors = errors, lines = {} }, Run)
  run.process = process.spawn(program.command(words), false, errors)
  run.pid = run.process:pid()
  return run
end

--- Waits for the next line that it prints.
-- @return the line; nil at the end
function Run:line()
  local line, why = self.process:line(PATIENCE)
  if line then
    table.insert(self.lines, line)
  elseif why == "timeout" then
    error("the program prints nothing:\n" .. self:stderr(), 2)
  end
  return line
end

--- Its standard error so far.
function Run:stderr()
  local file <close> = assert(io.open(self.errors, "r"))
  return file:read "a"
end

--- Waits until its standard error, where it reports that it is ready, matches a pattern.
function Run:says(pattern)
  for _ = 1, PATIENCE * 100 do
    if self:stderr():find(pattern) then
      return
    end
    copydata.poll(0.01)
  end
  error("the program does not say " .. pattern .. ":\n" .. self:stderr(), 2)
end

--- Ends its input and waits for its end.
-- @return its exit status, its output and its standard error
function Run:finish()
  self.process:finish()
  repeat until not self:line()
  local status = assert(self.process:wait(PATIENCE), "the program did not end")
  local output, errors = table.concat(self.lines, "\n"), self:stderr()
  self:close()
  return status, output, errors
end

function Run:close()
  self.process:close()
  os.remove(self.errors)
end

Run.__close = Run.close

--- Runs it to its end.
-- @param words its arguments
-- @param[opt] input its standard input
-- @return its exit status, its output and its standard error
function program.run(words, input)
  local run <close> = program.start(words)
  if input then
    run.process:write(input)
  end
  return run:finish()
end

--- Runs it many times, several at a time: `for i, status, output, errors in program.each(list) do`.
-- @param list the arguments of each run
function program.each(list)
  local runs = closing {}
  return function(_, last)
    while #runs < #list and #runs < last + AT_ONCE do
      runs[#runs + 1] = program.start(list[#runs + 1])
    end
    local run = runs[last + 1]
    if run then
      return last + 1, run:finish()
    end
  end, nil, 0, runs
end

return program
