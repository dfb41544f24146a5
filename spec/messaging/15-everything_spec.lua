-- SPDX-License-Identifier: MIT

-- The example against a stand-in for Everything: a window in another process that uses voidtools'
-- published structures, with an instance name that is unique to this run.
local children = require "support.children"
local process = require "support.process"
local recorder = require "support.recorder"
local taskkill = require "support.taskkill"
local unique = require "support.unique"
require "support.tidy"(before_each, after_each)

local FOLDER, DRIVE = 1, 2
local PATIENCE = 60 -- seconds

local ITEMS = {
  { flags = FOLDER | DRIVE, name = "C:", path = "" },
  { flags = FOLDER, name = "Lua", path = "C:" },
  { flags = 0, name = "Grüße.lua", path = "C:\\Lua" },
  { flags = 0, name = "notes.txt", path = "C:\\Lua" },
  { flags = 0, name = "\u{1F600}.LUA", path = "D:\\Täglich" },
}

-- Returns what the example prints, and its exit status
local function run(arguments)
  local example <close> = process.spawn(children.command("examples/everything.lua " .. arguments))
  local lines = {}
  for line in function() return (example:line(30)) end do
    lines[#lines + 1] = line
  end
  return lines, example:wait(10)
end

describe("examples/everything.lua #programs", function()
  local function against(later, arguments)
    local instance = unique "everything"
    local server <close> = children.start()
    server:run([[
      local class, items, later = ...
      window = require "support.everything"(class, items, later)
    ]], ("EVERYTHING_TASKBAR_NOTIFICATION_(%s)"):format(instance), ITEMS, later)
    server:begin "return window:serve(20)"
    local lines, status = run(("--instance %s %s"):format(instance, arguments))
    local query = table.pack(server:result())
    server:run "window:close()"
    return lines, status, query
  end

  for how, later in pairs { ["before it answers the query"] = false, ["later"] = true } do
    it("lists what Everything finds, if Everything replies " .. how, function()
      local lines, status, query = against(later, "lua")
      assert.same({
        "C:\\Lua\\",
        "C:\\Lua\\Grüße.lua",
        "D:\\Täglich\\\u{1F600}.LUA",
        "3 of 3",
      }, lines)
      assert.equal(0, status)
      assert.same({ 1, 0, 0, 0xFFFFFFFF, "lua", n = 5 }, query)
    end)
  end

  it("passes on the number of results and the search text", function()
    local lines, status, query = against(false, "--max 1 .lua")
    assert.same({ "C:\\Lua\\Grüße.lua", "1 of 2" }, lines)
    assert.equal(0, status)
    assert.same({ 1, 0, 0, 1, ".lua", n = 5 }, query)
    lines = against(true, "c:")
    assert.same({ "C:\\", "1 of 1" }, lines)
    lines = against(true, "nothing like it")
    assert.same({ "0 of 0" }, lines)
  end)

  it("ends when it is asked to close, even if Everything never replies", function()
    local instance = unique "silent"
    local server <close> = recorder(("EVERYTHING_TASKBAR_NOTIFICATION_(%s)"):format(instance), 1)
    local example <close> = process.spawn(children.command(
      ("examples/everything.lua --instance %s x"):format(instance)), false, "NUL")
    assert.is_true(server:wait(PATIENCE))
    taskkill(example:pid())
    assert.equal(1, example:wait(PATIENCE))
  end)

  it("reports that Everything is not running", function()
    local instance = unique "nobody"
    local command = children.command(("examples/everything.lua --instance %s x"):format(instance))
    local pipe = assert(io.popen(('"%s 2>&1"'):format(command)))
    local said = pipe:read "a"
    local _, _, status = pipe:close()
    assert.equal(("no window of the class EVERYTHING_TASKBAR_NOTIFICATION_(%s): ")
      :format(instance) .. "Everything is not running\n", said)
    assert.equal(1, status)
  end)
end)
