-- SPDX-License-Identifier: MIT

--- Programs in separate consoles, which are read and typed into through a child process.
local children = require "support.children"

local terminal = {}

local Terminal = {}
Terminal.__index = Terminal

local PATIENCE = 60 -- seconds after which something counts as hung

--- Starts a program in a console of the given size.
-- @param command its command line
-- @param columns
-- @param rows
function terminal.start(command, columns, rows)
  local child = children.start()
  child:run([[
    local command, columns, rows = ...
    console = require "support.console"
    console.open(columns, rows)
    handle = console.start(command)
  ]], command, columns, rows)
  return setmetatable({ child = child }, Terminal)
end

--- The screen: rows of runs `{ text, attributes }`.
function Terminal:rows()
  return self.child:run "return console.screen()"
end

--- The screen as text, a line for each row.
function Terminal:text()
  local lines = {}
  for i, row in ipairs(self:rows()) do
    local texts = {}
    for j, part in ipairs(row) do
      texts[j] = part[1]
    end
    lines[i] = table.concat(texts):gsub(" +$", "")
  end
  return table.concat(lines, "\n")
end

--- Waits until the screen matches a pattern.
-- @return the whole screen
function Terminal:shows(pattern)
  local copydata = require "support.copydata"
  local text
  for _ = 1, PATIENCE * 20 do
    text = self:text()
    if text:find(pattern) then
      return text
    end
    copydata.poll(0.05)
  end
  error("the console does not show " .. pattern .. ":\n" .. text, 2)
end

--- Presses keys.
function Terminal:press(text)
  self.child:run("console.press(...)", text)
end

--- Presses Ctrl+C.
function Terminal:interrupt()
  self.child:run "console.interrupt()"
end

--- Waits for the program's end.
-- @return its exit status
function Terminal:ended()
  local status = self.child:run("return console.ended(handle, ...)", PATIENCE)
  return assert(status, "the program did not end")
end

--- Ends the program if it still runs.
function Terminal:close()
  self.child:run "console.kill(handle)"
  self.child:finish()
end

Terminal.__close = Terminal.close

return terminal
