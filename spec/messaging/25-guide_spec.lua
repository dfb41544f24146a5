-- SPDX-License-Identifier: MIT

-- Runs the programs of docs/guide.md unchanged: ```lua NAME is a program and ```text NAME its
-- output, in which "…" stands for anything. And those of README.md, which begin with -- NAME.
local children = require "support.children"
local process = require "support.process"
local unique = require "support.unique"

local PATIENCE = 60

local programs, outputs, order = {}, {}, {}

local function read(path)
  local file <close> = assert(io.open(path, "rb"))
  return (file:read("a"):gsub("\r", ""))
end

for kind, name, text in read("docs/guide.md"):gmatch "```(%l+) ([^\n]+)\n(.-)```" do
  local into = assert(({ lua = programs, text = outputs })[kind], kind)
  assert(not into[name], "twice: " .. name)
  into[name] = text
  if kind == "lua" then
    order[#order + 1] = name
  end
end
for text, name in read("README.md"):gmatch "```lua\n(%-%- (%w+%.lua)\n.-)```" do
  programs["README." .. name] = text
end

-- Programs that need another one, or busted.
local APART = { ["notes_spec.lua"] = true }
local PAIRS = {
  ["listener.lua"] = "sender.lua", ["server.lua"] = "client.lua", ["counter.lua"] = "caller.lua",
  ["player.lua"] = "remote_control.lua",
  ["settings.lua"] = "window.lua",
}
for first, second in pairs(PAIRS) do
  APART[first], APART[second] = true, true
end

local files = {} -- that this spec has written

-- Writes a program to a file and starts it.
local function start(name, before)
  local path = ("%s/%s.%s"):format(os.getenv "TEMP", unique "guide", name)
  files[#files + 1] = path
  local file <close> = assert(io.open(path, "wb"))
  file:write((assert(programs[name], name)))
  file:close()
  return process.spawn(children.command(('%s "%s"'):format(before or "", path)))
end

local function remove_files()
  while #files > 0 do
    assert(os.remove(table.remove(files)))
  end
end

local function rest(program, lines)
  for line in function() return (program:line(PATIENCE)) end do
    lines[#lines + 1] = line
  end
  return lines
end

local function check(name, program, lines)
  lines = rest(program, lines or {})
  local i = 0
  for expected in outputs[name]:gmatch "[^\n]+" do
    i = i + 1
    local pattern = "^" .. expected:gsub("%p", "%%%0"):gsub("…", ".*") .. "$"
    assert(lines[i] and lines[i]:find(pattern), ("%s does not print: %s\nbut: %s"):format(name,
      expected, table.concat(lines, "\n")))
  end
  assert.equal(i, #lines, name .. " prints more")
  assert.equal(0, program:wait(PATIENCE))
end

describe("docs/guide.md #programs", function()
  after_each(remove_files)

  it("shows what each program prints", function()
    for _, name in ipairs(order) do
      assert(outputs[name], name)
    end
    for name in pairs(outputs) do
      assert(programs[name], name)
    end
  end)

  for first, second in pairs(PAIRS) do
    it(("has %s and %s, which exchange messages"):format(first, second), function()
      local one <close> = start(first)
      local lines = { (assert(one:line(PATIENCE))) }
      local other <close> = start(second)
      check(second, other)
      check(first, one, lines)
    end)
  end

  it("has a spec that passes", function()
    local busted <close> = start("notes_spec.lua", "tools/shim/run-busted.lua")
    check("notes_spec.lua", busted)
  end)

  for _, name in ipairs(order) do
    if not APART[name] then
      it("has " .. name .. ", which prints what it should", function()
        local program <close> = start(name)
        check(name, program)
      end)
    end
  end
end)

describe("README.md #programs", function()
  after_each(remove_files)

  it("has a listener and a sender that exchange messages", function()
    local listener <close> = start "README.listener.lua"
    local sender <close> = start "README.sender.lua"
    local lines = rest(sender, {})
    assert.equal(0, sender:wait(PATIENCE))
    assert.same({ "1 got it", "main.lua" }, lines)
    assert.truthy(listener:line(PATIENCE):find "lua[^\\/]*%.exe\tmain%.lua\t3$")
  end)
end)
