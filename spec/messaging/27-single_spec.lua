-- SPDX-License-Identifier: MIT

-- Programs that run once. Each instance is a process.
local children = require "support.children"
local closing = require "support.closing"
local copydata = require "support.copydata"
local descriptor = require "support.descriptor"
local process = require "support.process"
local unique = require "support.unique"
local window = require "support.window"
require "support.tidy"(before_each, after_each)

local PATIENCE = 60 -- seconds

-- Has a child try to become the first instance, without waiting for it.
local START = [[
  local name, arguments, timeout = ...
  first, why, code, peer = copydata.single_instance(name, arguments, { timeout = timeout or 20 })
  return first and "first" or first, why, code, peer and peer.pid
]]

-- Has the first instance serve until it has got `count` calls.
local SERVE = [[
  local count = ...
  local got = {}
  first:on(function(arguments, message)
    table.insert(got, { arguments = arguments, directory = message.directory,
      pid = message.sender.pid })
    return { taken = arguments }
  end)
  while #got < count do
    copydata.poll(20)
  end
  return got
]]

local function start(name, arguments)
  local child = children.start()
  assert.equal("first", (child:run(START, name, arguments)))
  return child
end

describe("copydata.single_instance", function()
  it("hands over a later instance's arguments", function()
    local name = unique "single"
    local one <close> = start(name, {})
    one:begin(SERVE, 2)
    local two <close> = children.start()
    local first, answer = two:run(START, name, { "a.txt", n = 1 })
    assert.is_false(first)
    assert.same({ taken = { "a.txt", n = 1 } }, answer)
    local three <close> = children.start()
    assert.same({ false }, { (three:run(START, name:upper(), nil)) })
    local got = one:result()
    assert.same({ { "a.txt", n = 1 }, nil }, { got[1].arguments, got[2].arguments })
    assert.same({ two.pid, three.pid }, { got[1].pid, got[2].pid })
    assert.matches("^%a:\\", got[1].directory)
  end)

  it("works with other endpoints, and ends with them", function()
    local name = unique "single"
    local endpoint <close> = copydata.new()
    local first = assert(endpoint:single_instance(name))
    assert.equal(name, first.name)
    local handled = copydata.event()
    first:on(function(arguments)
      handled:set()
      return arguments .. " back"
    end)
    local child <close> = children.start()
    child:begin("endpoint = copydata.new() return endpoint:single_instance(...)", name, "there and")
    copydata.run(function() handled:wait(PATIENCE) end)
    assert.same({ false, "there and back" }, { child:result() })
    endpoint:close()
    assert.equal("first", (child:run([[
      local first = endpoint:single_instance(...)
      local other <close> = copydata.new()
      assert(not pcall(other.single_instance, other, ...)) -- by the same process
      return first and "first"
    ]], name)))
  end)

  it("makes one of many instances that start at the same moment the first", function()
    local COUNT = 6
    local name = unique "single"
    local list <close> = closing {}
    for i = 1, COUNT do
      list[i] = children.start()
    end
    for i, child in ipairs(list) do
      child:begin([[
        local name, number, count, serve = ...
        local first, why = copydata.single_instance(name, number, { timeout = 20 })
        if first then
          local got = {}
          first:on(function(other) table.insert(got, other) return number end)
          while #got < count - 1 do
            copydata.poll(20)
          end
          return "first", got
        end
        return first, why
      ]], name, i, COUNT)
    end
    local firsts, handed, got = {}, {}, nil
    for i, child in ipairs(list) do
      local first, answer = child:result(2 * PATIENCE)
      if first == "first" then
        table.insert(firsts, i)
        got = answer
      else
        assert.is_false(first, answer)
        table.insert(handed, i)
      end
    end
    assert.equal(1, #firsts)
    table.sort(got)
    assert.same(handed, got)
  end)

  it("makes the next instance the first when the first is killed", function()
    local name = unique "single"
    local one = start(name)
    one:kill()
    local two <close> = start(name)
    start(name .. " too"):close() -- the name of another program
    assert.equal(0, two:finish())
  end)

  it("makes a waiting instance the first when the first is killed", function()
    local name = unique "single"
    local one = start(name)
    one:begin [[
      first:on(function() say "asked" return copydata.event():wait() end)
      copydata.run()
    ]]
    local two <close> = children.start()
    two:begin(START, name)
    assert.equal("asked", one:said())
    one:kill()
    assert.equal("first", (two:result()))
  end)

  it("waits for a first instance that is starting, or for its end", function()
    local name = unique "single"
    local one = children.start()
    one:run([[single = require("copydata.single").mutex(...) assert(single:take())]], name)
    local two <close> = children.start()
    local first, message, code = two:run(START, name, nil, 0.1)
    assert.is_nil(first)
    assert.equal("TIMEOUT", code)
    assert.matches("^TIMEOUT: the first instance of \"single.* was not ready .* 0%.1 s$",
      message)

    two:begin(START, name)
    one:kill()
    assert.equal("first", (two:result()))
  end)

  it("waits for a first instance that has no handler yet", function()
    local name = unique "single"
    local one = start(name)
    local two <close> = children.start()
    one:begin "copydata.run()"
    local _, message, code, pid = two:run(START, name, nil, 0.3)
    assert.equal("TIMEOUT", code)
    assert.matches(("process %d %%(.*lua.exe%%), %%l+ not "):format(one.pid), message)
    assert.equal(one.pid, pid)
    one:close()
    one = start(name)
    two:begin(START, name, "patience")
    one:begin("copydata.poll(0.1) " .. SERVE, 1)
    assert.is_false((two:result()))
    assert.equal("patience", one:result()[1].arguments)
    one:begin "first:on(nil) copydata.run()"
    assert.equal("TIMEOUT", (select(3, two:run(START, name, nil, 0.3))))
    one:close()
  end)

  it("reports a failing handler to the later instance", function()
    local name = unique "single"
    local one <close> = start(name)
    one:begin "first:on(function() error 'no room' end) return copydata.run()"
    local two <close> = children.start()
    local first, message, code = two:run(START, name)
    assert.is_nil(first)
    assert.matches("^REMOTE: .*no room", message)
    assert.equal("REMOTE", code)
  end)

  it("brings the first instance's window to the foreground", function()
    local name = unique "single"
    local one <close> = start(name)
    local hwnd = one:run "return copydata.hwnd()"
    assert.not_equal(hwnd, window.foreground())
    one:begin("first.window = copydata.hwnd() " .. SERVE, 1)
    local two <close> = children.start()
    assert.is_false((two:run(START, name)))
    one:result()
    assert.equal(hwnd, window.foreground())
  end)

  it("has a DLL that programs load only when they call it", function()
    local child <close> = children.start()
    assert.same({ false, true }, { child:run([[
      copydata.channel(...):send "something"
      local before = package.loaded["copydata.single"] ~= nil
      assert(copydata.single_instance(...))
      return before, package.loaded["copydata.single"] ~= nil
    ]], unique "single") })
  end)

  it("is for programs of the same user, except those that Windows trusts less", function()
    local MEDIUM, NO_WRITE_UP, NO_READ_UP, NO_EXECUTE_UP = 0x2000, 1, 2, 4
    local name = unique "single"
    local endpoint <close> = copydata.new()
    local first <close> = assert(endpoint:single_instance(name)) -- luacheck: ignore
    local sid = copydata.raw.find { pid = process.own_pid }[1].sid
    local access, level, policy = descriptor.mutex("Local\\copydata.single." .. name:upper())
    local owner, flags, entries = access:match "^O:(.-)D:(%a*)(.*)$"
    assert.is_true(owner == sid or owner == "LA") -- how Windows writes the first administrator
    assert.equal("P", flags) -- protected: nothing is inherited
    assert.equal(owner, entries:match "^%(A;;[^;]*;;;([^;]*)%)$") -- one entry
    assert.equal(MEDIUM, level)
    -- A program needs no write access to wait for a mutex, and so to own it.
    assert.equal(NO_WRITE_UP | NO_READ_UP | NO_EXECUTE_UP, policy)
  end)

  it("raises for mistakes", function()
    local endpoint <close> = copydata.new()
    local function fails(message, ...)
      local ok, problem = pcall(function(...)
        local first = endpoint:single_instance(...)
        return first
      end, ...)
      assert.is_false(ok)
      assert.matches("27%-single_spec.lua:%d+: " .. message, problem)
    end
    fails("instance name: expected string, got nil")
    fails("instance name is empty", "")
    fails("instance name contains a backslash: ", "a\\b")
    fails("instance name, prefixed with copydata.single., is too long", ("x"):rep(231))
    fails("cannot encode a function at .arguments%[1%]", "x", { print })
    fails("unknown option 'time'", "x", nil, { time = 1 })
    local name = unique "single"
    local first <close> = assert(endpoint:single_instance(name))
    fails("this process is already the first instance of ", name)
    assert.matches("^copydata.instance \"single.*hwnd", tostring(first))
    first:close()
    assert.matches("closed", tostring(first))
  end)
end)

describe("examples/single_instance.lua", function()
  it("runs once, and opens the files of later instances", function()
    local command = children.command "examples/single_instance.lua "
    local one = process.spawn(command .. "one.txt")
    assert.equal("first", one:line(PATIENCE))
    assert.equal("open .\\one.txt", one:line(PATIENCE))
    local two <close> = process.spawn(command .. "two.txt C:\\three.txt")
    assert.equal("handed over: 2 opened", two:line(PATIENCE))
    assert.equal(0, two:wait(PATIENCE))
    assert.matches("^open %a:\\.*\\two.txt$", one:line(PATIENCE))
    assert.equal("open C:\\three.txt", one:line(PATIENCE))
    one:kill()
    one:close()
    local next <close> = process.spawn(command)
    assert.equal("first", next:line(PATIENCE))
  end)
end)
