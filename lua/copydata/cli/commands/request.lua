-- SPDX-License-Identifier: MIT

--- `copydata request`: asks whoever serves a channel, and prints the answer.
local copydata = require "copydata"
local json = require "copydata.cli.json"
local show = require "copydata.cli.ui.show"
local status = require "copydata.cli.status"
local value = require "copydata.cli.json.value"
local words = require "copydata.cli.words"

local request = {
  summary = "Send a request to who serves a channel, and print the answer.",
  example = [[
copydata request calculator --lua "{add = {1, 2}}"
copydata request calculator '{"add": [1, 2]}' --json]],
  statuses = "0: it was answered; 1: it failed, or nobody serves there; 2: VALUE is none; "
    .. "130: Ctrl+C.",
}

function request.define(command)
  command:argument("name", "The channel's name."):convert(words.channel)
  value.define(command)
  command:option("--timeout", "Seconds to wait for the answer.")
    :argname "<seconds>":convert(words.seconds):default "5"
end

function request.run(options, output)
  local data = value.read(options)
  local endpoint <close> = status.must(copydata.new())
  local answer, message, code, remote =
    endpoint:request(options.name, data, { timeout = options.timeout })
  if code then
    status.must(nil, message, code, remote)
  elseif output.json then
    output:record(json.ordered({ answer = json.value(answer) }, { "answer" }))
  else
    output:text("%s", show.value(answer))
  end
  return status.DONE
end

return request
