-- SPDX-License-Identifier: MIT

--- The VALUE of a command line, which is sent.
local console = require "copydata.console"
local json = require "copydata.cli.json"
local msgpack = require "copydata.msgpack"
local status = require "copydata.cli.status"

local value = {}

--- Adds the arguments that give a value.
function value.define(command)
  command:argument("value", "JSON, such as '{\"line\": 3}'; without it, or -, standard input.")
    :args "?"
  command:mutex(
    command:flag("--lua", "VALUE is written in Lua, such as \"{line = 3}\"."),
    command:flag("--string", "VALUE is a string, used unchanged; with --file, the file's bytes."))
  command:option("--file", "Read VALUE from this file."):argname "<file>"
end

local function read_file(name)
  local file, problem = io.open(name, "rb")
  local bytes
  if file then
    bytes, problem = file:read "a"
    file:close()
  end
  return bytes or status.usage("cannot read the file: %s", problem)
end

--- The text of a value, from the argument, the file or standard input.
function value.text(options)
  if options.file then
    if options.value then
      status.usage "give either VALUE or --file, not both"
    end
    return read_file(options.file)
  elseif options.value and options.value ~= "-" then
    return options.value
  elseif not options.value and console.is "input" then
    status.usage "VALUE is missing; use - to type it"
  end
  return io.read "a" or ""
end

local function environment()
  local names = { math = math, string = string, null = msgpack.null }
  for _, name in ipairs { "array", "map", "bin", "timestamp", "uint64", "ext" } do
    names[name] = msgpack[name]
  end
  return names
end

-- An error's message, without the position in our code
local function plain(problem)
  return (tostring(problem):gsub("^[^\n]-%.lua:%d+: ", ""))
end

local function read_lua(text)
  local chunk, problem = load("return " .. text, "=VALUE", "t", environment())
  if not chunk then
    status.usage("VALUE is not Lua: %s", problem)
  end
  local ok, result = pcall(chunk)
  if not ok and tostring(result):find "interrupted!$" then -- Ctrl+C
    error(result, 0)
  elseif not ok then
    status.usage("VALUE is not Lua: %s", result)
  end
  return result
end

local function read_json(text, from_file)
  local ok, result = json.decode(text)
  if not ok and from_file then
    status.usage("the file is not JSON: %s. To send its bytes unchanged, use --string",
      plain(result))
  elseif not ok then
    status.usage("VALUE is not JSON: %s. A string needs its quotes, which the shell may have "
      .. "removed: see --string, --lua and --file", plain(result))
  end
  return result
end

--- Reads the value that the options give; ends the command if there is none.
function value.read(options)
  local text = value.text(options)
  local result
  if options.string then
    result = text
  elseif options.lua then
    result = read_lua(text)
  else
    result = read_json(text, options.file ~= nil)
  end
  local ok, problem = pcall(msgpack.encode, result)
  if not ok then
    status.usage("VALUE: %s", plain(problem))
  end
  return result
end

return value
