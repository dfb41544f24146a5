-- SPDX-License-Identifier: MIT

--- `copydata raw send`: a WM_COPYDATA to a window of another program.
local copydata = require "copydata"
local find = require "copydata.cli.commands.raw.find"
local json = require "copydata.cli.json"
local status = require "copydata.cli.status"
local value = require "copydata.cli.json.value"
local words = require "copydata.cli.words"

local send = {
  name = "send",
  summary = "Send a WM_COPYDATA to a window of another program.",
  example = [[
copydata raw send 7 --class TheirClass --utf16 "open notes.txt"
copydata raw send 0x10 --hwnd 0x2005A --hex "01 00 FF"]],
  statuses = "0: it was answered; 1: it was not, or there is no such window; 130: Ctrl+C.",
}

function send.define(command)
  command:argument("dwdata", "The message's dwData, an integer."):convert(words.integer)
  command:argument("value", "The bytes to send; - or nothing: standard input."):args "?"
  command:option("--hwnd", "The window."):argname "<hwnd>":convert(words.window)
  find.define(command)
  command:mutex(
    command:flag("--utf16", "Send the text as UTF-16 with a terminator."),
    command:flag("--hex", "The bytes are written in hexadecimal."))
  command:option("--file", "Send what is in this file."):argname "<file>"
  command:option("--timeout", "Seconds to wait for the answer.")
    :argname "<seconds>":convert(words.seconds):default "5"
end

local function window_of(options)
  local named = options.class or options.title or options.pid
  if options.hwnd then
    if named then
      status.usage "--hwnd names the window: --class, --title and --pid are for finding one"
    end
    return options.hwnd
  elseif not named then
    status.usage "which window? Say --hwnd, or --class, --title or --pid"
  end
  local windows = find.windows(options)
  if #windows == 0 then
    status.nothing "there is no such window"
  elseif #windows > 1 then
    status.nothing("there are %d such windows: choose one with --hwnd, see copydata raw find",
      #windows)
  end
  return windows[1].hwnd
end

local function bytes_of(options)
  local text = value.text(options)
  if options.utf16 then
    if not utf8.len(text) then
      status.usage "--utf16: the text is not valid UTF-8"
    end
    return copydata.raw.utf16(text, true)
  elseif options.hex then
    local digits = text:gsub("%s", "")
    if digits:find "%X" or #digits % 2 ~= 0 then
      status.usage "--hex: pairs of hexadecimal digits expected"
    end
    return (digits:gsub("..", function(pair) return string.char(tonumber(pair, 16)) end))
  end
  return text
end

function send.run(options, output)
  local bytes = bytes_of(options)
  local answer = status.must(copydata.raw.send(window_of(options), options.dwdata, bytes,
    { timeout = options.timeout }))
  if output.json then
    output:record(json.ordered({ answer = answer }, { "answer" }))
  else
    output:text("answered %d", answer)
  end
  return status.DONE
end

return send
