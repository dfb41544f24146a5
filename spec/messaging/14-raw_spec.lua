-- SPDX-License-Identifier: MIT

-- Other programs' protocols: finding their windows, sending to them, and their text.
local blames_here = require "support.blames"
local children = require "support.children"
local closing = require "support.closing"
local copydata = require "support.copydata"
local frames = require "support.frames"
local process = require "support.process"
local recorder = require "support.recorder"
local unique = require "support.unique"
require "support.tidy"(before_each, after_each)

local raw = copydata.raw

local MPK1 = frames.MPK1
local DEFAULT = 5 -- seconds, of a timeout that nobody has set
local TAGS = { 0, 1, MPK1 - 1, 0xFFFFFFFF, 1 << 32, math.maxinteger, math.mininteger, -1 }

describe("raw.find", function()
  it("finds the windows of a class, and describes each", function()
    local class = unique "Klasse"
    local stranger <close> = recorder(class, 1, "Grüße, Fenster")
    local found = raw.find { class = class:upper() }
    assert.equal(1, #found)
    local it = found[1]
    assert.equal(stranger:hwnd(), it.hwnd)
    assert.equal(class, it.class)
    assert.equal("Grüße, Fenster", it.title)
    assert.is_false(it.message_only)
    assert.matches("lua[^/\\]*%.exe$", it.exe)
    assert.equal(process.own_pid, it.pid)
    assert.same({}, raw.find { class = class .. "?" })
    assert.same({}, raw.find { class = "" })
  end)

  it("finds by whole title, ignoring case, and by any combination", function()
    local class, title = unique "class", unique "Überschrift"
    local one <close> = recorder(class, 1, title)
    local other <close> = recorder(class .. "2", 1, title)
    local function hwnds(filter)
      local list = {}
      for _, it in ipairs(raw.find(filter)) do
        list[it.hwnd] = true
      end
      return list
    end
    assert.same({ [one:hwnd()] = true, [other:hwnd()] = true },
      hwnds { title = title:gsub("Ü", "ü"):upper():gsub("ü", "ü") })
    assert.same({ [one:hwnd()] = true }, hwnds { title = title, class = class })
    assert.same({}, hwnds { title = title:sub(1, -2) })
    assert.same({}, hwnds { title = title .. " " })
    assert.same({}, hwnds { title = title, message_only = true })
    assert.is_true(hwnds { title = "" }[one:hwnd()] == nil)
  end)

  it("finds by process", function()
    local child <close> = children.start()
    local hwnd = child:hwnd()
    local found = raw.find { pid = child.pid, class = "copydata.endpoint" }
    assert.equal(1, #found)
    assert.equal(hwnd, found[1].hwnd)
    assert.equal(child.pid, found[1].pid)
    assert.same({}, raw.find { pid = child.pid, class = "copydata.endpoint", title = "else" })
    assert.equal(0, child:finish())
    assert.same({}, raw.find { pid = child.pid })
  end)

  it("distinguishes message-only windows from others", function()
    local class = unique()
    local plain <close> = recorder(class, 1, "plain")
    local hidden <close> = recorder(class .. ".m", 1, "hidden", true)
    local both = raw.find { pid = process.own_pid }
    local seen = {}
    for _, it in ipairs(both) do
      seen[it.hwnd] = it.message_only
    end
    assert.is_false(seen[plain:hwnd()])
    assert.is_true(seen[hidden:hwnd()])
    assert.same({}, raw.find { class = class, message_only = true })
    assert.same({}, raw.find { class = class .. ".m", message_only = false })
    local only = raw.find { class = class .. ".m", message_only = true }
    assert.equal(1, #only)
    assert.equal("hidden", only[1].title)
    assert.equal(hidden:hwnd(), raw.find { class = class .. ".m" }[1].hwnd)
  end)

  it("sends nothing to windows, so it finds hung ones too", function()
    local child <close> = children.start()
    local hwnd = child:hwnd()
    child.process:suspend()
    local found = raw.find { pid = child.pid }
    local hwnds = {}
    for _, it in ipairs(found) do
      hwnds[it.hwnd] = it.title
    end
    assert.equal("copydata", hwnds[hwnd])
  end)

  it("misses no window while others are created and destroyed", function()
    local class = unique()
    local stable <close> = recorder(class, 1) -- the lowest: the others come above it
    local churners <close> = closing {}
    for i = 1, 3 do
      churners[i] = children.start()
      churners[i]:begin([[
        local class = ...
        local recorder = require "support.recorder"
        for _ = 1, 300 do
          local windows = {}
          for i = 1, 5 do windows[i] = recorder(class, 1) end
          for i = 1, 5 do windows[i]:close() end
        end
      ]], class)
    end
    for _ = 1, 300 do
      local found = raw.find { class = class, pid = process.own_pid }
      assert.equal(1, #found)
      assert.equal(stable:hwnd(), found[1].hwnd)
    end
    for _, child in ipairs(churners) do
      child:result()
    end
  end)

  it("refuses invalid filters", function()
    blames_here(function() raw.find "class" end, "options: expected table, got string")
    blames_here(function() raw.find { class = 1 } end, "option 'class': expected string")
    blames_here(function() raw.find { klass = "x" } end, "unknown option 'klass'")
    blames_here(function() raw.find { title = "\xff" } end,
      "option 'title': not valid UTF%-8 at byte 1")
    blames_here(function() raw.find { class = "a\0b" } end, "option 'class': contains a NUL byte")
    blames_here(function() raw.find { pid = 1.5 } end, "option 'pid': expected integer")
    blames_here(function() raw.find { pid = -1 } end, "option 'pid': no process")
  end)
end)

describe("raw.send", function()
  it("carries any dwData and any bytes, and returns all 64 bits of the answer", function()
    local stranger <close> = recorder(unique(), 1)
    for i, tag in ipairs(TAGS) do
      local bytes = ("\0\xff" .. i):rep(i - 1)
      stranger:answer(~tag)
      assert.equal(~tag, raw.send(stranger:hwnd(), tag, bytes))
      local got, sender, received, count = stranger:newest()
      assert.equal(tag, got)
      assert.equal(0, sender)
      assert.equal(bytes, received)
      assert.equal(i, count)
    end
    stranger:answer(0)
    assert.equal(0, (raw.send(stranger:hwnd(), 1, "")))
  end)

  it("goes to windows that were found, and to another process", function()
    local class = unique()
    local child <close> = children.start()
    child:run([[
      window = require "support.recorder"(...)
    ]], class, 42)
    local found = raw.find { class = class }[1]
    child:begin "return window:wait(10), window:newest()"
    assert.equal(42, raw.send(found, 7, "bytes"))
    local came, tag, _, bytes = child:result()
    assert.is_true(came)
    assert.equal(7, tag)
    assert.equal("bytes", bytes)
    child:run "window:close()"
  end)

  it("passes on the sender that it is given", function()
    local class = unique()
    local stranger <close> = recorder(class, 1)
    local endpoint <close> = copydata.new()
    local function sender_of(sender)
      assert.equal(1, raw.send(stranger:hwnd(), 1, "", { sender = sender }))
      return (select(2, stranger:newest()))
    end
    assert.equal(endpoint:hwnd(), sender_of(endpoint))
    assert.equal(0x1234, sender_of(0x1234))
    assert.equal(0, sender_of(0))
    assert.equal(0, sender_of(nil))
    assert.equal(stranger:hwnd(), sender_of(raw.find { class = class }[1]))
  end)

  it("to a window that is gone or never existed fails as GONE", function()
    local child <close> = children.start()
    local hwnd = child:hwnd()
    child:kill()
    for _, nobody in ipairs { hwnd, 0x7ffffff0, -0x7ffffff0, 0xfffffff0 } do
      local answer, message, code = raw.send(nobody, 1, "")
      assert.is_nil(answer)
      assert.equal("GONE", code)
      assert.matches("^GONE: ", message)
    end
  end)

  it("to the handle of all windows reaches none", function()
    local stranger <close> = recorder(unique "class", 1)
    for _, everybody in ipairs { 0xFFFF, -1, 0xFFFFFFFF, 0xFFFFFFFF0000FFFF, 0x10000FFFF } do
      -- As such programs may claim it to be the sender of their messages
      local answer, _, code = raw.send({ hwnd = everybody }, 1, "")
      assert.is_nil(answer)
      assert.equal("GONE", code)
      blames_here(function() raw.send(everybody, 1, "") end, "window: ")
    end
    blames_here(function() raw.send(0xFFFF, 1, "") end, "window: 0xFFFF means all windows")
    blames_here(function() raw.send(-1, 1, "") end, "window: %-1 means all windows")
    assert.is_nil(stranger:newest())
    assert.equal(1, raw.send(stranger:hwnd(), 1, ""))
  end)

  it("waits no longer than its timeout, and does not wait for ever if that is 0", function()
    local child <close> = children.start()
    local hwnd = child:hwnd()
    child.process:suspend()
    for _, timeout in ipairs { 0, 0.2 } do
      local started = os.clock()
      local answer, message, code = raw.send(hwnd, 1, "", { timeout = timeout })
      assert.is_nil(answer)
      assert.equal("TIMEOUT", code)
      assert.matches("outcome unknown", message)
      assert.is_true(os.clock() - started < DEFAULT)
    end
  end)

  it("with a program that dies while it has the message fails as GONE", function()
    local child <close> = children.start()
    local hwnd = child:hwnd()
    child.process:suspend()
    local killer <close> = children.start()
    killer:begin([[return require("support.process").terminate(..., 0.2)]], child.pid)
    local answer, _, code = raw.send(hwnd, 1, "", { timeout = 10 })
    assert.is_true(killer:result())
    assert.is_nil(answer)
    assert.equal("GONE", code)
  end)

  it("refuses invalid messages", function()
    blames_here(function() raw.send("x", 1, "") end, "window: expected window or window handle")
    blames_here(function() raw.send({}, 1, "") end, "window: expected window or window handle")
    blames_here(function() raw.send(0, 1, "") end, "window: 0 is not a window handle")
    blames_here(function() raw.send(1 << 32, 1, "") end,
      "window: 4294967296 is not a window handle")
    blames_here(function() raw.send(-1 << 32, 1, "") end, "window: %-4294967296 is not a")
    blames_here(function() raw.send(16.0, 1, "") end, "window: expected integer, got the float 16")
    blames_here(function() raw.send({ hwnd = "x" }, 1, "") end, "window: expected window or")
    blames_here(function() raw.send(1, 1.5, "") end, "dwData: expected integer, got the float 1.5")
    blames_here(function() raw.send(1, "1", "") end, "dwData: expected integer, got string")
    blames_here(function() raw.send(1, 1) end, "bytes: expected string, got nil")
    blames_here(function() raw.send(1, 1, "", { timeout = -1 }) end, "option 'timeout': must be 0")
    blames_here(function() raw.send(1, 1, "", { sender = "x" }) end,
      "option 'sender': expected endpoint or window handle")
    blames_here(function() raw.send(1, 1, "", { sender = -1 }) end, "option 'sender': %-1 means")
    blames_here(function() raw.send(1, 1, "", { sender = 1 << 33 }) end, "option 'sender': 8589934")
    blames_here(function() raw.send(1, 1, "", { sander = 1 }) end, "unknown option 'sander'")
    local endpoint = copydata.new()
    endpoint:close()
    blames_here(function() raw.send(1, 1, "", { sender = endpoint }) end,
      "option 'sender': the endpoint is closed")
  end)
end)

describe("UTF-16", function()
  local texts = {
    [""] = "",
    ["a"] = "a\0",
    ["äß"] = "\xe4\0\xdf\0",
    ["\u{20AC}"] = "\xac\x20",
    ["\u{1F600}!"] = "\x3d\xd8\x00\xde!\0",
    ["nul\0in it"] = "n\0u\0l\0\0\0i\0n\0 \0i\0t\0",
    ["\u{FFFF}\u{FEFF}"] = "\xff\xff\xff\xfe",
    ["\u{10FFFF}"] = "\xff\xdb\xff\xdf",
  }

  it("is encoded, terminated on request", function()
    for text, bytes in pairs(texts) do
      assert.equal(bytes, raw.utf16(text))
      assert.equal(bytes .. "\0\0", raw.utf16(text, true))
    end
    local long = ("Käse\u{1F600}"):rep(100000)
    assert.equal(long, (raw.from_utf16(raw.utf16(long))))
  end)

  it("is decoded, whole or up to a terminator", function()
    for text, bytes in pairs(texts) do
      assert.equal(text, (raw.from_utf16(bytes)))
      if not text:find "\0" then
        assert.equal(text, (raw.from_utf16(bytes, true)))
        assert.equal(text, (raw.from_utf16(bytes .. "\0\0rubbish", true)))
        assert.equal(text .. "\0", (raw.from_utf16(bytes .. "\0\0")))
      end
    end
  end)

  it("is decoded from any position, and returns the next", function()
    local bytes = "x" .. raw.utf16("one", true) .. raw.utf16("two", true) .. raw.utf16 "three"
    local one, after_one = raw.from_utf16(bytes, true, 2)
    local two, after_two = raw.from_utf16(bytes, true, after_one)
    local three, after_three = raw.from_utf16(bytes, true, after_two)
    assert.same({ "one", "two", "three" }, { one, two, three })
    assert.same({ 10, 18, 28 }, { after_one, after_two, after_three })
    assert.equal("", (raw.from_utf16(bytes, true, #bytes + 1)))
    assert.equal("three", (raw.from_utf16(bytes, false, -10)))
  end)

  it("that is invalid is reported, with the byte", function()
    local function problem(...)
      local text, message, code = raw.from_utf16(...)
      assert.is_nil(text)
      assert.equal("MALFORMED", code)
      return message
    end
    assert.equal("MALFORMED: 3 bytes are not a whole number of UTF-16 units", problem "a\0b")
    assert.equal("MALFORMED: 1 bytes are not a whole number of UTF-16 units",
      problem("a\0b", true, 3))
    assert.equal("MALFORMED: a lone surrogate, 0xD83D, at byte 3", problem "a\0\x3d\xd8")
    assert.equal("MALFORMED: a lone surrogate, 0xD83D, at byte 1", problem "\x3d\xd8a\0")
    assert.equal("MALFORMED: a lone surrogate, 0xDE00, at byte 1", problem "\x00\xde\x3d\xd8")
    assert.equal("MALFORMED: a lone surrogate, 0xDE00, at byte 4", problem("xa\0\x00\xde", true, 2))
    assert.equal("a", (raw.from_utf16("a\0\0\0\x3d\xd8z", true)))
  end)

  it("is refused for invalid texts and positions", function()
    blames_here(function() raw.utf16 "abc\xff" end, "text: not valid UTF%-8 at byte 4")
    blames_here(function() raw.utf16 "\xed\xa0\x80" end, "text: not valid UTF%-8 at byte 1")
    blames_here(function() raw.utf16(12) end, "text: expected string, got number")
    blames_here(function() raw.from_utf16() end, "bytes: expected string, got nil")
    blames_here(function() raw.from_utf16("ab", true, 0) end, "position: 0 is outside the 2")
    blames_here(function() raw.from_utf16("ab", true, 4) end, "position: 4 is outside the 2")
    blames_here(function() raw.from_utf16("ab", true, "x") end, "position: expected integer")
  end)
end)

describe("text in code pages", function()
  it("is encoded and decoded", function()
    for codepage, pair in pairs {
      [1252] = { "Grüße, 5 €\0", "Gr\xfc\xdfe, 5 \x80\0" },
      [850] = { "Grüße", "Gr\x81\xe1e" },
      [932] = { "日本 ﾆﾎﾝ ~", "\x93\xfa\x96\x7b \xc6\xce\xdd ~" },
      [1251] = { "Привет", "\xcf\xf0\xe8\xe2\xe5\xf2" },
      [65001] = { "ä\u{1F600}", "ä\u{1F600}" },
    } do
      assert.equal(pair[2], raw.encode(pair[1], codepage))
      assert.equal(pair[1], raw.decode(pair[2], codepage))
    end
    for _, codepage in ipairs { "ansi", "oem", 1252 } do
      assert.equal("", raw.encode("", codepage))
      assert.equal("", raw.decode("", codepage))
      local ascii = ("plain \0\t~"):rep(10000)
      assert.equal(ascii, raw.encode(ascii, codepage))
      assert.equal(ascii, raw.decode(ascii, codepage))
    end
  end)

  it("that the code page lacks is reported, with the character", function()
    local missing = { ["5 €"] = "U+20AC", ["\u{1F600}"] = "U+1F600", ["aé日"] = "U+65E5" }
    for text, character in pairs(missing) do
      local bytes, message, code = raw.encode(text, 850)
      assert.is_nil(bytes)
      assert.equal("UNENCODABLE: " .. character .. " is not in code page 850", message)
      assert.equal("UNENCODABLE", code)
    end
    assert.equal("UNENCODABLE", (select(3, raw.encode("ﬁ", 1252)))) -- no best fit
  end)

  it("that is invalid in the code page is reported", function()
    for codepage, bytes in pairs { [932] = "a\x93", [65001] = "\xff" } do
      local text, message, code = raw.decode(bytes, codepage)
      assert.is_nil(text)
      assert.equal("MALFORMED: the bytes are not valid in code page " .. codepage, message)
      assert.equal("MALFORMED", code)
    end
  end)

  it("is refused for invalid texts and code pages", function()
    for _, unknown in ipairs { 1200, 12345, 65535 } do
      assert.equal("UNSUPPORTED", (select(3, raw.encode("x", unknown))))
      assert.equal("UNSUPPORTED", (select(3, raw.decode("x", unknown))))
    end
    blames_here(function() raw.encode("\xff", 1252) end, "text: not valid UTF%-8 at byte 1")
    blames_here(function() raw.encode(1, 1252) end, "text: expected string, got number")
    blames_here(function() raw.encode "x" end, "code page: expected a number, 'ansi' or 'oem'")
    blames_here(function() raw.encode("x", "utf8") end, "code page: .* got \"utf8\"")
    blames_here(function() raw.encode("x", 0) end, "code page: 0 is not a code page")
    blames_here(function() raw.decode("x", 65536) end, "code page: 65536 is not")
    blames_here(function() raw.decode(nil, 1252) end, "bytes: expected string, got nil")
  end)
end)
