-- SPDX-License-Identifier: MIT

--- `copydata request`: sends a request and prints the answer.
local arguments = require "copydata.cli.arguments"
local copydata = require "copydata"
local json = require "copydata.cli.json"
local show = require "copydata.cli.ui.show"
local status = require "copydata.cli.status"
local value = require "copydata.cli.json.value"

local request = {
  summary = "Send a request to a peer that serves a channel, and print the answer.",
  example = [[
copydata request calculator --lua "{add = {1, 2}}"
copydata request calculator '{"add": [1, 2]}' --json]],
  statuses = "0: it was answered; 1: it failed, or no peer serves the channel; "
    .. "2: wrong command line or VALUE; 130: Ctrl+C.",
}

function request.define(command)
  arguments.channel(command)
  value.define(command)
  arguments.timeout(command, "Seconds to wait for the answer.")
end

function request.run(options, output)
  local data = value.read(options)
  local endpoint <close> = status.must(copydata.new())
  local answer, message, code, remote =
    endpoint:request(options.name, data, { timeout = options.timeout })
  if code then
    status.must(nil, message, code, remote)
  end
  output:answer(json.value(answer), "%s", show.value(answer))
  return status.DONE
end

return request
