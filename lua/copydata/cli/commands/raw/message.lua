-- SPDX-License-Identifier: MIT

--- `copydata raw message`: sends or posts any message to a window of another program.
local copydata = require "copydata"
local status = require "copydata.cli.status"
local target = require "copydata.cli.commands.raw.target"
local words = require "copydata.cli.words"

local message = {
  name = "message",
  summary = "Send or post any message to a window of another program.",
  example = [[
copydata raw message 0x111 40045 --class "Winamp v1.x"
copydata raw message TheirMessage 1 --exe Their.exe --post]],
  statuses = "0: it was answered or posted; 1: it was not, or there is no such window; "
    .. "130: Ctrl+C.",
}

function message.define(command)
  command:argument("message", "Its number, or the name of a registered message.")
    :convert(words.message)
  command:argument("wparam", "An integer."):args "?":convert(words.integer)
  command:argument("lparam", "An integer."):args "?":convert(words.integer)
  target.define(command)
  command:mutex(
    command:flag("--post", "Do not wait for an answer."),
    command:option("--timeout", "Seconds to wait for the answer; 5 by default.")
      :argname "<seconds>":convert(words.seconds))
end

function message.run(options, output)
  local ok, answer, problem, code = pcall(copydata.raw.message, target.window(options),
    options.message, options.wparam, options.lparam,
    { post = options.post, timeout = options.timeout })
  if not ok then -- the message carries a memory address
    status.usage("%s", (tostring(answer):gsub("^[^\n]-%.lua:%d+: ", "")))
  end
  status.must(answer, problem, code)
  output:answer(answer, options.post and "posted" or "answered %d", answer)
  return status.DONE
end

return message
