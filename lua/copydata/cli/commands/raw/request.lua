-- SPDX-License-Identifier: MIT

--- `copydata raw request`: a WM_COPYDATA to another program, and the one it replies with.
local bytes = require "copydata.cli.commands.raw.bytes"
local copydata = require "copydata"
local status = require "copydata.cli.status"
local target = require "copydata.cli.commands.raw.target"
local words = require "copydata.cli.words"

local request = {
  name = "request",
  summary = "Send a WM_COPYDATA to another program and print the one it replies with.",
  example = [[
copydata raw request 10 --class VIM_MESSAGES --reply 11 --reply 12 "getcwd()"]],
  statuses = "0: it replied; 1: it did not, or there is no such window; 130: Ctrl+C.",
}

function request.define(command)
  command:argument("dwdata", "The message's dwData, an integer."):convert(words.integer)
  bytes.define(command)
  command:option("--reply", "The dwData of the reply; several: any of them; none: any at all.")
    :argname "<dwdata>":convert(words.integer):count "*"
  target.define(command)
  command:option("--timeout", "Seconds to wait for the reply.")
    :argname "<seconds>":convert(words.seconds):default "5"
end

function request.run(options, output)
  local sent = bytes.of(options)
  local reply, message, code = copydata.raw.request(target.window(options), options.dwdata, sent, {
    reply = #options.reply > 0 and options.reply or nil, timeout = options.timeout,
  })
  bytes.print(options, output, status.must(reply, message, code), message.tag)
  return status.DONE
end

return request
