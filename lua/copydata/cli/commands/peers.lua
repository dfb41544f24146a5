-- SPDX-License-Identifier: MIT

--- `copydata peers`: lists the peers on a channel.
local arguments = require "copydata.cli.arguments"
local copydata = require "copydata"
local core = require "copydata.core"
local Peer = require "copydata.peer"
local records = require "copydata.cli.json.records"
local show = require "copydata.cli.ui.show"
local status = require "copydata.cli.status"

local peers = {
  summary = "List the peers on a channel: windows, programs, accounts.",
  example = [[
copydata peers editor
copydata peers editor --watch]],
  statuses = "0: there are peers, or Ctrl+C with --watch; 1: there are none.",
}

function peers.define(command)
  arguments.channel(command)
  command:flag("--watch", "Print the peers, then each that joins or leaves, until Ctrl+C.")
end

local function print_event(output, peer, event)
  local time = core.now()
  if output.json then
    output:record(records.presence(peer, event, time))
  else
    output:text("%s  %-6s  %s  %s %d  %s  %s", show.time(time), event, show.hwnd(peer.hwnd),
      show.program(peer.exe), peer.pid, show.text(peer.user or "?"), peer.integrity or "?")
  end
end

local function watch(options, output)
  local endpoint <close> = status.must(copydata.new { pump = "thread" })
  local channel = status.must(endpoint:channel(options.name, { listen = false }))
  output.endless = true
  channel:on_peers(function(peer, event)
    print_event(output, peer, event)
  end)
  output:note("watching %s; Ctrl+C ends", options.name)
  status.must(copydata.run())
  return status.DONE
end

function peers.run(options, output)
  if options.watch then
    return watch(options, output)
  end
  local rows = {}
  for _, hwnd in ipairs(core.peers(options.name, 0)) do
    local peer = Peer.of(hwnd)
    if peer.pid then -- otherwise it has just left
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
    status.nothing("there are no peers on the channel %q", options.name)
  elseif not output.json then
    output:columns({ "HWND", "PID", "PROGRAM", "USER", "INTEGRITY", "PATH" }, rows)
  end
  return status.DONE
end

return peers
