-- SPDX-License-Identifier: MIT

--- `copydata listen`: prints messages as they arrive.
local copydata = require "copydata"
local records = require "copydata.cli.json.records"
local show = require "copydata.cli.ui.show"
local status = require "copydata.cli.status"
local words = require "copydata.cli.words"

local SHOWN = 4000 -- bytes of a message, without --full

local listen = {
  summary = "Print messages on channels as they arrive, until Ctrl+C.",
  example = [[
copydata listen editor log
copydata listen editor --count 1 --timeout 10 --json]],
  statuses = "0: --count messages arrived, or Ctrl+C or --timeout without --count; "
    .. "1: fewer arrived in time; 130: Ctrl+C before they arrived.",
}

function listen.define(command)
  command:argument("names", "The channels' names."):args "+":convert(words.channel)
  command:option("--count", "End after this many messages."):argname "<n>":convert(words.count)
  command:option("--timeout", "End after this many seconds.")
    :argname "<seconds>":convert(words.seconds)
  command:flag("--full", "Print long messages whole, not only their first 4000 bytes.")
end

local function print_message(message, options, output)
  if output.json then
    output:record(records.message(message))
  else
    output:text("%s  %s  %s  %s%s", show.time(message.received), show.text(message.channel),
      show.sender(message), message.retained and "retained: " or "",
      show.value(message.data, not options.full and SHOWN or nil))
  end
end

-- Joins all channels; a name given twice is one channel.
local function join(endpoint, names, handler)
  for _, name in ipairs(names) do
    if not endpoint:joined(name) then
      status.must(endpoint:channel(name)):on(handler)
    end
  end
end

function listen.run(options, output)
  local endpoint <close> = status.must(copydata.new { pump = "thread" })
  local left = options.count or math.huge
  output.endless = not options.count
  join(endpoint, options.names, function(_, message)
    if left > 0 then
      left = left - 1
      print_message(message, options, output)
    end
    if left == 0 then
      copydata.stop()
    end
  end)
  output:note("listening on %s; Ctrl+C ends", table.concat(options.names, ", "))

  if options.timeout then
    copydata.spawn(function()
      copydata.sleep(options.timeout)
      copydata.stop()
    end)
  end
  status.must(copydata.run())
  if options.count and left > 0 then
    status.must(nil, ("%d of %d messages arrived in time"):format(options.count - left,
      options.count), "TIMEOUT")
  end
  return status.DONE
end

return listen
