-- SPDX-License-Identifier: MIT

-- `copydata raw`: windows of other programs.
local children = require "support.children"
local copydata = require "support.copydata"
local dkjson = require "dkjson"
local process = require "support.process"
local program = require "support.program"
local recorder = require "support.recorder"
local unique = require "support.unique"
require "support.tidy"(before_each, after_each)
local raw = copydata.raw
local run = program.run

describe("copydata raw find", function()
  it("lists windows by class, title and process", function()
    local class, title = unique "class", unique "Fenster\27 ä"
    local window <close> = recorder(class, 1, title)
    local row = ("0x%X  %d  "):format(window:hwnd(), process.own_pid)
    local hwnd, pid = window:hwnd(), process.own_pid
    for _, words in ipairs {
      { "--class", class:upper() }, { "--title", title }, { "--class", class, "--pid", "" .. pid },
      { "--ordinary", "--class", class },
    } do
      local status, output, errors = run { "raw", "find", table.unpack(words) }
      assert.equal(0, status, errors)
      assert.equal("", errors)
      assert.matches("^HWND +PID +PROGRAM +CLASS +TITLE\n", output)
      assert.truthy(output:find(row, 1, true), output)
      assert.truthy(output:find(class .. "  " .. title:gsub("\27", "\\x1B"), 1, true), output)
    end
    local _, output = run { "raw", "find", "--class", class, "--json" }
    local found = dkjson.decode(output)
    assert.equal(hwnd, found.hwnd)
    assert.equal(pid, found.pid)
    assert.equal(class, found.class)
    assert.equal(title, found.title)
    assert.is_false(found.message_only)
    assert.is_false(found.visible)
    local name = raw.find({ class = class })[1].exe:match "[^\\]*$"
    for words, expected in pairs {
      [{ "--exe", name }] = 0, [{ "--exe", "no-such.exe" }] = 1, [{ "--visible" }] = 1,
    } do
      assert.equal(expected, (run { "raw", "find", "--class", class, table.unpack(words) }))
    end
  end)

  it("returns 1 if there is none", function()
    for _, words in ipairs { { "--class", unique() }, { "--message-only", "--title", unique() } } do
      local status, output, errors = run { "raw", "find", table.unpack(words) }
      assert.equal(1, status)
      assert.equal("", output)
      assert.equal("copydata: there is no such window\n", errors)
    end
  end)
end)

describe("copydata raw send", function()
  it("sends bytes, text in UTF-16 and hexadecimal, and prints the answer", function()
    local class = unique "class"
    local window <close> = recorder(class, 42)
    local hwnd = ("0x%X"):format(window:hwnd())
    for bytes, words in pairs {
      ["some text"] = { "7", "some text", "--class", class },
      ["\xe4\0\xf6\0\0\0"] = { "7", "\u{e4}\u{f6}", "--utf16", "--class", class },
      ["\1\0\xff"] = { "7", "01 00 fF", "--hex", "--hwnd", hwnd },
    } do
      local status, output, errors = run { "raw", "send", table.unpack(words) }
      assert.equal("", errors)
      assert.equal("answered 42", output)
      assert.equal(0, status)
      local tag, sender, got = window:newest()
      assert.same({ 7, 0, bytes }, { tag, sender, got })
    end
    window:answer(-1)
    local status, output = run({ "raw", "send", "0xFFFFFFFF", "--hwnd", hwnd, "--json" }, "in")
    assert.equal(0, status)
    assert.equal('{"answer":-1}', output)
    local tag, _, got = window:newest()
    assert.same({ 0xFFFFFFFF, "in" }, { tag, got })
  end)

  it("returns 2 if --hwnd is not a window handle", function()
    for word, problem in pairs {
      ["-1"] = "%-1 means all windows, not one",
      ["0xFFFF"] = "0xFFFF means all windows",
      ["0"] = "0 is not a window handle",
      ["0xFFFFFFFF"] = "means all windows",
      ["0x100000000"] = "4294967296 is not a window handle",
      ["here"] = "expected an integer, got 'here'",
    } do
      local status, output, errors = run { "raw", "send", "1", "x", "--hwnd=" .. word }
      assert.equal(2, status, errors)
      assert.equal("", output)
      assert.matches("^copydata: [^\n]*" .. problem .. "[^\n]*\n$", errors)
    end
  end)

  it("returns 1 if there is no such window, or more than one", function()
    local class = unique "class"
    local one <close> = recorder(class, 1)
    local other <close> = recorder(class .. "2", 1, "one title of two" .. class)
    local third <close> = recorder(class .. "3", 1, "one title of two" .. class)
    local title = "one title of two" .. class
    for message, words in pairs {
      ["there is no such window"] = { "--class", unique() },
      ["there are 2 such windows: choose one with %-%-hwnd"] = { "--title", title },
      ["GONE: "] = { "--hwnd", "0x7FFFFFFE" },
    } do
      local status, output, errors = run { "raw", "send", "1", "x", table.unpack(words) }
      assert.equal(1, status)
      assert.equal("", output)
      assert.matches("^copydata: " .. message, errors)
    end
    assert.is_nil(one:newest())
    assert.is_nil(other:newest())
    assert.is_nil(third:newest())
  end)
end)

