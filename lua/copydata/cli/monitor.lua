-- SPDX-License-Identifier: MIT

--- `copydata monitor`: a live screen of what goes on between programs.
local Watch = require "copydata.cli.watch"
local console = require "copydata.console"
local copydata = require "copydata"
local core = require "copydata.core"
local json = require "copydata.cli.json"
local layout = require "copydata.cli.layout"
local records = require "copydata.cli.records"
local status = require "copydata.cli.status"
local words = require "copydata.cli.words"

local KEYS_EVERY = 0.1 -- seconds between looks for a key

local monitor = {
  summary = "Watch channels, peers and messages on a live screen.",
  description = [[
Watch channels, peers and messages on a live screen; q or Ctrl+C ends it. Without a terminal it
prints what happened in one interval and ends.

To see messages it has to join the channels: it is a recipient like others, and senders count it.
It answers no requests, and leaves a channel when nobody else is on it. BYTES are those of the
values as MessagePack.]],
  example = [[
copydata monitor
copydata monitor editor log
copydata monitor --once --json]],
  statuses = "0: it was ended, or printed what it should; 1: it cannot watch.",
}

function monitor.define(command)
  command:argument("names", "Channels to watch; without any, all that there are."):args "*"
    :convert(words.channel)
  command:option("--interval", "Seconds between changes of the screen, 0.05 at least.")
    :argname "<seconds>":convert(words.interval):default "1"
  command:flag("--once", "Print what happened in one interval and end, also on a terminal.")
end

-- Handles messages for a time.
-- @param[opt] ended a function that is asked meanwhile whether to end
-- @return whether to end
local function wait(watch, seconds, ended)
  local ends = core.seconds() + seconds
  repeat
    local left = math.max(0, ends - core.seconds())
    local count, message, code = watch.endpoint:poll(ended and math.min(left, KEYS_EVERY) or left)
    if code == "INTERRUPTED" or (ended and ended()) then
      return true
    end
    status.must(count, message, code)
  until left == 0
  return false
end

local CHANNEL = {
  "name", "peers", "messages", "messages_per_second", "bytes", "bytes_per_second", "last",
}

local function snapshot(watch)
  local channels, peers = {}, {}
  for i, record in ipairs(watch.channels) do
    channels[i] = json.ordered({
      name = record.name,
      peers = record.peers,
      messages = record.messages,
      messages_per_second = json.rounded(record.messages_per_second),
      bytes = record.bytes,
      bytes_per_second = json.rounded(record.bytes_per_second),
      last = record.last and records.message(record.last),
    }, CHANNEL)
  end
  for i, entry in ipairs(watch.peers) do
    peers[i] = records.peer(entry.peer, true, entry.channels)
  end
  return json.ordered({ channels = channels, peers = peers }, { "channels", "peers" })
end

-- Prints what happened in each interval.
local function report(watch, options, output)
  repeat
    if wait(watch, options.interval) then
      break
    end
    watch:look()
    if output.json then
      output:record(snapshot(watch))
    else
      for _, line in ipairs(layout.text(watch)) do
        output:text("%s", line.text)
      end
    end
  until options.once or not output.json
end

-- Draws the lines that are not there already.
-- @param drawn what is there
-- @return what is there now
local function draw(screen, watch, drawn)
  local columns, rows = screen:size()
  if columns ~= drawn.columns or rows ~= drawn.rows then
    drawn = { columns = columns, rows = rows }
    screen:clear()
  end
  for i, line in ipairs(layout.screen(watch, columns, rows)) do
    local was = drawn[i] or {}
    if was.colour ~= line.colour then
      screen:colour(i - 1, line.colour)
    end
    if was.text ~= line.text then
      screen:put(i - 1, line.text)
    end
    drawn[i] = line
  end
  return drawn
end

local function show(watch, options)
  local screen <close> = status.must(console.screen())
  local drawn = {}

  local function ended()
    local key
    repeat
      key = screen:key()
    until not key or key == "q" or key == "Q" or key == "\3"
    return key ~= nil
  end

  repeat
    watch:look()
    drawn = draw(screen, watch, drawn)
  until wait(watch, options.interval, ended)
end

function monitor.run(options, output)
  local endpoint <close> = status.must(copydata.new { pump = "thread" })
  local watch = Watch.new(endpoint, options.names)
  output.endless = true
  watch:look()
  if output.json or options.once or not console.is "output" then
    report(watch, options, output)
  else
    show(watch, options)
  end
  return status.DONE
end

return monitor
