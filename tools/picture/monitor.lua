-- SPDX-License-Identifier: MIT

-- Draws what `copydata monitor` shows on a console while a few programs talk: `monitor.lua FILE`.
-- Nothing is invented: text and colours are read back from the console.
package.path = "./spec/?.lua;" .. package.path
local children = require "support.children"
local copydata = require "copydata"
local program = require "support.program"
local terminal = require "support.terminal"

local COLUMNS, ROWS = 106, 17
local WIDTH, HEIGHT, MARGIN = 8.4, 19, 14 -- of a character, of a row, around the screen
local SECONDS = 4 -- how long the programs talk before the picture is taken

-- Windows' sixteen console colours, as its terminal draws them
local COLOURS = {
  [0] = "#0C0C0C", "#0037DA", "#13A10E", "#3A96DD", "#C50F1F", "#881798", "#C19C00", "#CCCCCC",
  "#767676", "#3B78FF", "#16C60C", "#61D6D6", "#E74856", "#B4009E", "#F9F1A5", "#F2F2F2",
}

-- Non-breaking spaces: SVG can preserve ordinary ones in several ways, but none works
-- everywhere.
local ESCAPES = { ["&"] = "&amp;", ["<"] = "&lt;", [">"] = "&gt;", [" "] = "&#160;" }

local function escape(text)
  return (text:gsub("[&<> ]", ESCAPES))
end

-- One run of a row, `column` characters from the left.
local function draw_run(lines, row, column, text, attributes)
  local length = utf8.len(text)
  local x, y = MARGIN + column * WIDTH, MARGIN + row * HEIGHT
  local background = attributes >> 4 & 15
  if background ~= 0 then
    lines[#lines + 1] = ('<rect x="%.1f" y="%d" width="%.1f" height="%d" fill="%s"/>'):format(x, y,
      length * WIDTH, HEIGHT, COLOURS[background])
  end
  text = text:gsub(" +$", "")
  if text ~= "" then
    lines[#lines + 1] = ('<text x="%.1f" y="%d" fill="%s" textLength="%.1f">%s</text>'):format(x,
      y + HEIGHT - 5, COLOURS[attributes & 15], utf8.len(text) * WIDTH, escape(text))
  end
end

local function draw(rows)
  local width, height = 2 * MARGIN + COLUMNS * WIDTH, 2 * MARGIN + #rows * HEIGHT
  local lines = {
    ('<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 %.0f %d">'):format(width, height),
    "<title>copydata monitor</title>",
    "<style>text { font: 14px Consolas, Menlo, 'DejaVu Sans Mono', monospace }</style>",
    ('<rect width="100%%" height="100%%" rx="8" fill="%s"/>'):format(COLOURS[0]),
  }
  for i, row in ipairs(rows) do
    local column = 0
    for _, run in ipairs(row) do
      draw_run(lines, i - 1, column, run[1], run[2])
      column = column + utf8.len(run[1])
    end
  end
  lines[#lines + 1] = "</svg>\n"
  return table.concat(lines, "\n")
end

-- The programs: each is a process, on channels, and sends something now and then.
local TALK = [[
  local names, every, make, log = ...
  make = load("local i = ... return " .. make)
  endpoint = copydata.new { pump = "thread" }
  channels = {}
  for i, name in ipairs(names) do
    channels[i] = assert(endpoint:channel(name)):on(function() end)
  end
  for i = 1, math.huge do
    if every > 0 then
      channels[1]:send(make(i))
    end
    if log and i % log == 0 then
      channels[2]:send { level = "info", text = names[1] .. " is at " .. i }
    end
    copydata.sleep(every > 0 and every or 1)
  end
]]
local PROGRAMS = {
  { { "editor", "log" }, 0.3, "{ file = 'main.lua', line = i }", 4 },
  { { "build", "log" }, 0.02, "{ done = i, total = 2000, target = 'core.dll' }", 60 },
  { { "log" }, 0, "nil" },
  { { "thumbnails", "editor" }, 0.5, "{ page = i, pixels = ('\\xFF\\xD8'):rep(10000) }" },
}

local file = assert(arg[1], "usage: monitor.lua FILE")
local running = {}
for i, talk in ipairs(PROGRAMS) do
  running[i] = children.start()
  running[i]:begin(TALK, table.unpack(talk))
end
local screen <close> = terminal.start(program.command { "monitor" }, COLUMNS, ROWS)
screen:shows "thumbnails"
copydata.sleep(SECONDS)
local picture = draw(screen:rows())
screen:press "q"
screen:ended()
for _, child in ipairs(running) do
  child:kill()
end
local output <close> = assert(io.open(file, "wb"))
assert(output:write(picture))
