-- SPDX-License-Identifier: MIT

--- What `copydata raw send` and `request` have in common: arguments, the bytes to send, the reply.
local arguments = require "copydata.cli.arguments"
local copydata = require "copydata"
local json = require "copydata.cli.json"
local show = require "copydata.cli.ui.show"
local status = require "copydata.cli.status"
local value = require "copydata.cli.json.value"
local target = require "copydata.cli.commands.raw.target"
local words = require "copydata.cli.words"

local raw = copydata.raw

local bytes = {}

--- Adds the arguments.
-- @param timeout what `--timeout` limits
function bytes.define(command, timeout)
  command:argument("dwdata", "The message's dwData, an integer."):convert(words.integer)
  command:argument("value", "The bytes to send; without it, or -, standard input."):args "?"
  command:mutex(
    command:flag("--utf16", "Convert the text to UTF-16 with a terminator."),
    command:option("--codepage", "Convert the text to this code page: ansi, oem or a number.")
      :argname "<codepage>":convert(words.codepage),
    command:flag("--hex", "The bytes are given in hexadecimal."))
  command:option("--file", "Send the contents of this file."):argname "<file>"
  target.define(command)
  arguments.timeout(command, timeout)
end

--- The bytes to send.
function bytes.of(options)
  local text = value.text(options)
  if options.hex then
    local digits = text:gsub("%s", "")
    if digits:find "%X" or #digits % 2 ~= 0 then
      status.usage "--hex: expected pairs of hexadecimal digits"
    end
    return (digits:gsub("..", function(pair) return string.char(tonumber(pair, 16)) end))
  elseif not (options.utf16 or options.codepage) then
    return text
  elseif not utf8.len(text) then
    status.usage("--%s: the text is not valid UTF-8", options.utf16 and "utf16" or "codepage")
  end
  return options.utf16 and raw.utf16(text, true) or status.must(raw.encode(text, options.codepage))
end

--- The reply as the options say: as text, or in hexadecimal.
function bytes.read(options, reply)
  if options.utf16 then
    return (status.must(raw.from_utf16(reply, true)))
  elseif options.codepage then
    return status.must(raw.decode(reply, options.codepage))
  elseif options.hex then
    return (reply:gsub(".", function(byte) return ("%02X "):format(byte:byte()) end):sub(1, -2))
  end
  return reply
end

--- Prints the reply.
function bytes.print(options, output, reply, tag)
  reply = bytes.read(options, reply)
  if output.json then
    output:record(json.ordered({ tag = tag, reply = reply }, { "tag", "reply" }))
  else
    output:text("%s", show.text(reply))
  end
end

return bytes
