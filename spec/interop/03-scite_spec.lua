-- SPDX-License-Identifier: MIT

-- The real SciTE: texts, which include the window for the reply, and unrequested notices.
local copydata = require "support.copydata"
local real = require "spec.interop.real"
local unique = require "support.unique"
local window = require "support.window"
require "support.tidy"(before_each, after_each)

local raw = copydata.raw

local QUESTIONS = 1000

local function ask(scite, question, options)
  options = options or {}
  options.reply = options.reply or 0
  return raw.request(scite.window, 0, function(hwnd)
    return (":%d:%s"):format(hwnd, question)
  end, options)
end

-- The value of a property
local function property(scite, key)
  return (assert(ask(scite, "askproperty:" .. key)):gsub("^:%d+:macro:stringinfo:", ""))
end

local files = {} -- that this spec has named

-- A name for a file that does not exist
local function file(name)
  local path = ("%s\\%s"):format(os.getenv "TEMP", unique(name))
  files[#files + 1] = raw.encode(path, "ansi") -- the encoding of C's functions
  return path
end

-- Makes a file with such a name.
local function written(path, bytes)
  local opened <close> = assert(io.open(raw.encode(path, "ansi"), "wb"))
  opened:write(bytes)
  return path
end

local function escaped(path)
  return (path:gsub("\\", "\\\\"))
end

-- The file that SciTE shows
local function filename(scite)
  return (assert(ask(scite, "askfilename:")):gsub("^:%d+:filename:", ""):gsub("\\\\", "\\"))
end

-- What SciTE saves of its document
local function contents(scite)
  local path = file "scite"
  raw.send(scite.window, 0, "saveas:" .. escaped(path))
  local saved <close> = assert(io.open(path, "rb"))
  return saved:read "a"
end

describe("SciTE", function()
  after_each(function()
    while #files > 0 do
      os.remove(table.remove(files))
    end
  end)

  it("is recognized by its answer to a registered message", function()
    local scite <close> = real.scite()
    local answer = assert(raw.message(scite.window, "SciTEDirectorInterface", 0, 0))
    assert.is_true(answer >= 0xC000 and answer <= 0xFFFF)
    assert.equal(0, raw.message(scite.window, "somebody else's message", 0, 0))
  end)

  it("replies before it answers the request, with 0", function()
    local scite <close> = real.scite()
    local bytes, message = assert(ask(scite, "askproperty:WindowID"))
    assert.matches(":macro:stringinfo:" .. scite.window.hwnd .. "$", bytes)
    assert.equal(scite.window.pid, message.sender.pid)
    assert.equal(0, raw.send(scite.window, 0, "property:copydata.spec=here"))
    assert.equal("here", property(scite, "copydata.spec"))
  end)

  it("answers request after request", function()
    local scite <close> = real.scite()
    for i = 1, QUESTIONS do
      raw.send(scite.window, 0, "property:copydata.spec=" .. i)
      assert.equal(tostring(i), property(scite, "copydata.spec"))
    end
  end)

  it("notifies its director", function()
    local scite <close> = real.scite()
    local endpoint <close> = copydata.new()
    local notices, came = {}, copydata.event()
    endpoint:on_raw(function(bytes)
      notices[#notices + 1] = bytes
      if bytes == "closing:" then
        came:set()
      end
    end, { window = scite.window })
    raw.send(scite.window, 0, "identity:" .. endpoint:hwnd())
    local path = written(file "notes", "")
    assert.equal(0, raw.send(scite.window, 0, "open:" .. escaped(path)))
    -- a request meanwhile: its reply is not a notice
    assert.equal(path, filename(scite))
    raw.send(scite.window, 0, "quit:")
    assert.is_true(select("#", came:wait(20)) == 0)
    assert.same({ "opened:" .. escaped(path), "closed:" .. escaped(path) },
      { notices[1], notices[#notices - 1] })
    assert.equal("closing:", notices[#notices])
    assert.equal(0, scite.handle:wait(20))
  end)

  it("replies to its director if the request names no window", function()
    local scite <close> = real.scite()
    local endpoint <close> = copydata.new()
    raw.send(scite.window, 0, "identity:" .. endpoint:hwnd())
    for _ = 1, 3 do
      assert.matches("^filename:", (assert(raw.request(scite.window, 0, "askfilename:",
        { reply = 0, sender = endpoint }))))
    end
  end)

  for codepage, expected in pairs { [0] = "Gr\xFC\xDFe", [65001] = "Grüße" } do
    it("accepts text in the document's code page: " .. codepage, function()
      local scite <close> = real.scite { "-code.page=" .. codepage }
      assert.equal(tostring(codepage), property(scite, "code.page"))
      local text = codepage == 0 and raw.encode("Grüße", "ansi") or "Grüße"
      raw.send(scite.window, 0, "insert:" .. text)
      assert.equal(expected, contents(scite))
    end)

    it("reports a file's name in UTF-8: " .. codepage, function()
      local scite <close> = real.scite { "-code.page=" .. codepage }
      local path = written(file "Grüße", "")
      assert.equal(0, raw.send(scite.window, 0, "open:" .. escaped(path)))
      assert.equal(path, filename(scite))
    end)
  end

  it("obeys menu commands", function()
    local scite <close> = real.scite()
    local main = assert(raw.find { class = "SciTEWindow", pid = scite.window.pid }[1])
    assert.is_true(raw.message(main, 0x111, 140, 0, { post = true })) -- WM_COMMAND, IDM_QUIT
    assert.equal(0, scite.handle:wait(20))
    assert.equal("GONE", select(3, raw.send(scite.window, 0, "askfilename:")))
  end)

  it("is suspended, and resumed", function()
    local scite <close> = real.scite()
    window.suspend(scite.window.hwnd)
    local _, why, code = ask(scite, "askproperty:WindowID", { timeout = 0.3 })
    assert.equal("TIMEOUT", code, why)
    window.resume(scite.window.hwnd)
    assert.equal(tostring(scite.window.hwnd), property(scite, "WindowID"))
  end)

  it("is killed", function()
    local scite <close> = real.scite()
    scite.handle:kill()
    assert.equal("GONE", select(3, ask(scite, "askfilename:")))
  end)
end)
