-- SPDX-License-Identifier: MIT

--- `copydata bridge --status`: reports how the bridges of this desktop are doing.
local Screen = require "copydata.cli.ui.screen"
local columns = require "copydata.cli.ui.columns"
local console = require "copydata.console"
local copydata = require "copydata"
local core = require "copydata.core"
local desktop = require "copydata.bridge.desktop"
local json = require "copydata.cli.json"
local show = require "copydata.cli.ui.show"
local status = require "copydata.cli.status"

local watch = {}

local INTERVAL = 1 -- seconds
local KEYS_EVERY = 0.1 -- seconds between looks for a key
local PLAIN, HEAD, TITLE = 7, 11, 0x1F -- colours; see layout.lua
local HEADS = {
  "CHANNEL", "OUT/S", "IN/S", "SENT", "RECEIVED", "WAITING", "LAG", "MISSING", "TWICE", "SKIPPED",
  "UNDELIVERED", "POSITION",
}
local NUMBERS = {}
for i = 2, #HEADS - 1 do
  NUMBERS[i] = true
end

-- A number that another program reported, or 0.
local function number(value)
  return math.type(value) and value == value and math.abs(value) < 1e15 and value or 0
end

local function text(value)
  return show.text(type(value) == "string" and value or "?")
end

local function list(value)
  return type(value) == "table" and value or {}
end

-- Adds to each channel of a bridge how many messages per second it carried.
-- @param before what each channel had sent and received last time, by names of bridge, server and
-- channel
local function rate(bridge, before, seconds)
  for _, server in ipairs(list(bridge.servers)) do
    for _, channel in ipairs(list(list(server).channels)) do
      local key = ("%s\0%s\0%s"):format(bridge.name, server.server, channel.name)
      local last = before[key]
      before[key] = { number(channel.sent), number(channel.received) }
      channel.sent_per_second = last and math.max(0, number(channel.sent) - last[1]) / seconds or 0
      channel.received_per_second =
        last and math.max(0, number(channel.received) - last[2]) / seconds or 0
    end
  end
end

-- The current status of all bridges; ends the command if there is none.
local function look(self)
  local answers, why, code = desktop.ask(self.endpoint, "status")
  status.must(answers, why, code)
  local now, bridges = core.seconds(), {}
  for _, answer in ipairs(answers) do
    if type(answer.data) == "table" and type(answer.data.name) == "string" then
      rate(answer.data, self.before, math.max(0.001, now - self.looked))
      bridges[#bridges + 1] = answer.data
    end
  end
  self.looked = now
  if #bridges == 0 then
    status.nothing "there is no bridge on this desktop"
  end
  return bridges
end

local function row(channel)
  local skipped = number(channel.bad) + number(channel.too_large) + number(channel.refused)
    + number(channel.looped)
  local function count(value)
    return ("%d"):format(number(value) // 1)
  end
  return {
    text(channel.name), ("%.1f"):format(channel.sent_per_second),
    ("%.1f"):format(channel.received_per_second), count(channel.sent), count(channel.received),
    count(channel.waiting), ("%.1f s"):format(number(channel.lag)), count(channel.missing),
    count(channel.duplicates), count(skipped), count(channel.undelivered),
    channel.position and text(channel.position) or "",
  }
end

-- A line about one server of a bridge.
local function server_line(bridge, server)
  local line = ("%s  %s  %s  %d reconnects"):format(text(bridge.name), text(server.server),
    text(server.state), number(server.reconnects) // 1)
  if server.asked then
    line = ("%s  asked %d, failed %d, served %d"):format(line, number(server.asked) // 1,
      number(server.failed) // 1, number(server.served) // 1)
  end
  if server.problem then
    line = line .. "  " .. text(server.problem)
  end
  return line
end

local function lines_of(bridges)
  local lines = {}
  for _, bridge in ipairs(bridges) do
    for _, server in ipairs(list(bridge.servers)) do
      lines[#lines + 1] = { text = server_line(bridge, server), colour = HEAD }
      local rows = { HEADS }
      for _, channel in ipairs(list(server.channels)) do
        rows[#rows + 1] = row(channel)
      end
      for _, line in ipairs(columns.align(rows, NUMBERS)) do
        lines[#lines + 1] = { text = line, colour = PLAIN }
      end
      lines[#lines + 1] = { text = "", colour = PLAIN }
    end
  end
  return lines
end

-- Prints the status: once, or with --json every second unless --once is given.
local function print_all(self, options, output)
  repeat
    local bridges = look(self)
    if output.json then
      output:record(json.ordered({ bridges = json.value(bridges) }, { "bridges" }))
    else
      for _, line in ipairs(lines_of(bridges)) do
        output:text("%s", line.text)
      end
    end
    local again = output.json and not options.once
  until not again or not copydata.sleep(INTERVAL)
end

local function draw(self, screen)
  local ends
  repeat
    local lines = lines_of(look(self))
    screen:draw(function(width, rows)
      local fitted = { { text = columns.fit(" copydata bridge   " .. os.date "%H:%M:%S"
        .. "   q or Ctrl+C ends", width), colour = TITLE } }
      for i = 2, rows do
        local line = lines[i - 1] or { text = "", colour = PLAIN }
        fitted[i] = { text = columns.fit(line.text, width), colour = line.colour }
      end
      return fitted
    end)
    local left
    ends = core.seconds() + INTERVAL
    repeat
      copydata.sleep(KEYS_EVERY)
      left = screen:is_left()
    until left or core.seconds() >= ends
  until left
end

--- Runs it.
function watch.run(options, output)
  local endpoint <close> = status.must(copydata.new { pump = "thread" })
  local self = { endpoint = endpoint, before = {}, looked = core.seconds() }
  output.endless = true
  copydata.spawn(function()
    if output.json or options.once or not console.is "output" then
      print_all(self, options, output)
    else
      local screen <close> = Screen.open()
      draw(self, screen)
    end
    copydata.stop()
  end)
  status.must(copydata.run())
end

return watch
