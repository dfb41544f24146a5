-- SPDX-License-Identifier: MIT

--- `copydata raw find`: lists windows.
local copydata = require "copydata"
local json = require "copydata.cli.json"
local show = require "copydata.cli.ui.show"
local status = require "copydata.cli.status"
local words = require "copydata.cli.words"

local find = {
  name = "find",
  summary = "List windows of any program, including hidden ones.",
  example = [[
copydata raw find --class Notepad
copydata raw find --pid 1234 --json]],
  statuses = "0: there are such windows; 1: there are none.",
}

--- Adds the options that choose windows.
function find.define(command)
  command:option("--class", "The window's class."):argname "<class>"
  command:option("--title", "The window's complete title."):argname "<title>"
  command:option("--exe", "The window's program: its file name or full path.")
    :argname "<exe>"
  command:option("--pid", "The window's process."):argname "<pid>":convert(words.pid)
  command:flag("--visible", "Only visible windows.")
  command:mutex(
    command:flag("--message-only", "Only message-only windows, such as endpoints."),
    command:flag("--ordinary", "All but message-only windows."))
end

--- The windows that the options choose.
function find.windows(options)
  local kind = nil
  if options.message_only or options.ordinary then
    kind = options.message_only or false
  end
  return copydata.raw.find {
    class = options.class, title = options.title, exe = options.exe, pid = options.pid,
    visible = options.visible, message_only = kind,
  }
end

function find.run(options, output)
  local windows = find.windows(options)
  local rows = {}
  for i, window in ipairs(windows) do
    if output.json then
      output:record(json.ordered({
        hwnd = window.hwnd, class = window.class, title = window.title, visible = window.visible,
        message_only = window.message_only, pid = window.pid, exe = window.exe,
      }, { "hwnd", "class", "title", "visible", "message_only", "pid", "exe" }))
    end
    rows[i] = {
      show.hwnd(window.hwnd), tostring(window.pid), show.program(window.exe),
      show.text(window.class), show.text(window.title or ""),
    }
  end
  if #windows == 0 then
    status.nothing "there is no such window"
  elseif not output.json then
    output:columns({ "HWND", "PID", "PROGRAM", "CLASS", "TITLE" }, rows)
  end
  return status.DONE
end

return find
