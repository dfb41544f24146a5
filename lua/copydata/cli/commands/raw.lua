-- SPDX-License-Identifier: MIT

--- `copydata raw`: windows and WM_COPYDATA of other programs.
local find = require "copydata.cli.commands.raw.find"
local send = require "copydata.cli.commands.raw.send"

return {
  summary = "Find windows of other programs and send them WM_COPYDATA.",
  example = "copydata raw find --class Notepad",
  statuses = "see copydata raw find --help, copydata raw send --help.",
  parts = { find, send },
  define = function(command)
    command:command_target "part"
  end,
  run = function(options, output)
    return (options.part == "find" and find or send).run(options, output)
  end,
}
