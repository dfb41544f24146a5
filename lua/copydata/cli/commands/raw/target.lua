-- SPDX-License-Identifier: MIT

--- The window that `copydata raw send`, `request` and `message` send to.
local find = require "copydata.cli.commands.raw.find"
local status = require "copydata.cli.status"
local words = require "copydata.cli.words"

local target = {}

local NAMING = { "class", "title", "exe", "pid", "visible" } -- options that choose windows

--- Adds the options that name a window.
function target.define(command)
  command:option("--hwnd", "The window."):argname "<hwnd>":convert(words.window)
  find.define(command)
end

--- The handle of the window that the options name.
function target.window(options)
  local named = false
  for _, name in ipairs(NAMING) do
    named = named or options[name] ~= nil
  end
  if options.hwnd then
    if named then
      status.usage "--hwnd already names the window: leave out --class, --title and the like"
    end
    return options.hwnd
  elseif not named then
    status.usage "which window? Give --hwnd, or --class, --title, --exe or --pid"
  end
  local windows = find.windows(options)
  if #windows == 0 then
    status.nothing "there is no such window"
  elseif #windows > 1 then
    status.nothing("there are %d such windows: choose one with --hwnd, see copydata raw find",
      #windows)
  end
  return windows[1].hwnd
end

return target
