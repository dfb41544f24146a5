-- SPDX-License-Identifier: MIT

--- The bytes that `copydata raw send` and `request` send, and what comes back.
local copydata = require "copydata"
local json = require "copydata.cli.json"
local show = require "copydata.cli.ui.show"
local status = require "copydata.cli.status"
local value = require "copydata.cli.json.value"
local words = require "copydata.cli.words"

local raw = copydata.raw

local bytes = {}

--- Adds what says them to a command.
function bytes.define(command)
  command:argument("value", "The bytes to send; - or nothing: standard input."):args "?"
  command:mutex(
    command:flag("--utf16", "The text is UTF-16 with a terminator."),
    command:option("--codepage", "The text is in this code page: ansi, oem or a number.")
      :argname "<codepage>":convert(words.codepage),
    command:flag("--hex", "The bytes are written in hexadecimal."))
  command:option("--file", "Send what is in this file."):argname "<file>"
end

--- The bytes to send.
function bytes.of(options)
  local text = value.text(options)
  if options.hex then
    local digits = text:gsub("%s", "")
    if digits:find "%X" or #digits % 2 ~= 0 then
      status.usage "--hex: pairs of hexadecimal digits expected"
    end
    return (digits:gsub("..", function(pair) return string.char(tonumber(pair, 16)) end))
  elseif not (options.utf16 or options.codepage) then
    return text
  elseif not utf8.len(text) then
    status.usage("--%s: the text is not valid UTF-8", options.utf16 and "utf16" or "codepage")
  end
  return options.utf16 and raw.utf16(text, true) or status.must(raw.encode(text, options.codepage))
end

--- What came back: text, or the bytes in hexadecimal, as the options say.
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

--- Prints what came back.
function bytes.print(options, output, reply, tag)
  reply = bytes.read(options, reply)
  if output.json then
    output:record(json.ordered({ tag = tag, reply = reply }, { "tag", "reply" }))
  else
    output:text("%s", show.text(reply))
  end
end

return bytes
