-- SPDX-License-Identifier: MIT

--- A screen of lines that redraws only what has changed. For `copydata monitor`.
local columns = require "copydata.cli.ui.columns"
local console = require "copydata.console"
local status = require "copydata.cli.status"

local Screen = {}
Screen.__index = Screen

--- Opens a separate screen; closing it brings back what was shown before.
function Screen.open()
  return setmetatable({
    _screen = status.must(console.screen()),
    _drawn = {}, -- the lines on the screen, and the size they were drawn for
  }, Screen)
end

function Screen:__close()
  self._screen:close()
end

--- Draws lines.
-- @param layout a function(columns, rows) that returns a list of `{ text =, colour = }`, each as
-- long as the screen is wide
function Screen:draw(layout)
  local screen, drawn = self._screen, self._drawn
  local width, height = screen:size()
  if width ~= drawn.width or height ~= drawn.height then
    drawn = { width = width, height = height }
    self._drawn = drawn
    screen:clear()
  end
  for i, line in ipairs(layout(width, height)) do
    local was = drawn[i] or {}
    if was.colour ~= line.colour then
      screen:colour(i - 1, line.colour)
    end
    if was.text ~= line.text then
      if utf8.len(line.text) < width then -- some consoles give a wide character only one cell
        screen:put(i - 1, columns.fit("", width))
      end
      screen:put(i - 1, line.text)
    end
    drawn[i] = line
  end
end

--- Whether a key that ends the program was pressed.
function Screen:is_left()
  local key
  repeat
    key = self._screen:key()
  until not key or key == "q" or key == "Q" or key == "\3"
  return key ~= nil
end

return Screen
