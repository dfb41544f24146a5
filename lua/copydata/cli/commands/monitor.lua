-- SPDX-License-Identifier: MIT

--- `copydata monitor`: a live screen of channels, peers and messages.
local Screen = require "copydata.cli.ui.screen"
local Watch = require "copydata.cli.commands.monitor.watch"
local console = require "copydata.console"
local copydata = require "copydata"
local core = require "copydata.core"
local json = require "copydata.cli.json"
local layout = require "copydata.cli.ui.layout"
local records = require "copydata.cli.json.records"
local status = require "copydata.cli.status"
local words = require "copydata.cli.words"

local KEYS_EVERY = 0.1 -- seconds between looks for a key

local monitor = {
  summary = "Watch channels, peers and messages on a live screen.",
  description = [[
Watch channels, peers and messages on a live screen, until q or Ctrl+C. Without a terminal, print
what happened in one interval and end.

To see messages, the monitor joins the channels: it is a recipient like any other, and senders count
it. It answers no requests, and leaves a channel that only monitors are on. BYTES counts the values
as MessagePack.]],
  example = [[
copydata monitor
copydata monitor editor log
copydata monitor --once --json]],
  statuses = "0: ended by q or Ctrl+C, or printed the interval; 1: it cannot watch.",
}

function monitor.define(command)
  command:argument("names", "Channels to watch; all channels by default."):args "*"
    :convert(words.channel)
  command:option("--interval", "Seconds between updates, at least 0.05.")
    :argname "<seconds>":convert(words.interval):default "1"
  command:flag("--once", "Print one interval and end, even on a terminal.")
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

-- Prints what happens in each interval.
local function report(watch, options, output)
  repeat
    copydata.sleep(options.interval)
    watch:count()
    if output.json then
      output:record(snapshot(watch))
    else
      for _, line in ipairs(layout.text(watch)) do
        output:text("%s", line.text)
      end
    end
  until options.once or not output.json
end

local function show(watch, options, screen)
  local ends = core.seconds() -- when the interval ends
  local peers -- those on the screen
  repeat
    local now = core.seconds()
    if now >= ends then
      watch:count()
    end
    if now >= ends or watch.peers ~= peers then
      screen:draw(function(...)
        return layout.screen(watch, ...)
      end)
      peers = watch.peers
      ends = now >= ends and now + options.interval or ends
    end
    copydata.sleep(math.min(math.max(0, ends - core.seconds()), KEYS_EVERY))
  until screen:is_left()
end

-- Runs a function until it returns, or until Ctrl+C, while messages are counted and peers followed.
local function attend(main, watch, ...)
  copydata.spawn(function()
    repeat until not watch:follow()
  end)
  copydata.spawn(function(...)
    main(watch, ...)
    copydata.stop()
  end, ...)
  status.must(copydata.run())
end

function monitor.run(options, output)
  local endpoint <close> = status.must(copydata.new { pump = "thread" })
  local watch = Watch.new(endpoint, options.names)
  output.endless = true
  watch:look()
  if output.json or options.once or not console.is "output" then
    attend(report, watch, options, output)
  else
    local screen <close> = Screen.open()
    attend(show, watch, options, screen)
  end
  return status.DONE
end

return monitor
