-- SPDX-License-Identifier: MIT

--- The command-line program `copydata`: reads the command line, runs the command and reports how it
-- ended. See docs/cli.md.
--
-- Each command is a file in commands/, with `summary`, `example` and `statuses` for its help, and
-- `description` where the summary is not enough; `define(parser)`, which adds its arguments; and
-- `run(options, output)`, which returns the exit status. A command with subcommands lists them in
-- `parts`.
local core = require "copydata.core"
local status = require "copydata.cli.status"

if not core.endpoint then
  return function()
    io.stderr:write "copydata: window messages need Windows (or Wine)\n"
    return status.FAILED
  end
end

local Output = require "copydata.cli.ui.output"
local argparse = require "argparse"
local console = require "copydata.console"
local version = require "copydata.version"

local NAMES = {
  "channels", "peers", "send", "listen", "request", "monitor", "raw", "bridge",
  "doctor",
}

local STATUSES = [[
Exit status: 0 done; 1 failed, or found nothing; 2 wrong command line; 130 Ctrl+C.
`copydata COMMAND --help` says what that means for each command.]]

-- The error that Ctrl+C is turned into
local INTERRUPTED = {}

-- An error that ends the program after printing its text: help, or the version
local Told = {}

local function tell(text)
  return function()
    error(setmetatable({ text = text }, Told), 0)
  end
end

local function help_of(parser)
  return {
    "-h --help",
    description = "Show this help and exit.",
    action = function()
      tell(parser:get_help())()
    end,
  }
end

local function define(parser, command)
  parser:help_max_width(80)
  parser:add_help(help_of(parser))
  parser:summary(command.summary)
  -- argparse wraps paragraphs, so these must be single lines.
  parser:description(((command.description or command.summary):gsub("(%S)\n(%S)", "%1 %2")))
  parser:epilog(("Example:\n   %s\n\nExit status: %s"):format(
    command.example:gsub("\n", "\n   "), command.statuses))
  if command.define then
    command.define(parser)
  end
  for _, part in ipairs(command.parts or {}) do
    define(parser:command(part.name), part)
  end
  if not command.parts then
    parser:flag("--json", "Print JSON, one object per line.")
  end
end

local function make_parser(commands)
  local parser = argparse("copydata",
    "Shows what Lua programs on one Windows desktop exchange, and takes part.")
  parser:help_max_width(80)
  parser:add_help(help_of(parser))
  parser:epilog(STATUSES)
  parser:flag("-v --version", "Show the version and exit.")
    :action(tell(("copydata %s (%s)"):format(version, _VERSION)))
  parser:command_target "command"
  for _, name in ipairs(NAMES) do
    local command = require("copydata.cli.commands." .. name)
    commands[name] = command
    define(parser:command(name), command)
  end
  return parser
end

-- The words after the script's name. In `arg`, lua.exe has lost characters that the system's code
-- page lacks, so `arg` only serves to count the words before them.
local function words_of_command_line()
  local words, before = console.arguments(), 0
  while arg[-before - 1] do
    before = before + 1
  end
  return table.move(words, before + 2, #words, 1, {})
end

local function wants_json(words)
  for _, word in ipairs(words) do
    if word == "--json" then
      return true
    elseif word == "--" then
      return false
    end
  end
  return false
end

-- The command line that shows help on what the words call.
local function help_on(words, commands)
  local named = { "copydata" }
  local command = commands[words[1]]
  if command then
    named[2] = words[1]
    for _, part in ipairs(command.parts or {}) do
      named[3] = part.name == words[2] and part.name or named[3]
    end
  end
  return table.concat(named, " ") .. " --help"
end

local function run(words, output)
  local commands = {}
  local parser = make_parser(commands)
  function parser.error(_, message) -- instead of argparse's own, which ends the process
    local guess = message:find "\n" -- a second line: Did you mean 'send'?
    message = message:gsub("\n", ". ")
    status.usage("%s%s %s", message, guess and " See" or "; see", help_on(words, commands))
  end
  local options = parser:parse(words)
  return commands[options.command].run(options, output)
end

-- Recognizes Ctrl+C, and adds a traceback to errors that are faults of ours.
local function explain(problem)
  if type(problem) ~= "string" then
    return problem
  elseif problem:find "^[^\n]*interrupted!%f[\0\n]" then -- lua.exe's, for Ctrl+C
    return INTERRUPTED
  end
  return debug.traceback(problem, 2)
end

local function finish(problem, output)
  local ours = status.is_problem(problem)
  if output.endless and (problem == INTERRUPTED or ours and problem.name == "INTERRUPTED") then
    return status.DONE
  elseif problem == INTERRUPTED then
    return status.INTERRUPTED
  elseif getmetatable(problem) == Told then
    output:text("%s", problem.text)
    return status.DONE
  elseif ours then
    output:problem(problem.name, problem.message, problem.remote)
    return problem.status
  end
  error(problem, 0)
end

--- Runs the program on this process's command line.
-- @return the exit status
return function()
  local words = words_of_command_line()
  local output = Output.new(wants_json(words))
  local ok, result = xpcall(run, explain, words, output)
  if ok then
    return result
  end
  ok, result = pcall(finish, result, output)
  if ok then
    return result
  elseif result == Output.GONE then -- even while it reported a problem
    return status.FAILED
  end
  error(result, 0)
end
