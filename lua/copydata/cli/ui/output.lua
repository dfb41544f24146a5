-- SPDX-License-Identifier: MIT

--- Prints text for people or, with `--json`, objects for programs, one per line. Every line is
-- flushed at once, since its reader may be waiting for it.
local columns = require "copydata.cli.ui.columns"
local console = require "copydata.console"
local json = require "copydata.cli.json"
local show = require "copydata.cli.ui.show"

local Output = {}
Output.__index = Output

local UNSAID = { USAGE = true, NOTHING = true } -- names that people need not see
local STREAMS = { output = io.stdout, error = io.stderr }

--- @param as_json whether `--json` was given
function Output.new(as_json)
  return setmetatable({
    json = as_json,
    endless = false, -- whether the command normally ends by Ctrl+C
  }, Output)
end

--- An error that ends the program quietly: the reader of its output is gone.
Output.GONE = setmetatable({}, { __name = "copydata.cli.gone" })

local function write(stream, text)
  local ok
  if console.is(stream) then -- whose code page may lack characters of the text
    ok = console.write(stream, text)
  else
    ok = STREAMS[stream]:write(text) and STREAMS[stream]:flush()
  end
  if not ok then
    error(Output.GONE, 0)
  end
end

--- Prints a line of text.
function Output.text(_, format, ...)
  write("output", format:format(...) .. "\n")
end

--- Prints a line of JSON: an object from `json.ordered`.
function Output.record(_, object)
  write("output", json.encode(object) .. "\n")
end

--- Prints an answer: with `--json` as the field `answer` of an object, otherwise as text.
function Output:answer(value, format, ...)
  if self.json then
    self:record(json.ordered({ answer = value }, { "answer" }))
  else
    self:text(format, ...)
  end
end

--- Prints a line to standard error, for people only.
function Output:note(format, ...)
  if not self.json then
    write("error", format:format(...) .. "\n")
  end
end

-- Text from other programs, as valid UTF-8.
local function plain(text)
  return text and (utf8.len(text) and text or show.text(text))
end

--- Prints what went wrong to standard error. The message may contain text from another program.
-- @param[opt] remote what that program reported: `message`, and perhaps `name` and `traceback`
function Output:problem(name, message, remote)
  if self.json then
    local problem = { name = name, message = plain(message) }
    if remote then
      problem.remote = json.ordered({
        message = plain(remote.message), name = plain(remote.name),
        traceback = plain(remote.traceback),
      }, { "name", "message", "traceback" })
    end
    problem = json.ordered(problem, { "name", "message", "remote" })
    write("error", json.encode { error = problem } .. "\n")
  else
    if remote and remote.name then
      message = ("%s (%s)"):format(message, remote.name)
    end
    local prefix = UNSAID[name] and "" or name .. ": "
    local text = name == "USAGE" and message:gsub("[^\n]+", show.text) or show.text(message)
    write("error", ("copydata: %s%s\n"):format(prefix, text))
  end
end

--- Prints rows of text in aligned columns, below their headings.
function Output:columns(heads, rows)
  table.insert(rows, 1, heads)
  for _, line in ipairs(columns.align(rows)) do
    self:text("%s", line)
  end
end

return Output
