-- SPDX-License-Identifier: MIT

--- `copydata channels`: lists the channels of this desktop.
local copydata = require "copydata"
local json = require "copydata.cli.json"
local show = require "copydata.cli.ui.show"
local status = require "copydata.cli.status"

local channels = {
  summary = "List the channels of this desktop.",
  example = "copydata channels",
  statuses = "0: there are channels; 1: there are none.",
}

function channels.run(_, output)
  local list = copydata.channels()
  local rows = {}
  for i, channel in ipairs(list) do
    if output.json then
      output:record(json.ordered(channel, { "name", "peers" }))
    end
    rows[i] = { show.text(channel.name), tostring(channel.peers) }
  end
  if #list == 0 then
    status.nothing "there are no channels on this desktop"
  elseif not output.json then
    output:columns({ "CHANNEL", "PEERS" }, rows)
  end
  return status.DONE
end

return channels
