-- SPDX-License-Identifier: MIT

--- `copydata send`: sends a value to all peers on a channel.
local arguments = require "copydata.cli.arguments"
local copydata = require "copydata"
local json = require "copydata.cli.json"
local progress = require "copydata.cli.ui.progress"
local records = require "copydata.cli.json.records"
local status = require "copydata.cli.status"
local value = require "copydata.cli.json.value"

local send = {
  summary = "Send a value to all peers on a channel.",
  example = [[
copydata send editor --lua "{file = 'main.lua', line = 3}"
copydata send editor --file message.json
echo {"line": 3} | copydata send editor]],
  statuses = "0: a peer accepted it; 1: none did; 2: wrong command line or VALUE; 130: Ctrl+C.",
}

function send.define(command)
  arguments.channel(command)
  value.define(command)
  arguments.timeout(command, "Seconds for the whole send.")
end

function send.run(options, output)
  local data = value.read(options)
  local endpoint <close> = status.must(copydata.new())
  local update, finish = progress.bar(output)
  local recipients, failures, code = endpoint:send(options.name, data,
    { timeout = options.timeout, on_progress = update })
  finish()
  status.must(recipients, failures, code)
  if output.json then
    output:record(json.ordered({
      recipients = recipients, failures = records.failures(failures),
    }, { "recipients", "failures" }))
  else
    for _, failure in ipairs(failures) do
      output:problem(failure.code, ("%s: %s"):format(failure.peer,
        (failure.message:gsub("^" .. failure.code .. ": ", ""))))
    end
    output:text("%d recipient%s", recipients, recipients == 1 and "" or "s")
  end
  return recipients > 0 and status.DONE or status.FAILED
end

return send
