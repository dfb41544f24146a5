-- SPDX-License-Identifier: MIT
local children = require "support.children"
local copydata = require "support.copydata"
local unique = require "support.unique"
require "support.tidy"(before_each, after_each)

describe("poll", function()
  describe("with two endpoints, one of which sends,", function()
    local name, one, other, channel

    before_each(function()
      name = unique()
      one, other = copydata.new(), copydata.new()
      channel = other:channel(name)
    end)

    after_each(function()
      one:close()
      other:close()
    end)

    it("returns how many messages it handled", function()
      local got = {}
      channel:on(function(data) got[#got + 1] = data end)
      assert.equal(0, copydata.poll(0))
      for i = 1, 3 do
        one:send(name, i)
      end
      assert.equal(3, copydata.poll())
      assert.same({ 1, 2, 3 }, got)
      assert.equal(0, copydata.poll(0.01))
    end)

    it("delivers each message once", function()
      local count = 0
      channel:on(function() count = count + 1 end)
      one:send(name, 1)
      copydata.poll(1)
      copydata.poll(0)
      assert.equal(1, count)
    end)

    it("wakes as soon as another process sends", function()
      local child <close> = children.start()
      channel:on(function(data) assert.equal("wake", data) end)
      child:begin("return copydata.send(..., 'wake')", name)
      assert.equal(1, copydata.poll()) -- would wait for ever
      assert.equal(1, (child:result()))
    end)

    it("raises a handler's error with its traceback; waiting messages stay", function()
      local got = {}
      local function explode(data) error("no " .. data) end
      channel:on(function(data)
        got[#got + 1] = data
        if data == 2 then
          explode(data)
        end
      end)
      for i = 1, 3 do
        one:send(name, i)
      end
      local ok, message = pcall(copydata.poll, 5)
      assert.is_false(ok)
      assert.matches("05%-poll_spec%.lua:%d+: no 2\nstack traceback:", message)
      assert.matches("in upvalue 'explode'", message)
      assert.same({ 1, 2 }, got)
      assert.equal(1, copydata.poll(5))
      assert.same({ 1, 2, 3 }, got)
    end)

    it("raises an error that is not a string unchanged", function()
      local problem = { code = 7 }
      channel:on(function() error(problem) end)
      one:send(name, 1)
      local _, raised = pcall(copydata.poll, 5)
      assert.equal(problem, raised)
    end)

    it("lets handlers send, even back to the sender", function()
      local answers = unique "answers"
      local answer = one:channel(answers)
      channel:on(function(data, message)
        assert.is_true(answer:send_to(message.sender, data * 2) or true)
        assert.equal(1, (other:send(answers, data * 2)))
      end)
      one:send(name, 21)
      assert.equal(1, copydata.poll(5))
      assert.equal(42, answer:receive(5).data)
    end)

    it("lets handlers join, close and poll, but holds their channel's next message back", function()
      local second = unique "second"
      local order = {}
      channel:on(function(data)
        order[#order + 1] = "first " .. data
        if data == 1 then
          other:channel(second):on(function(inner)
            order[#order + 1] = "second " .. inner
            other:joined(second):close()
          end)
          one:send(second, "x")
          one:send(second, "dropped with its channel")
          assert.equal(1, copydata.poll(5)) -- second x: `first 2` waits until this returns
        end
      end)
      one:send(name, 1)
      one:send(name, 2)
      while #order < 3 do
        assert.is_true(copydata.poll(5) > 0)
      end
      assert.same({ "first 1", "second x", "first 2" }, order)
      assert.is_nil(other:joined(second))
      assert.equal(0, copydata.poll(0))
    end)

    it("delivers nothing more when a handler closes the endpoint", function()
      local count = 0
      channel:on(function()
        count = count + 1
        other:close()
      end)
      one:send(name, 1)
      one:send(name, 2)
      assert.equal(1, copydata.poll(5))
      assert.equal(0, copydata.poll(0)) -- the other one is open
      assert.equal(1, count)
    end)

    it("fails as closed, once, when handlers close all endpoints", function()
      local child <close> = children.join(name)
      child:begin [[
        channel:on(function() copydata.close() end)
        local counts, message, code = {}
        repeat -- would wait for ever
          counts[#counts + 1], message, code = copydata.poll()
        until code
        counts[#counts + 1] = copydata.poll(0)
        return counts, message, code
      ]]
      one:send(name, 1, { timeout = 20 })
      local counts, message, code = child:result()
      assert.same({ 1, 0 }, counts)
      assert.equal("CLOSED", code)
      assert.matches("^CLOSED: ", message)
    end)

    it("returns although handlers cause new messages", function()
      local count = 0
      channel:on(function()
        count = count + 1
        one:send(name, count)
      end)
      one:send(name, 0)
      assert.equal(1, copydata.poll(5))
      assert.equal(1, copydata.poll(5))
      assert.equal(2, count)
    end)

    it("leaves messages without a handler alone", function()
      one:send(name, "kept")
      assert.equal(0, copydata.poll(0))
      channel:on(function() end)
      channel:on(nil)
      assert.equal(0, copydata.poll(0))
      assert.equal("kept", channel:receive(0).data)
    end)

    it("keeps accepting for other endpoints of the thread", function()
      local child <close> = children.start()
      child:begin("return copydata.send(..., 'for the other', { timeout = 10 })", name)
      repeat -- one is polled, other is sent to
        assert.equal(0, copydata.poll(0.01))
        local message = channel:receive(0)
      until message
      assert.equal(1, (child:result()))
    end)

    it("accepts any callable as a handler, and uses the newest", function()
      local got = {}
      channel:on(function() error "replaced" end)
      channel:on(setmetatable({}, { __call = function(_, data) got[#got + 1] = data end }))
      one:send(name, "called")
      assert.equal(1, copydata.poll(5))
      assert.same({ "called" }, got)
    end)

    it("refuses invalid times", function()
      for _, seconds in ipairs { -1, 0 / 0, "soon" } do
        local ok, message = pcall(copydata.poll, seconds)
        assert.is_false(ok)
        assert.matches("seconds to wait", message)
      end
    end)
  end)
end)

describe("receive", function()
  it("waits for the next message, or until time runs out", function()
    local name = unique()
    local endpoint <close> = copydata.new()
    local channel = endpoint:channel(name)
    local message, why, code = channel:receive(0)
    assert.is_nil(message)
    assert.equal("TIMEOUT", code)
    assert.matches("^TIMEOUT: ", why)
    assert.equal("TIMEOUT", (select(3, channel:receive(0.05))))

    local child <close> = children.start()
    child:begin("return copydata.send(..., 'late')", name)
    assert.equal("late", channel:receive().data) -- would wait for ever
    child:result()
  end)

  it("runs the handlers of other channels and endpoints meanwhile", function()
    local a, b = unique "a", unique "b"
    local endpoint <close> = copydata.new()
    local child <close> = children.start()
    local handled = {}
    local waiting = endpoint:channel(a)
    local second <close> = copydata.new()
    endpoint:channel(b):on(function(data) handled[#handled + 1] = "one " .. data end)
    second:channel(b):on(function(data) handled[#handled + 1] = "other " .. data end)
    child:begin([[
      local a, b = ...
      copydata.send(b, 1)
      return copydata.send(a, "now")
    ]], a, b)
    assert.equal("now", waiting:receive(10).data)
    copydata.poll(0) -- messages that arrived in the same turn
    table.sort(handled)
    assert.same({ "one 1", "other 1" }, handled)
    child:result()
  end)

  it("works on a channel that nothing else refers to", function()
    local name = unique()
    local child <close> = children.start()
    local endpoint <close> = copydata.new()
    child:begin([[
      local name = ...
      while #copydata.peers(name) == 0 do end
      return copydata.send(name, { list = { 1, 2, 3 } })
    ]], name)
    collectgarbage "generational"
    assert.same({ list = { 1, 2, 3 } }, endpoint:channel(name):receive(10).data)
    collectgarbage "incremental"
    child:result()
  end)
end)

describe("run", function()
  it("runs handlers until stop, and leaves what is waiting then", function()
    local name = unique()
    local one <close> = copydata.new()
    local other <close> = copydata.new()
    local got = {}
    other:channel(name):on(function(data)
      got[#got + 1] = data
      if data == 2 then
        copydata.stop()
      end
    end)
    for i = 1, 3 do
      one:send(name, i)
    end
    assert.is_true(copydata.run())
    assert.same({ 1, 2 }, got)
    assert.equal(1, copydata.poll(0))
    assert.same({ 1, 2, 3 }, got)
  end)

  it("is stopped by an earlier stop, which it uses up", function()
    local name = unique()
    local one <close> = copydata.new()
    local other <close> = copydata.new()
    local count = 0
    copydata.stop()
    other:channel(name):on(function()
      count = count + 1
      copydata.stop()
    end)
    one:send(name, 1)
    assert.is_true(copydata.run())
    assert.equal(0, count)
    assert.is_true(copydata.run())
    assert.equal(1, count)
  end)

  it("raises a handler's error, and can run again", function()
    local name = unique()
    local one <close> = copydata.new()
    local other <close> = copydata.new()
    other:channel(name):on(function(data)
      if data == "stop" then
        copydata.stop()
      end
      error(data, 0)
    end)
    one:send(name, "boom")
    one:send(name, "stop")
    local ok, message = pcall(copydata.run)
    assert.is_false(ok)
    assert.matches("^boom\nstack traceback", message)
    assert.matches("^stop\n", (select(2, pcall(copydata.run))))
  end)

  it("does not nest", function()
    local name = unique()
    local one <close> = copydata.new()
    local other <close> = copydata.new()
    local message
    other:channel(name):on(function()
      message = select(2, pcall(function() copydata.run() end))
      copydata.stop()
    end)
    one:send(name, 1)
    copydata.run()
    assert.matches("05%-poll_spec%.lua:%d+: run is already in progress", message)
  end)
end)