describe("copydata raw request", function()
  setup(copydata.hwnd)
  -- Starts a child that replies with what it receives.
  local function start()
    local class = unique "class"
    local child = children.start()
    child:run([[
      window = require "support.recorder" (..., 0)
      window:announce(20)
      window:echo(11)
    ]], class)
    child:begin "copydata.run()"
    return child, class
  end

  it("prints the reply", function()
    local child <close>, class = start()
    for expected, words in pairs {
      ["1 + 1"] = { "1 + 1", "--reply", "11" },
      ["getcwd()"] = { "getcwd()", "--reply", "11", "--reply", "12" },
      ["utf-8\\x00"] = { "any" },
      ["01 00 FF"] = { "0100ff", "--hex", "--reply", "11" },
      ["Gr\u{fc}\u{df}e"] = { "Gr\u{fc}\u{df}e", "--utf16", "--reply", "11" },
      ["sch\u{f6}n"] = { "sch\u{f6}n", "--codepage", "1252", "--reply", "11" },
    } do
      local status, output, errors =
        run { "raw", "request", "10", "--class", class, table.unpack(words) }
      assert.equal("", errors)
      assert.equal(expected, output)
      assert.equal(0, status)
    end
    local status, output =
      run { "raw", "request", "10", "x", "--class", class, "--reply", "11", "--json" }
    assert.equal(0, status)
    assert.equal('{"tag":11,"reply":"x"}', output)
    child:kill()
  end)

  it("returns 1 if there is none", function()
    local child <close>, class = start()
    local status, output, errors = run {
      "raw", "request", "10", "x", "--class", class, "--reply", "99", "--timeout", "0.2",
    }
    assert.equal(1, status)
    assert.equal("", output)
    assert.matches("^copydata: TIMEOUT: no reply in time", errors)
    status, output, errors =
      run { "raw", "request", "10", "\u{20ac}", "--class", class, "--codepage", "850" }
    assert.equal(1, status)
    assert.equal("", output)
    assert.matches("^copydata: UNENCODABLE: U%+20AC", errors)
    child:kill()
  end)
end)

describe("copydata raw message", function()
  setup(copydata.hwnd)
  it("sends and posts messages, by number and name", function()
    local endpoint <close> = copydata.new { class = unique "class", pump = "thread" }
    local hwnd = ("0x%X"):format(endpoint:hwnd())
    local name = unique "Message"
    local got = {}
    endpoint:on_message(0x400, function(...) got[#got + 1] = { ... } end, { result = -7 })
    endpoint:on_message(name, function(...) got[#got + 1] = { ... } end)
    for _, case in ipairs {
      { "answered -7", "0x400", "1", "2" }, { "answered 0", name, "3" },
      { "posted", name, "--post" },
      { '{"answer":-7}', "1024", "--json" }, { '{"answer":true}', name, "--post", "--json" },
    } do
      local status, output, errors =
        run { "raw", "message", "--hwnd", hwnd, table.unpack(case, 2) }
      assert.equal("", errors)
      assert.equal(case[1], output)
      assert.equal(0, status)
    end
    while #got < 5 do
      copydata.poll(20)
    end
    assert.same({ { 1, 2 }, { 3, 0 }, { 0, 0 }, { 0, 0 }, { 0, 0 } }, got)
  end)
end)
