-- SPDX-License-Identifier: MIT

-- Ends that the script did not cause itself.
local children = require "support.children"
local copydata = require "support.copydata"
local press = require "support.press"
local unique = require "support.unique"
local window = require "support.window"
require "support.tidy"(before_each, after_each)

local WM_CLOSE = 0x10

-- Closes an endpoint's window from outside, and waits until it is closed.
local function close_window(endpoint)
  window.post(endpoint:hwnd(), WM_CLOSE)
  while endpoint:hwnd() ~= 0 do
    window.pump()
  end
end

describe("a closed window", function()
  it("ends run", function()
    local name = unique()
    local child <close> = children.join(name)
    local hwnd = child:hwnd()
    child:begin "channel:on(print) return copydata.run()"
    assert.is_true(window.post(hwnd, WM_CLOSE))
    local ended, message, code = child:result()
    assert.is_nil(ended)
    assert.equal("CLOSED", code)
    assert.matches("^CLOSED: ", message)
    assert.equal(0, child:run "return copydata.hwnd()")
    assert.equal(0, child:finish())
  end)

  it("is reported by poll and receive, after all messages accepted before", function()
    local name = unique()
    local one <close> = copydata.new()
    local other <close> = copydata.new()
    local got = {}
    local quiet = other:channel(unique())
    other:channel(name):on(function(data) got[#got + 1] = data end)
    one:send(name, "accepted")
    close_window(other)
    assert.equal(1, copydata.poll(5))
    assert.same({ "accepted" }, got)
    assert.equal("CLOSED", (select(3, copydata.poll(5))))
    assert.equal("CLOSED", (select(3, quiet:receive(5))))
    assert.equal("CLOSED", (select(3, copydata.run())))
  end)

  it("is no longer a peer, and cannot join", function()
    local name = unique()
    local one <close> = copydata.new()
    local other <close> = copydata.new()
    local channel = other:channel(name)
    close_window(other)
    assert.same({}, one:peers(name))
    local joined, message, code = other:channel(unique())
    assert.is_nil(joined)
    assert.equal("CLOSED", code)
    assert.matches("^CLOSED: ", message)
    channel:close()
    assert.equal(0, other:hwnd())
  end)

  it("can still send, as a program without a window does", function()
    local name = unique()
    local one <close> = copydata.new()
    local other <close> = copydata.new()
    local channel = one:channel(name)
    close_window(other)
    assert.equal(1, (other:send(name, "farewell")))
    local message = channel:receive(5)
    assert.equal("farewell", message.data)
    assert.equal(0, message.sender.hwnd)
    assert.is_nil(message.sender.pid)
    assert.is_nil(message.sender.exe)
  end)
end)

describe("WM_QUIT", function()
  it("ends run, and every later poll reports it", function()
    local child <close> = children.join(unique())
    child:begin "require('support.window').quit() return copydata.run()"
    local ended, message, code = child:result()
    assert.is_nil(ended)
    assert.equal("QUIT", code)
    assert.matches("^QUIT: ", message)
    assert.equal("QUIT", child:run "return (select(3, copydata.poll(0)))")
    assert.equal("QUIT", child:run "return (select(3, copydata.run()))")
  end)

  it("leaves messages accepted before to the handlers", function()
    local name = unique()
    local one <close> = copydata.new()
    local other <close> = copydata.new()
    local got = {}
    other:channel(name):on(function(data) got[#got + 1] = data end)
    one:send(name, "accepted")
    window.quit()
    assert.equal(1, copydata.poll(5))
    assert.equal("QUIT", (select(3, copydata.poll(5))))
    assert.same({ "accepted" }, got)
    window.pump() -- removes WM_QUIT again
    assert.equal(0, copydata.poll(0))
  end)
end)

describe("Ctrl+C", function()
  it("ends run, and the program continues", function()
    local child <close> = children.start(true)
    child:begin [[
      local channel = copydata.channel "x"
      say "running"
      return copydata.run()
    ]]
    child:said()
    press(child)
    local ended, message, code = child:result()
    assert.is_nil(ended)
    assert.equal("INTERRUPTED", code)
    assert.matches("^INTERRUPTED: ", message)
    assert.equal(2, child:run "return 1 + 1")
    assert.equal(0, child:finish())
  end)

  it("ends run after the handler that is running, although more messages wait", function()
    local name = unique()
    local child <close> = children.start(true)
    child:run("channel = copydata.channel(...)", name)
    child:begin [[
      local count = 0
      channel:on(function(data)
        count = count + 1
        if count == 3 then
          say "busy"
          repeat until require("copydata.core").interrupted() -- works until it was pressed
        end
      end)
      return count, select(3, copydata.run()), count
    ]]
    local endpoint <close> = copydata.new()
    for i = 1, 3 do
      endpoint:send(name, i)
    end
    child:said()
    local others <close> = children.start()
    others:begin("return copydata.send(..., 'waits', { timeout = 0.1 })", name)
    press(child)
    local _, code, count = child:result()
    assert.equal("INTERRUPTED", code)
    assert.equal(3, count)
    others:result()
  end)

  it("is not lost when that handler calls stop or raises", function()
    for _, ending in ipairs { "copydata.stop()", "error 'boom'" } do
      local name = unique()
      local child <close> = children.start(true)
      child:run("channel = copydata.channel(...)", name)
      child:begin(([[
        channel:on(function()
          say "busy"
          repeat until require("copydata.core").interrupted() -- works until it was pressed
          %s
        end)
        local raised = not pcall(function() code = select(3, copydata.run()) end)
        if raised then
          code = select(3, copydata.run()) -- would wait for ever
        end
        return raised, code
      ]]):format(ending))
      local endpoint <close> = copydata.new()
      endpoint:send(name, 1)
      child:said()
      press(child)
      local raised, code = child:result()
      assert.equal(ending == "error 'boom'", raised)
      assert.equal("INTERRUPTED", code)
    end
  end)

  it("reaches lua.exe when no loop runs, and interrupts the script", function()
    local child <close> = children.start(true)
    child:begin [[
      local channel = copydata.channel "x"
      say "polling"
      while true do
        copydata.poll()
      end
    ]]
    child:said()
    press(child)
    local ok, message = pcall(child.result, child)
    assert.is_false(ok)
    assert.matches("interrupted!", message)
  end)

  it("pressed a second time reaches lua.exe although the loop runs", function()
    local name = unique()
    local child <close> = children.start(true)
    child:run("channel = copydata.channel(...)", name)
    child:begin [[
      channel:on(function()
        say "for ever"
        while true do end
      end)
      return copydata.run()
    ]]
    local endpoint <close> = copydata.new()
    endpoint:send(name, 1)
    child:said()
    press(child)
    press(child)
    local ok, message = pcall(child.result, child)
    assert.is_false(ok)
    assert.matches("interrupted!", message)
  end)
end)

describe("the end of a process", function()
  it("destroys its window, however it ends", function()
    local endings = {
      ["its script ends"] = function(child) child:finish() end,
      ["it is killed"] = function(child) child:kill() end,
      ["it exits"] = function(child)
        child:begin "os.exit(3)"
        assert.equal(3, child.process:wait(10))
      end,
      ["it exits and closes its state"] = function(child)
        child:begin "os.exit(4, true)"
        assert.equal(4, child.process:wait(10))
      end,
      ["it raises"] = function(child)
        child:begin "copydata = nil collectgarbage() os.exit(5)"
        assert.equal(5, child.process:wait(10))
      end,
    }
    for how, finish in pairs(endings) do
      local child <close> = children.join(unique())
      local hwnd = child:hwnd()
      assert.equal(child.pid, window.pid(hwnd))
      finish(child)
      assert.is_nil(window.pid(hwnd), how)
    end
  end)
end)
