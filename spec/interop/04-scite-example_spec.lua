-- SPDX-License-Identifier: MIT

-- examples/scite.lua against SciTE.
local copydata = require "support.copydata"
local process = require "support.process"
local real = require "spec.interop.real"
local unique = require "support.unique"
require "support.tidy"(before_each, after_each)

local raw = copydata.raw

local PATIENCE = 60 -- seconds

-- What the example prints if it succeeds
local function scite_lua(...)
  local lines, status, errors = real.run(real.example("scite", { ... }))
  assert.equal("", errors)
  assert.equal(0, status)
  return lines
end

local files = {} -- that this spec has named

-- An empty file
local function file(name)
  local path = ("%s\\%s"):format(os.getenv "TEMP", unique(name))
  files[#files + 1] = raw.encode(path, "ansi") -- the encoding of C's functions
  assert(io.open(files[#files], "wb")):close()
  return path
end

local function contents(path)
  local opened <close> = assert(io.open(raw.encode(path, "ansi"), "rb"))
  return opened:read "a"
end

describe("examples/scite.lua", function()
  after_each(function()
    while #files > 0 do
      os.remove(table.remove(files))
    end
  end)

  it("reads properties", function()
    local scite <close> = real.scite { "-copydata.spec=two\\nwords" }
    assert.same({ tostring(scite.window.hwnd), "two\\nwords", "" },
      scite_lua("property", "WindowID", "copydata.spec", "copydata.nothing"))
  end)

  for codepage, expected in pairs { [0] = "Gr\xFC\xDFe,\r\n\ttab", [65001] = "Grüße,\r\n\ttab" } do
    it("opens a file and inserts text: " .. codepage, function()
      local scite <close> = real.scite { "-code.page=" .. codepage }
      local path = file "Wörter"
      assert.same({ path }, scite_lua("open", path))
      assert.same({}, scite_lua("insert", "Grüße,\r\n\ttab"))
      assert.equal(0, raw.send(scite.window, 0, "menucommand:106")) -- IDM_SAVE
      assert.equal(expected, contents(path))
    end)
  end

  it("goes to a line", function()
    local scite <close> = real.scite()
    local path = file "lines"
    scite_lua("open", path)
    scite_lua("insert", "one\ntwo\nthree")
    assert.same({ path }, scite_lua("open", path, "2"))
    scite_lua("insert", "and ")
    assert.equal(0, raw.send(scite.window, 0, "menucommand:106"))
    assert.equal("one\nand two\nthree", contents(path))
  end)

  it("prints notices until SciTE closes", function()
    local scite <close> = real.scite()
    local path = file "followed"
    local example <close> = process.spawn(real.example("scite", { "follow" }))
    assert.equal("following SciTE", example:line(PATIENCE))
    raw.send(scite.window, 0, "open:" .. path:gsub("\\", "\\\\"))
    assert.equal("opened:" .. path, example:line(PATIENCE))
    raw.send(scite.window, 0, "quit:")
    assert.equal("closed:" .. path, example:line(PATIENCE))
    assert.equal("closing:", example:line(PATIENCE))
    assert.equal(0, example:wait(PATIENCE))
  end)

  it("reports that SciTE is not running", function()
    assert.same({ {}, 1, "SciTE is not running\n" },
      { real.run(real.example("scite", { "property", "x" })) })
  end)
end)
