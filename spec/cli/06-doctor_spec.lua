-- SPDX-License-Identifier: MIT

-- `copydata doctor`, with and without problems.
local Peer = require "copydata.peer"
local children = require "support.children"
local copydata = require "support.copydata"
local dkjson = require "dkjson"
local process = require "support.process"
local program = require "support.program"
local unique = require "support.unique"
require "support.tidy"(before_each, after_each)
local run = program.run

local CHECKS = {
  "system", "session", "lua", "module", "window", "channel", "membership", "integrity",
  "round trip",
}

-- Runs the program after a chunk that gives it a problem.
local function run_after(chunk, options)
  local command = children.command(('-e "%s" bin/copydata doctor %s'):format(chunk, options or ""))
  local ill <close> = process.spawn(command)
  local lines = {}
  for line in function() return (ill:line(30)) end do
    lines[#lines + 1] = line
  end
  return ill:wait(10), table.concat(lines, "\n")
end

-- Runs a line in cmd.exe.
local function shell(line)
  local cmd <close> = process.spawn(("cmd /d /c \"%s\""):format(line))
  repeat until not cmd:line(30)
  assert.equal(0, cmd:wait(10), line)
end

describe("copydata doctor", function()
  it("says that messages can flow, check by check", function()
    local status, output, errors = run { "doctor" }
    assert.equal("", errors)
    assert.equal(0, status, output)
    local at = 1
    for line in output:gmatch "[^\n]+" do
      if CHECKS[at] and line:find("^%l+ +" .. CHECKS[at] .. " ") then
        at = at + 1
      end
    end
    assert.equal(#CHECKS, at - 1, output)
    assert.matches("\nMessages can flow%.$", output)
    assert.matches("ok +round trip +with process %d+: [%d.]+ ms; 1 MiB there and back: %d+ ms\n",
      output)
    assert.matches("ok +lua +Lua 5%.[45]; argparse [%d.]+, dkjson [%d.]+\n", output)
    assert.matches("ok +module +copydata %d+%.%d+%.%d+.*core%.dll\n", output)
  end)

  it("says so as JSON", function()
    local status, output = run { "doctor", "--json" }
    assert.equal(0, status)
    local at, flowing = 0, nil
    for line in output:gmatch "[^\n]+" do
      local record = dkjson.decode(line)
      if record.check then
        at = at + 1
        assert.equal(CHECKS[at], record.check)
        assert.not_equal("problem", record.state)
        assert.equal("string", type(record.text))
      else
        flowing = record.flowing
      end
    end
    assert.equal(#CHECKS, at)
    assert.is_true(flowing)
  end)

  it("ignores messages of other programs on its channel", function()
    local other <close> = children.start()
    other:begin [[
      repeat
        for _, channel in ipairs(copydata.channels()) do
          if channel.name:find "^copydata%.doctor%." then
            copydata.send(channel.name, "noise", { timeout = 1 })
          end
        end
        copydata.poll(0)
      until false
    ]]
    local status, output = run { "doctor" }
    assert.equal(0, status, output)
    assert.matches("ok +round trip ", output)
    other:kill()
  end)

  it("finds its interpreter if the path is not ASCII", function()
    local here = Peer.of(copydata.hwnd()).exe:match "^(.*)\\"
    local there = ("%s\\%s"):format(os.getenv "TEMP", unique "käse")
    local command = children.command "bin/copydata doctor"
    local interpreter = command:match '^"(.-)"'
    shell(('mkdir "%s"'):format(there))
    for _, files in ipairs { "*.exe", "*.dll" } do
      shell(('copy "%s\\%s" "%s"'):format(here, files, there))
    end
    local name = interpreter:match "[^\\/]*$"
    local doctor <close> = process.spawn(('"%s\\%s"'):format(there,
      name:find "%.exe$" and name or name .. ".exe") .. command:sub(#interpreter + 3))
    local lines = {}
    for line in function() return (doctor:line(30)) end do
      lines[#lines + 1] = line
    end
    assert.equal(0, doctor:wait(10), table.concat(lines, "\n"))
    shell(('rmdir /s /q "%s"'):format(there))
  end)

  it("shows its module's path in UTF-8 if it is not ASCII", function()
    local there = ("%s\\%s"):format(os.getenv "TEMP", unique "käse")
    local core = assert(package.searchpath("copydata.core", package.cpath)):gsub("/", "\\")
    shell(('mkdir "%s\\copydata"'):format(there))
    shell(('copy "%s" "%s\\copydata"'):format(core, there))
    local ansi = assert(copydata.raw.encode(there, "ansi"))
    local status, output = run_after(
      ("package.cpath = '%s\\\\?.dll;' .. package.cpath"):format(ansi:gsub("\\", "\\\\")
        :gsub("[\x80-\xff]", function(byte) return ("\\%d"):format(byte:byte()) end)), "--json")
    shell(('rmdir /s /q "%s"'):format(there))
    assert.equal(0, status, output)
    local shown
    for line in output:gmatch "[^\n]+" do
      local record = dkjson.decode(line)
      shown = record.check == "module" and record.text or shown
    end
    assert.truthy(shown:find(there .. "\\copydata\\core.dll", 1, true), shown)
  end)

  it("returns 1 if the child process cannot answer", function()
    -- The child gets our package.cpath: without ours it has no copydata.
    local status, output = run_after [[require 'copydata'
      for name in ('beacon console single'):gmatch '%a+' do require('copydata.' .. name) end
      package.cpath = '']]
    assert.equal(1, status, output)
    assert.matches("problem +round trip +no answer from a child process: .*it printed: .*copydata",
      output)
    assert.matches("\n +Remedy: make sure that programs may start others", output)
    assert.matches("\nMessages cannot flow%.$", output)
  end)

  for _, name in ipairs { "core", "beacon", "console", "single" } do
    it(("returns 1 if the Lua files and %s.dll have different versions"):format(name), function()
      local status, output = run_after(("require('copydata.%s').version = '0.0.1'"):format(name))
      assert.equal(1, status, output)
      assert.matches(("problem +module +the Lua files are of copydata [%%d.]+, but %s.dll is of "
        .. "0%%.0%%.1\n +Remedy: install copydata again"):format(name), output)
    end)
  end

  it("returns 1 if a DLL is missing", function()
    local status, output = run_after(
      "package.preload['copydata.single'] = function() error 'no such file' end")
    assert.equal(1, status, output)
    assert.matches("problem +module +single.dll cannot be loaded: [^\n]*no such file", output)
  end)
end)
