-- SPDX-License-Identifier: MIT

-- Receivers that are slow, busy or hang.
local children = require "support.children"
local closing = require "support.closing"
local copydata = require "support.copydata"
local frames = require "support.frames"
local recorder = require "support.recorder"
local unique = require "support.unique"
local window = require "support.window"
require "support.tidy"(before_each, after_each)

local ACCEPTED, BUSY = frames.ACCEPTED, frames.BUSY

describe("a full queue", function()
  it("is reported as BUSY after the timeout", function()
    local name = unique()
    local one <close> = copydata.new()
    local other <close> = copydata.new { queue_messages = 2, sender_messages = 2 }
    local channel = other:channel(name)
    assert.equal(1, (one:send(name, 1)))
    assert.equal(1, (one:send(name, 2)))
    local recipients, failures = one:send(name, 3, { timeout = 0.05 })
    assert.equal(0, recipients)
    assert.equal("BUSY", failures[1].code)
    assert.equal(1, channel:receive(0).data)
    assert.equal(1, (one:send(name, 4)))
    assert.equal(2, channel:receive(0).data)
    assert.equal(4, channel:receive(0).data)
    assert.is_nil((channel:receive(0)))
  end)

  it("is tried again, while the sender accepts messages", function()
    local name, back = unique(), unique "back"
    local child <close> = children.start()
    child:run([[
      endpoint = copydata.new { queue_messages = 1, sender_messages = 1 }
      channel = endpoint:channel(...)
    ]], name)
    local endpoint <close> = copydata.new()
    local answers = endpoint:channel(back)
    child:begin([[
      local got = {}
      for i = 1, 20 do
        -- While the sender waits for room, it must accept this.
        assert(endpoint:send(..., i, { timeout = 10 }) == 1)
        got[i] = assert(channel:receive(10)).data
      end
      return got
    ]], back)
    for i = 1, 20 do
      local recipients, failures = endpoint:send(name, i, { timeout = 10 })
      assert.equal(1, recipients, failures[1] and failures[1].message)
    end
    local expected = {}
    for i = 1, 20 do
      expected[i] = i
    end
    assert.same(expected, (child:result()))
    for i = 1, 20 do
      assert.equal(i, answers:receive(5).data)
    end
  end)

  it("of one peer does not keep a message from other peers", function()
    local name = unique()
    local busy <close> = recorder("copydata.endpoint", BUSY)
    local one <close> = copydata.new()
    local other <close> = copydata.new()
    window.set_property(busy:hwnd(), "copydata:" .. name, 1)
    local channel = other:channel(name)
    local recipients, failures = one:send(name, 1, { timeout = 0.05 })
    assert.equal(1, recipients)
    assert.equal(1, #failures)
    assert.equal(busy:hwnd(), failures[1].peer.hwnd)
    assert.equal(1, channel:receive(0).data)
    assert.is_nil((channel:receive(0)))
    assert.is_true(select(4, busy:newest()) > 1) -- it was tried again

    busy:answer(ACCEPTED)
    assert.equal(2, (one:send(name, 2)))
  end)

  it("loses and duplicates nothing, and keeps order: eight senders, a slow receiver", function()
    local name = unique()
    local senders, each = 8, 150
    local endpoint <close> = copydata.new { queue_messages = 20, sender_messages = 10 }
    local channel = endpoint:channel(name)
    local all <close> = closing {}
    for i = 1, senders do
      all[i] = children.start()
    end
    for i, child in ipairs(all) do
      child:begin([[
        local name, number, each = ...
        for i = 1, each do
          local recipients, failures = copydata.send(name, { number, i }, { timeout = 60 })
          assert(recipients == 1, failures[1] and failures[1].message)
        end
      ]], name, i, each)
    end
    local got = {}
    for _ = 1, senders * each do
      local data = assert(channel:receive(60)).data
      local number, i = data[1], data[2]
      assert.equal((got[number] or 0) + 1, i)
      got[number] = i
    end
    for _, child in ipairs(all) do
      child:result()
    end
    assert.is_nil((channel:receive(0)))
  end)
end)

describe("a peer that hangs", function()
  it("is waited for once, and gets messages again once it answers", function()
    local name = unique()
    local child <close> = children.join(name)
    local endpoint <close> = copydata.new()
    local hwnd = child:hwnd()
    child.process:suspend()
    local _, failures = endpoint:send(name, 1, { timeout = 0.3 })
    assert.equal("TIMEOUT", failures[1].code)

    -- Would wait for a minute.
    _, failures = endpoint:send(name, 2, { timeout = 60 })
    assert.equal("HUNG", failures[1].code)
    assert.matches("nothing was sent", failures[1].message)
    assert.equal(hwnd, failures[1].peer.hwnd)
    local ok, _, code = endpoint:channel(name):send_to(hwnd, 3, { timeout = 60 })
    assert.is_nil(ok)
    assert.equal("HUNG", code)

    child.process:resume()
    child:begin [[
      local list = {}
      repeat
        list[#list + 1] = assert(channel:receive(20)).data
      until list[#list] == "again"
      return list
    ]]
    local recipients
    repeat
      recipients = endpoint:send(name, "again", { timeout = 10 })
    until recipients == 1
    local list = child:result()
    assert.equal("again", list[#list])
    for _, data in ipairs(list) do
      assert.is_true(data == 1 or data == "again") -- 2 and 3 were not sent
    end
  end)

  it("still hangs when another peer is found gone just before", function()
    local name = unique()
    local child <close> = children.join(name)
    local gone <close> = children.start()
    local nobody = gone:hwnd()
    gone:kill()
    local endpoint <close> = copydata.new()
    local channel = endpoint:channel(name)
    local hwnd = child:hwnd()
    child.process:suspend()
    assert.equal("TIMEOUT", (select(3, channel:send_to(hwnd, 1, { timeout = 0.3 }))))
    for _ = 1, 3 do
      assert.equal("GONE", (select(3, copydata.raw.send(nobody, 1, ""))))
      assert.equal("HUNG", (select(3, channel:send_to(hwnd, 2, { timeout = 8 }))))
    end
    child.process:resume()
    child:begin "return assert(channel:receive(20)).data"
    local recipients
    repeat
      recipients = endpoint:send(name, "again", { timeout = 10 })
    until recipients == 1
    local data = child:result()
    assert.is_true(data == 1 or data == "again") -- 2 was not sent
  end)

  it("is tried last, so that it does not delay the others", function()
    local name = unique()
    local hanging <close> = children.join(name)
    local first <close> = recorder("copydata.endpoint", ACCEPTED)
    local endpoint <close> = copydata.new()
    window.set_property(first:hwnd(), "copydata:" .. name, 1)
    hanging.process:suspend()
    endpoint:send(name, 1, { timeout = 0.2 })
    local recipients, failures = endpoint:send(name, 2, { timeout = 60 })
    assert.equal(1, recipients)
    assert.equal("HUNG", failures[1].code)
    hanging.process:resume()
  end)

  it("is no longer a failure once it has died", function()
    local name = unique()
    local child <close> = children.join(name)
    local endpoint <close> = copydata.new()
    child.process:suspend()
    endpoint:send(name, 1, { timeout = 0.2 })
    child:kill()
    local recipients, failures = endpoint:send(name, 2)
    assert.equal(0, recipients)
    assert.same({}, failures)
  end)
end)

describe("a busy script", function()
  it("accepts messages if its window has its own thread", function()
    local name = unique()
    local child <close> = children.start()
    child:run([[
      copydata = require "copydata"
      endpoint = copydata.new { pump = "thread" }
      channel = endpoint:channel(...)
    ]], name)
    child:begin [[
      say "busy"
      io.read() -- stands for work, which ends on request of the spec
      local list = {}
      channel:on(function(data) list[#list + 1] = data end)
      return copydata.poll(0), list
    ]]
    child:said()
    local endpoint <close> = copydata.new()
    for i = 1, 3 do
      assert.equal(1, (endpoint:send(name, i, { timeout = 10 })))
    end
    child.process:write "go on\n"
    local count, list = child:result()
    assert.equal(3, count)
    assert.same({ 1, 2, 3 }, list)
  end)

  it("ends its window's thread when the endpoint is closed or collected", function()
    local child <close> = children.start()
    child:run [[
      copydata = require "copydata"
      for i = 1, 5 do
        local endpoint <close> = copydata.new { pump = "thread" }
      end
    ]]
    local before = child.process:handles()
    child:run [[
      for i = 1, 20 do
        local endpoint <close> = copydata.new { pump = "thread" }
        copydata.new { pump = "thread" }
      end
      collectgarbage()
    ]]
    assert.is_true(child.process:handles() <= before + 2)
    assert.equal(0, child:finish())
  end)
end)
