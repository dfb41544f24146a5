-- SPDX-License-Identifier: MIT

--- `copydata raw request`: sends a WM_COPYDATA to another program and prints its reply.
local bytes = require "copydata.cli.commands.raw.bytes"
local copydata = require "copydata"
local status = require "copydata.cli.status"
local target = require "copydata.cli.commands.raw.target"
local words = require "copydata.cli.words"

local request = {
  name = "request",
  summary = "Send a WM_COPYDATA to another program and print the one that it replies with.",
  example = [[
copydata raw request 10 --class VIM_MESSAGES --reply 11 --reply 12 "getcwd()"]],
  statuses = "0: it replied; 1: it did not, or there is no such window; 130: Ctrl+C.",
}

function request.define(command)
  bytes.define(command, "Seconds to wait for the reply.")
  command:option("--reply", "The reply's dwData; any of them if repeated, any at all if omitted.")
    :argname "<dwdata>":convert(words.integer):count "*"
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
