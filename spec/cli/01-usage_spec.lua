-- SPDX-License-Identifier: MIT

-- The program's help, its version, and what it says about wrong command lines.
local copydata = require "support.copydata"
local dkjson = require "dkjson"
local program = require "support.program"
require "support.tidy"(before_each, after_each)
local run = program.run

local COMMANDS = {
  { "channels" }, { "peers" }, { "send" }, { "listen" }, { "request" }, { "monitor" }, { "raw" },
  { "raw", "find" }, { "raw", "send" }, { "raw", "request" }, { "raw", "message" }, { "bridge" },
  { "doctor" },
}

describe("copydata", function()
  it("shows help with an example and the exit statuses, for each command", function()
    local status, output, errors = run { "--help" }
    assert.equal(0, status)
    assert.equal("", errors)
    assert.matches("Exit status: 0 done; 1 failed", output)
    local runs = {}
    for i, words in ipairs(COMMANDS) do
      assert.matches("\n   " .. words[1] .. " ", output)
      runs[i] = { table.unpack(words) }
      table.insert(runs[i], "--help")
    end
    for i, ended, help in program.each(runs) do
      local words = COMMANDS[i]
      assert.equal(0, ended)
      assert.matches("Usage: copydata " .. table.concat(words, " "), help)
      assert.matches("Example:\n   copydata " .. words[1], help)
      assert.matches("Exit status: ", help)
      local before = "" -- a line of a paragraph has no room for the next line's first word
      for line in help:gmatch "([^\n]*)\n" do
        local word = line:match "^%a%S*"
        if word and before:find "^%a" then
          assert.truthy(#before + 1 + #word >= 80, before)
        end
        before = line
      end
    end
  end)

  it("prints its version, which is the module's", function()
    local status, output = run { "--version" }
    assert.equal(0, status)
    assert.equal(copydata._VERSION .. " (" .. _VERSION .. ")", output)
  end)

  local wrong = {
    { "a command is required", {} },
    { "unknown command 'sned'%. Did you mean 'send'%? See copydata %-%-help\n", { "sned" } },
    { "missing argument 'name'; see copydata peers %-%-help", { "peers" } },
    { "missing argument 'name'", { "send" } },
    { "unknown option '%-%-nonsense'", { "channels", "--nonsense" } },
    { "too many arguments", { "peers", "a", "b" } },
    { "the channel's name is empty", { "peers", "" } },
    { "the channel's name is too long", { "send", ("x"):rep(300), "1" } },
    { "a command is required; see copydata raw", { "raw" } },
    { "missing argument 'names'", { "listen" } },
    { "expected a whole number above 0, got '0'", { "listen", "x", "--count", "0" } },
    { "expected seconds, got 'soon'", { "listen", "x", "--timeout", "soon" } },
    { "expected seconds, got 'nan'", { "send", "x", "1", "--timeout", "nan" } },
    { "VALUE is not JSON: .*%-%-string", { "send", "x", "hello" } },
    { "VALUE is not JSON: unexpected text after the value, at byte 3", { "send", "x", "1 2" } },
    { "VALUE is not JSON: .*whole number", { "send", "x", '{"$uint64": "x"}' } },
    { "VALUE is not JSON: $bin: expected base64", { "send", "x", '{"$bin": "!"}' } },
    { "VALUE is not Lua: ", { "send", "x", "{", "--lua" } },
    { "VALUE is not Lua: .*bad argument", { "send", "x", "math.abs'on purpose'", "--lua" } },
    { "VALUE: cannot encode a function at .a", { "send", "x", "{a = math.abs}", "--lua" } },
    { "can not be used together", { "send", "x", "1", "--lua", "--string" } },
    { "give either VALUE or %-%-file, not both", { "send", "x", "1", "--file", "y" } },
    { "cannot read the file: .*no%-such%-file", { "send", "x", "--file", "no-such-file" } },
    { "which window%?", { "raw", "send", "1", "x" } },
    { "expected an integer, got '1.5'; see copydata raw send %-%-help",
      { "raw", "send", "1.5", "x", "--hwnd", "1" } },
    { "pairs of hexadecimal digits", { "raw", "send", "1", "0", "--hex", "--hwnd", "1" } },
    { "pairs of hexadecimal digits", { "raw", "request", "1", "0", "--hex", "--hwnd", "1" } },
    { "which window%?", { "raw", "request", "1", "x" } },
    { "which window%?", { "raw", "message", "1" } },
    { "expected an integer, got 'x'", { "raw", "request", "1", "--reply", "x" } },
    { "expected a code page .*'utf8'", { "raw", "send", "1", "x", "--codepage", "utf8" } },
    { "can not be used together", { "raw", "send", "1", "x", "--hex", "--utf16" } },
    { "no window message has the number 65536", { "raw", "message", "65536", "--hwnd", "1" } },
    { "expected an integer, got 'w'", { "raw", "message", "1", "w", "--hwnd", "1" } },
    { "carries a memory address", { "raw", "message", "12", "0", "4096", "--hwnd", "1" } },
    { "can not be used together",
      { "raw", "message", "1024", "--post", "--timeout", "1", "--hwnd", "1" } },
    { "no process has the ID 4294967296", { "raw", "find", "--pid", "4294967296" } },
    { "expected at least 0.05 seconds, got '0'", { "monitor", "--interval", "0" } },
    { "%-%-hwnd already names the window",
      { "raw", "send", "1", "x", "--hwnd", "1", "--class", "c" } },
  }

  it("says what is wrong with a command line, and returns 2", function()
    local runs = {}
    for i, case in ipairs(wrong) do
      runs[i] = case[2]
    end
    for i, status, output, errors in program.each(runs) do
      local case = wrong[i]
      local words = table.concat(case[2], " ")
      assert.equal(2, status, words)
      assert.equal("", output, words)
      assert.matches("^copydata: [^\n]*" .. case[1], errors, words)
      assert.is_nil(errors:find "traceback", words)
    end
  end)

  it("rejects JSON that is nested too deeply", function()
    local status, output, errors = run({ "send", "x" }, ("["):rep(300000))
    assert.equal(2, status)
    assert.equal("", output)
    assert.matches("^copydata: VALUE is not JSON: nested too deeply", errors)
  end)

  it("says so as JSON with --json", function()
    local status, output, errors = run { "send", "x", "hello", "--json" }
    assert.equal(2, status)
    assert.equal("", output)
    local problem = dkjson.decode(errors).error
    assert.equal("USAGE", problem.name)
    assert.matches("^VALUE is not JSON", problem.message)
  end)
end)
