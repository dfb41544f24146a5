-- SPDX-License-Identifier: MIT

--- `copydata raw`: finds windows of other programs and sends them messages.
local find = require "copydata.cli.commands.raw.find"
local message = require "copydata.cli.commands.raw.message"
local request = require "copydata.cli.commands.raw.request"
local send = require "copydata.cli.commands.raw.send"

local parts = { find, send, request, message }

return {
  summary = "Find windows of other programs and send them messages.",
  example = "copydata raw find --class Notepad",
  statuses = "see copydata raw COMMAND --help.",
  parts = parts,
  define = function(command)
    command:command_target "part"
  end,
  run = function(options, output)
    for _, part in ipairs(parts) do
      if part.name == options.part then
        return part.run(options, output)
      end
    end
  end,
}
