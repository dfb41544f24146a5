-- SPDX-License-Identifier: MIT

-- Requests to the whole program: to close, and that the session ends.
local alive = require "support.alive"
local children = require "support.children"
local copydata = require "support.copydata"
local frames = require "support.frames"
local process = require "support.process"
local recorder = require "support.recorder"
local taskkill = require "support.taskkill"
local unique = require "support.unique"
local window = require "support.window"
require "support.tidy"(before_each, after_each)

local WM_CLOSE, WM_QUERYENDSESSION, WM_ENDSESSION = 0x10, 0x11, 0x16
local CLOSEAPP = 1 -- ENDSESSION_CLOSEAPP: this program should close, the session continues

local PATIENCE = 60 -- seconds
local LONG = 60 -- seconds, for what must not take so long
local HELD_UP = 3.9 -- seconds, a little less than a program may hold up the end of the session
local TOLD = "spec.told" -- a property, because its reader does not pump messages

-- A process's hidden windows for this: one or none.
local function windows_of(pid)
  return window.find("copydata.session", false, pid)
end

local function window_of(pid)
  local found = windows_of(pid)
  assert.equal(1, #found)
  return found[1]
end

-- Tells a program that the session ends.
-- @return a child, whose results are how many seconds that took, and the process of the window
-- `watched` by then
local function end_session(pid, flags, watched)
  local ender = children.start()
  ender:begin([[
    local core, window = require "copydata.core", require "support.window"
    local hwnd, message, flags, patience, watched = ...
    local started = core.seconds()
    window.send(hwnd, message, 1, flags, patience)
    return core.seconds() - started, window.pid(watched)
  ]], window_of(pid), WM_ENDSESSION, flags or 0, LONG, watched or 0)
  return ender
end

-- The calls that wait, on an endpoint with a peer that never answers.
local WAITS = {
  "copydata.poll()", "copydata.poll(1000)", "copydata.run()", "channel:receive()",
  "channel:receive(1000)", "channel:request(1)",
}

-- Has a child wait, in such a call.
local function waiting(call, name)
  local child = children.start()
  child:begin(([[
    local endpoint <close> = assert(copydata.new { timeout = 1000 })
    local channel = assert(endpoint:channel(...))
    say "waits"
    return %s
  ]]):format(call), name)
  child:said()
  return child
end

-- A peer that never answers.
local function silent_peer(name)
  local peer = recorder("copydata.endpoint", frames.ACCEPTED)
  window.set_property(peer:hwnd(), "copydata:" .. name, 1)
  return peer
end

describe("the window that gets the session's messages", function()
  it("is one hidden window for all endpoints of the program", function()
    local child <close> = children.join(unique())
    local hwnd = window_of(child.pid)
    assert.is_false(window.visible(hwnd))
    child:run "endpoint = copydata.new() endpoint:channel 'x'"
    assert.equal(hwnd, window_of(child.pid))
    child:run "endpoint:close()"
    assert.equal(hwnd, window_of(child.pid))
    assert.equal(0, child:finish())
    assert.is_nil(window.pid(hwnd))
  end)

  it("stays when there are no more endpoints", function()
    local child <close> = process.spawn(children.command(
      [[-e "require 'copydata'.new():close() print 'closed' io.stdout:flush() io.read()"]]))
    assert.equal("closed", child:line(PATIENCE))
    window_of(child:pid())
  end)

  it("does not exist without an endpoint", function()
    for _, script in ipairs {
      "print(#require 'copydata.msgpack'.encode {})", "require 'copydata'.channels() print(1)",
    } do
      local child <close> = process.spawn(children.command(
        ([[-e "%s io.stdout:flush() io.read()"]]):format(script)))
      assert.equal("1", child:line(PATIENCE))
      assert.same({}, windows_of(child:pid()))
    end
  end)

  it("is destroyed if its thread must quit: the program is asked to close", function()
    local child <close> = waiting("copydata.run()", unique())
    window.quit(window_of(child.pid))
    assert.equal("CLOSED", (select(3, child:result())))
  end)
end)

describe("taskkill without /F", function()
  for _, call in ipairs(WAITS) do
    it("ends a wait: " .. call, function()
      local name = unique()
      local peer <close> = silent_peer(name) -- luacheck: ignore
      local bystander <close> = children.start()
      local child <close> = waiting(call, name)
      taskkill(child.pid)
      local result, message, code = child:result()
      assert.is_nil(result)
      assert.equal("CLOSED", code)
      assert.equal("CLOSED: the program was asked to close", message)
      assert.equal(0, child:finish())
      alive(bystander)
    end)
  end

  it("is reported by every later wait, after all messages accepted before", function()
    local child <close> = children.start()
    child:run([[
      name = ...
      got = {}
      one, other = copydata.new(), copydata.new()
      channel = other:channel(name)
      quiet = one:channel(name .. ".quiet")
      channel:on(function(data) got[#got + 1] = data end)
      assert(one:send(name, "first") == 1)
    ]], unique())
    taskkill(child.pid)
    assert.equal("CLOSED", child:run "return (select(3, quiet:receive()))")
    child:run "assert(one:send(name, 'second') == 1)"
    assert.equal(1, child:run "return copydata.poll()")
    assert.same({ "first", "second" }, child:run "return got")
    assert.equal("CLOSED", child:run "return (select(3, copydata.poll()))")
    assert.equal("CLOSED", child:run "return (select(3, copydata.run()))")
    assert.equal("third", child:run [[
      channel:on(nil)
      one:send(name, "third")
      return channel:receive().data
    ]])
    assert.equal("CLOSED", child:run "return (select(3, channel:receive()))")
    assert.equal("CLOSED", child:run "last = copydata.new() return (select(3, copydata.poll()))")
    taskkill(child.pid) -- once more
    assert.equal("CLOSED", child:run "return (select(3, copydata.poll()))")
  end)

  it("leaves the program its window, for last messages", function()
    local name = unique()
    local endpoint <close> = copydata.new()
    local channel = endpoint:channel(name)
    local child <close> = children.join(name)
    taskkill(child.pid)
    child:begin "copydata.run() return copydata.hwnd(), channel:send 'farewell'"
    local message = channel:receive(PATIENCE)
    local hwnd, recipients = child:result()
    assert.equal("farewell", message.data)
    assert.equal(hwnd, message.sender.hwnd)
    assert.equal(child.pid, message.sender.pid)
    assert.equal(1, recipients)
  end)

  it("reaches every Lua state of the program", function()
    local name = unique()
    local endpoint <close> = copydata.new()
    local child <close> = children.start()
    child:begin("return require('support.threads').run(4, ...)",
      package.searchpath("support.waiting", package.path), package.path, package.cpath, name)
    while #endpoint:peers(name) < 4 do
      copydata.poll(0.01)
    end
    taskkill(child.pid)
    assert.equal(0, child:result())
  end)
end)

describe("the end of the session", function()
  it("has the program's consent, and changes nothing before it happens", function()
    local child <close> = children.join(unique())
    local hwnd = window_of(child.pid)
    assert.equal(1, window.send(hwnd, WM_QUERYENDSESSION, 0, 0, PATIENCE))
    alive(child)
    assert.equal(0, window.send(hwnd, WM_ENDSESSION, 0, 0, PATIENCE)) -- another program objects
    alive(child)
  end)

  for _, call in ipairs(WAITS) do
    it("ends a wait: " .. call, function()
      local name = unique()
      local peer <close> = silent_peer(name) -- luacheck: ignore
      local bystander <close> = children.start()
      local child <close> = waiting(call, name)
      local ender <close> = end_session(child.pid)
      local result, message, code = child:result()
      assert.is_nil(result)
      assert.equal("ENDING", code)
      assert.equal("ENDING: the session is ending", message)
      assert.equal(0, child:finish())
      ender:result()
      alive(bystander)
    end)
  end

  for _, pump in ipairs { "script", "thread" } do
    it("is delayed until the program has closed: pump = " .. pump, function()
      local bystander <close> = children.start()
      local program <close> = process.spawn(children.command(
        ('"%s" %s'):format(package.searchpath("support.ending", package.path), pump)))
      local hwnd = math.tointeger(program:line(PATIENCE))
      local ender <close> = end_session(program:pid(), 0, hwnd)
      local took, left = ender:result()
      assert.is_nil(left)
      assert.is_true(took < HELD_UP)
      assert.equal("ENDING: the session is ending", program:line(PATIENCE))
      assert.is_nil(program:wait(0)) -- it still runs
      program:finish()
      assert.equal(0, program:wait(PATIENCE))
      alive(bystander)
    end)
  end

  it("is delayed by at most 4 s, once, by a script that computes", function()
    local bystander <close> = children.start()
    local child <close> = children.start()
    child:begin([[
      local told, patience = ...
      local endpoint <close> = assert(copydata.new())
      local window = require "support.window"
      local hwnd = endpoint:hwnd()
      say(hwnd)
      local give_up = os.time() + patience
      local was_told
      repeat
        was_told = window.property(hwnd, told) == 1
      until was_told or os.time() > give_up
      return was_told, select(3, copydata.poll(0))
    ]], TOLD, PATIENCE)
    local hwnd = child:said()
    local ender <close> = end_session(child.pid)
    local took = ender:result()
    local session = window_of(child.pid)
    for _ = 1, 5 do -- Windows may repeat it
      window.send(session, WM_ENDSESSION, 1, 0, LONG)
    end
    window.set_property(hwnd, TOLD, 1)
    local was_told, code = child:result()
    assert.is_true(was_told) -- while it computed
    assert.is_true(took >= HELD_UP)
    assert.equal("ENDING", code)
    assert.equal(0, child:finish())
    alive(bystander)
  end)

  it("is reported after a request to close, but not the other way around", function()
    local child <close> = children.join(unique())
    taskkill(child.pid)
    assert.equal("CLOSED", child:run "return (select(3, copydata.poll()))")
    child:begin [[
      local _, code
      repeat
        _, _, code = copydata.poll()
      until code ~= "CLOSED"
      return code
    ]]
    local ender <close> = end_session(child.pid)
    assert.equal("ENDING", child:result())
    ender:result()
    assert.equal(0, window.send(window_of(child.pid), WM_CLOSE, 0, 0, PATIENCE))
    assert.equal("ENDING", child:run "return (select(3, copydata.run()))")
    assert.equal(0, child:finish())
  end)

  it("is only a request to close if the session continues", function()
    local child <close> = waiting("copydata.run()", unique())
    local ender <close> = end_session(child.pid, CLOSEAPP)
    assert.equal("CLOSED", (select(3, child:result())))
    assert.equal(0, child:finish())
    ender:result()
  end)
end)
