-- SPDX-License-Identifier: MIT

-- Raw messages are not sent to a hung window. One that has been silent for 5 s is hung, one that
-- has just answered is not, although Windows considers both hung.
local children = require "support.children"
local copydata = require "support.copydata"
local eventually = require "support.eventually"
local unique = require "support.unique"
require "support.tidy"(before_each, after_each)

local raw = copydata.raw

local LONG = 5.5 -- seconds after which Windows considers a window hung
local ANSWER = 42

-- A child with a window, whose thread then pumps messages until it is killed.
local function start(prepare)
  local child = children.start()
  local hwnd = child:run([[
    window = require "support.recorder" (...)
  ]] .. prepare .. " return window:hwnd()", unique "class", ANSWER)
  child:begin "copydata.run()"
  return child, hwnd
end

describe("a window", function()
  setup(copydata.hwnd)
  it("that has just answered after a long time does not count as hung", function()
    local child <close>, hwnd = start("window:delay(" .. LONG .. ") window:linger(0.5)")
    assert.equal(ANSWER, raw.send(hwnd, 1, "long", { timeout = 20 }))
    assert.equal(ANSWER, raw.send(hwnd, 1, "long again", { timeout = 20 })) -- at once
    child:kill()
  end)

  it("that has just replied does not count as hung either", function()
    local class = unique "class"
    local child <close> = children.start()
    local hwnd = child:run([[
      server = copydata.new { class = ... }
      server:on_raw(function(bytes, message)
        local till = os.time() + 7
        while os.time() < till do end -- computes
        copydata.raw.send(message.sender, 2, bytes, { sender = server })
        till = os.clock() + 0.5
        while os.clock() < till do end
      end)
      return server:hwnd()
    ]], class)
    child:begin "copydata.run()"
    assert.equal("a", (raw.request(hwnd, 1, "a", { reply = 2, timeout = 30 })))
    assert.equal(1, raw.send(hwnd, 1, "b", { timeout = 20 }))
    child:kill()
  end)

  it("that has been silent for a long time counts as hung", function()
    local child <close> = children.start()
    local hwnd = child:run("window = require 'support.recorder' (...) return window:hwnd()",
      unique "class", ANSWER)
    child:begin "window:wait(20)"
    assert.equal(ANSWER, raw.send(hwnd, 1, ""))
    child:result() -- from now on it reads its input
    local result, _, code = raw.send(hwnd, 1, "", { timeout = LONG })
    assert.is_nil(result)
    assert.equal("TIMEOUT", code)
    local message
    result, message, code = raw.send(hwnd, 1, "", { timeout = 60 })
    assert.is_nil(result)
    assert.equal("HUNG", code)
    assert.matches("nothing was sent", message)
    child:begin "copydata.run()"
    assert.is_true(eventually(function() return raw.send(hwnd, 1, "") == ANSWER end))
    child:kill()
  end)
end)

describe("a script that sends raw messages for a long time", function()
  setup(copydata.hwnd)
  it("does not count as hung for its senders", function()
    local name = unique()
    local child <close> = children.start()
    child:run("channel = copydata.channel(...) window = require 'support.recorder' ('x', 1)", name)
    child:begin [[
      local till = os.time() + 7
      while os.time() < till do
        assert(copydata.raw.send(window:hwnd(), 1, "") == 1) -- our own, so it does not wait
      end
      local message = channel:receive(10)
      return message and message.data
    ]]
    copydata.sleep(LONG)
    assert.equal(1, (copydata.send(name, "comes through", { timeout = 5 })))
    assert.equal("comes through", child:result())
    child:run "window:close()"
  end)
end)
