-- SPDX-License-Identifier: MIT

-- Guards, and programs that try to exhaust them.
local children = require "support.children"
local closing = require "support.closing"
local copydata = require "support.copydata"
local frames = require "support.frames"
local process = require "support.process"
local prover = require "support.prover"
local recorder = require "support.recorder"
local threads = require "support.threads"
local window = require "support.window"
require "support.tidy"(before_each, after_each)

local ACCEPTED, BUSY, REFUSED = frames.ACCEPTED, frames.BUSY, frames.REFUSED
local notification, receiver = frames.notification, frames.receiver

local MADE_UP = 0x70000000 -- and above: handles of no window
local MANY = 200

-- Asserts that an allowed program gets through, while the loop runs.
local function gets_through(channel, child)
  child:begin([[
    local recipients, failures = copydata.send(..., "from a friend", { timeout = 20 })
    return recipients, failures[1] and failures[1].message
  ]], channel.name)
  local got
  channel:on(function(data)
    got = got or data == "from a friend"
  end)
  for _ = 1, 400 do
    copydata.poll(0.05)
    if got then
      break
    end
  end
  channel:on(nil)
  assert.same({ 1 }, { child:result() })
  assert.is_true(got)
end

describe("a guard", function()
  it("is not called for windows that do not exist, which are refused", function()
    local asked = 0
    local function accept()
      asked = asked + 1
      return true
    end
    local endpoint <close>, channel, answer = receiver { accept = accept }
    local other <close>, guarded, answer_guarded = receiver() -- luacheck: ignore other
    guarded:guard(accept)
    endpoint:on_raw(print)
    local gone = recorder("stranger", 0)
    local hwnd = gone:hwnd()
    gone:close()
    for _, made_up in ipairs { MADE_UP, 0x7ffffff0, 0xFFFF, -1, hwnd } do
      assert.equal(REFUSED, answer(notification(channel.name, "\x01"), made_up))
      assert.equal(REFUSED, answer_guarded(notification(guarded.name, "\x01"), made_up))
      assert.equal(0, answer("raw", made_up, 7))
    end
    assert.equal(0, copydata.poll(0))
    assert.equal(0, copydata.poll(0))
    assert.equal(0, asked)

    local stranger <close> = prover()
    assert.equal(BUSY, stranger:send(endpoint:hwnd(), notification(channel.name, "\x01")))
    assert.equal(0, copydata.poll(0))
    assert.equal(1, asked)
    assert.equal(ACCEPTED, stranger:send(endpoint:hwnd(), notification(channel.name, "\x01")))
  end)

  it("makes a sender wait until it has decided, and is called once", function()
    local stranger <close> = prover()
    local asked = 0
    local again
    local endpoint <close>, channel = receiver {
      accept = function()
        asked = asked + 1
        again()
        return true
      end,
    }
    function again()
      assert.equal(BUSY, stranger:send(endpoint:hwnd(), notification(channel.name, "\x01")))
      assert.equal(0, copydata.poll(0))
    end
    again()
    assert.equal(1, asked)
    assert.equal(ACCEPTED, stranger:send(endpoint:hwnd(), notification(channel.name, "\x02")))
    assert.equal(2, channel:receive(0).data)
  end)

  it("is asked about a sender again when there was no memory to ask", function()
    assert.equal(0, threads.run(1, package.searchpath("support.thrifty", package.path),
      package.path, package.cpath))
  end)

  it("does not keep poll from returning while senders invent windows without end", function()
    local friend <close> = children.start()
    local asked = 0
    local endpoint <close>, channel = receiver {
      accept = function(peer)
        asked = asked + 1
        assert(asked < 1000, "it is asked without end")
        local done = os.clock() + 0.002 -- some guards are slow
        repeat until os.clock() > done
        return peer.pid == friend.pid
      end,
    }
    local forger <close> = children.start()
    forger:begin([[
      local window = require "support.window"
      local hwnd, tag, frame, made_up = ...
      local count = 0
      while true do
        count = count + 1
        window.copydata(hwnd, tag, frame, made_up + count, 5)
        if count == 200 then
          say "forging"
        end
      end
    ]], endpoint:hwnd(), frames.MPK1, notification(channel.name, "\x01"), MADE_UP)
    forger:said()
    for _ = 1, 20 do
      assert.equal(0, copydata.poll(0))
    end
    gets_through(channel, friend)
    assert.equal(1, asked)
  end)

  it("is called for a limited number in one turn, however many arrive meanwhile", function()
    local strangers <close> = closing {}
    local another -- sends
    local endpoint <close>, channel = receiver {
      accept = function(peer)
        return peer.pid ~= process.own_pid or another and another() == ACCEPTED
      end,
    }
    function another()
      assert(#strangers < 1000, "it is asked without end")
      local stranger = prover()
      table.insert(strangers, stranger)
      return stranger:send(endpoint:hwnd(), notification(channel.name, "\x01"))
    end
    assert.equal(BUSY, another())
    assert.equal(0, copydata.poll(0))
    assert.is_true(#strangers > 1)
    another = nil
    local friend <close> = children.start()
    gets_through(channel, friend)
  end)

  describe("while many windows of another program are sending,", function()
    local asked, good, friend, endpoint, channel, strangers

    before_each(function()
      asked = {}
      good = prover()
      friend = children.start()
      strangers = children.start()
      strangers:run([[
        local prover = require "support.prover"
        list = {}
        for i = 1, ... do
          list[i] = prover()
        end
      ]], MANY)
      endpoint, channel = receiver {
        accept = function(peer)
          asked[peer.hwnd] = (asked[peer.hwnd] or 0) + 1
          return peer.hwnd == good:hwnd() or peer.pid == friend.pid
        end,
      }
    end)

    after_each(function()
      endpoint:close()
      good:close()
      friend:close()
      strangers:close()
    end)

    local function send_good()
      return good:send(endpoint:hwnd(), notification(channel.name, "\x01"))
    end

    -- Each of them sends a frame. None is accepted.
    local function send_all()
      local verdicts = strangers:run([[
        local verdicts = {}
        for i, each in ipairs(list) do
          verdicts[i] = each:send(...)
        end
        return verdicts
      ]], endpoint:hwnd(), notification(channel.name, "\x02"))
      assert.equal(MANY, #verdicts)
      for _, verdict in ipairs(verdicts) do
        assert.is_true(verdict == BUSY or verdict == REFUSED, verdict)
      end
    end

    it("does not forget the senders that it has allowed", function()
      assert.equal(BUSY, send_good())
      assert.equal(0, copydata.poll(0))
      assert.equal(ACCEPTED, send_good())
      for i = 1, MANY do
        assert.equal(REFUSED,
          window.copydata(endpoint:hwnd(), frames.MPK1, notification(channel.name, "\x01"),
            MADE_UP + i, 5))
      end
      assert.equal(ACCEPTED, send_good())
      for _ = 1, 5 do
        send_all()
        assert.equal(ACCEPTED, send_good())
        copydata.poll(0)
        assert.equal(ACCEPTED, send_good())
      end
      assert.equal(1, asked[good:hwnd()])
      gets_through(channel, friend)
    end)

    it("is called for other senders too", function()
      send_all()
      gets_through(channel, friend)
      assert.equal(BUSY, send_good())
      local verdict
      for _ = 1, 100 do
        copydata.poll(0)
        verdict = send_good()
        if verdict ~= BUSY then
          break
        end
      end
      assert.equal(ACCEPTED, verdict)
      assert.equal(1, asked[good:hwnd()])
    end)
  end)
end)
