-- SPDX-License-Identifier: MIT

--- `copydata peers`: who is on a channel.
local core = require "copydata.core"
local Peer = require "copydata.peer"
local records = require "copydata.cli.json.records"
local show = require "copydata.cli.ui.show"
local status = require "copydata.cli.status"
local words = require "copydata.cli.words"

local peers = {
  summary = "List who is on a channel: windows, programs, accounts.",
  example = "copydata peers editor",
  statuses = "0: there are peers; 1: there are none.",
}

function peers.define(command)
  command:argument("name", "The channel's name."):convert(words.channel)
end

function peers.run(options, output)
  local rows = {}
  for _, hwnd in ipairs(core.peers(options.name, 0)) do
    local peer = Peer.of(hwnd)
    if peer.pid then -- otherwise it has just gone
      rows[#rows + 1] = {
        show.hwnd(hwnd), tostring(peer.pid), show.program(peer.exe), show.text(peer.user or "?"),
        peer.integrity or "?", show.text(peer.exe or "?"),
      }
      if output.json then
        output:record(records.peer(peer, true))
      end
    end
  end
  if #rows == 0 then
    status.nothing("nobody is on the channel %q", options.name)
  elseif not output.json then
    output:columns({ "HWND", "PID", "PROGRAM", "USER", "INTEGRITY", "PATH" }, rows)
  end
  return status.DONE
end

return peers
