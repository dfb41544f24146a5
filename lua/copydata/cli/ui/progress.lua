-- SPDX-License-Identifier: MIT

--- A progress bar on the terminal for sends that take more than a second.
local console = require "copydata.console"
local core = require "copydata.core"

local DELAY = 1 -- seconds until it appears
local EVERY = 0.1 -- seconds between updates
local WIDTH = 30 -- columns of the bar
local MEGABYTE = 1024 * 1024

local progress = {}

--- A function for the option `on_progress`, and one that removes the bar; nil and a function that
-- does nothing if there is no terminal to show it.
function progress.bar(output)
  if output.json or not console.is "error" then
    return nil, function() end
  end
  local started, shown, length = core.seconds(), nil, 0

  local function draw(line)
    console.write("error", "\r" .. line .. (" "):rep(length - #line))
    length = #line
  end

  local function update(done, total)
    local now = core.seconds()
    if now - started < DELAY or (shown and now - shown < EVERY and done < total) then
      return
    end
    shown = now
    local full = done * WIDTH // total
    local rate = done / (now - started)
    draw(("[%s%s] %d of %d MB, %.0f s left"):format(("#"):rep(full), ("."):rep(WIDTH - full),
      done // MEGABYTE, total // MEGABYTE, (total - done) / rate))
  end

  return update, function()
    if shown then
      draw ""
      console.write("error", "\r")
    end
  end
end

return progress
