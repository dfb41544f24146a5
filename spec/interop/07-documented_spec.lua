-- SPDX-License-Identifier: MIT

-- The examples in docs/programs.md: runs those marked as run, with the program or its stand-in.
local children = require "support.children"
local real = require "spec.interop.real"
local unique = require "support.unique"
require "support.tidy"(before_each, after_each)

local text
do
  local file <close> = assert(io.open("docs/programs.md", "rb"))
  text = file:read("a"):gsub("\r", "")
end
local preamble = assert(text:match "```lua\n(.-)```")
local pieces = {}
for name, piece in text:gmatch "```lua (%S+)\n(.-)```" do
  assert(not pieces[name], "two pieces are called " .. name)
  pieces[name] = preamble .. piece
end

local paths = {} -- of the files written

-- Runs an example; returns what it prints.
local function run(name)
  local piece = pieces[name]:gsub("mpc%-hc64", function() return real.MPC_HC:gsub("\\", "\\\\") end)
  local path = ("%s\\%s.lua"):format(os.getenv "TEMP", unique(name))
  paths[#paths + 1] = path
  do
    local file <close> = assert(io.open(path, "wb"))
    file:write(piece)
  end
  local lines, status, errors = real.run(children.command(('"%s"'):format(path)))
  assert.equal("", errors)
  assert.equal(0, status)
  return lines
end

describe("docs/programs.md", function()
  after_each(function()
    while #paths > 0 do
      os.remove(table.remove(paths))
    end
  end)

  it("has Lua for each program in its table", function()
    local count = 0
    for name in text:gmatch "\n| %[[^%]]+%]%(#([%w-]+)%) |" do
      assert(load(assert(pieces[name], name), "=" .. name))
      count = count + 1
    end
    assert.equal(11, count)
  end)

  it("talks to Vim", function()
    local vim <close> = real.vim(unique("VIM"):gsub("%.", "_"):upper()) -- luacheck: ignore
    assert.same({ "42\0" }, run "vim")
  end)

  it("talks to SciTE", function()
    local scite <close> = real.scite() -- luacheck: ignore
    local line = run("scite")[1]
    assert.matches("^:%d+:macro:stringinfo:$", line)
  end)

  it("talks to Pageant", function()
    local pageant <close> = real.pageant() -- luacheck: ignore
    assert.same({ "0 keys" }, run "pageant")
  end)

  it("talks to a stand-in for MPC-HC", function()
    assert.same({ "1.mkv|||C:\\films\\1.mkv|90" }, run "mpc-hc")
  end)

  it("talks to a stand-in for Everything", function()
    local server <close> = children.start()
    server:run([[
      window = require "support.everything"("EVERYTHING_TASKBAR_NOTIFICATION", ..., true)
    ]], { { flags = 0, name = "main.lua", path = "C:" }, { flags = 0, name = "x.c", path = "C:" } })
    server:begin "return window:serve(20)"
    assert.same({ "1 found" }, run "everything")
    server:result()
    server:run "window:close()"
  end)
end)
