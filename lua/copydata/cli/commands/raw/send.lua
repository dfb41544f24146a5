-- SPDX-License-Identifier: MIT

--- `copydata raw send`: sends a WM_COPYDATA to a window of another program.
local bytes = require "copydata.cli.commands.raw.bytes"
local copydata = require "copydata"
local status = require "copydata.cli.status"
local target = require "copydata.cli.commands.raw.target"

local send = {
  name = "send",
  summary = "Send a WM_COPYDATA to a window of another program.",
  example = [[
copydata raw send 7 --class TheirClass --utf16 "open notes.txt"
copydata raw send 0x10 --hwnd 0x2005A --hex "01 00 FF"]],
  statuses = "0: it was answered; 1: it was not, or there is no such window; 130: Ctrl+C.",
}

function send.define(command)
  bytes.define(command, "Seconds to wait for the answer.")
end

function send.run(options, output)
  local sent = bytes.of(options)
  local answer = status.must(copydata.raw.send(target.window(options), options.dwdata, sent,
    { timeout = options.timeout }))
  output:answer(answer, "answered %d", answer)
  return status.DONE
end

return send
