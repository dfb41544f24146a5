-- SPDX-License-Identifier: MIT

-- Which handlers run at the same time, and which calls get a channel's messages.
local copydata = require "support.copydata"
local deep = require "support.deep_stack"
local unique = require "support.unique"
require "support.tidy"(before_each, after_each)

describe("handlers", function()
  describe("that wait", function()
    local name, one, other

    before_each(function()
      name = unique()
      one, other = copydata.new(), copydata.new()
    end)

    after_each(function()
      one:close()
      other:close()
    end)

    it("of on get one message at a time, in order; other channels continue", function()
      local order = {}
      local go_on = copydata.event()
      other:channel(name):on(function(data)
        order[#order + 1] = "begins " .. data
        if data == 1 then
          go_on:wait(5)
        elseif data == 2 then
          copydata.sleep(0.001)
        end
        order[#order + 1] = "ends " .. data
      end)
      other:channel(name .. ".b"):on(function(data)
        order[#order + 1] = "other " .. data
        go_on:set()
      end)
      for i = 1, 3 do
        one:send(name, i)
      end
      copydata.poll(5)
      assert.same({ "begins 1" }, order)
      one:send(name .. ".b", "channel")
      while #order < 7 do
        assert(copydata.poll(5) > 0)
      end
      assert.same({
        "begins 1", "other channel", "ends 1", "begins 2", "ends 2", "begins 3", "ends 3",
      }, order)
    end)

    it("of on hold up their channel in a nested loop as well", function()
      local order = {}
      other:channel(name):on(function(data)
        order[#order + 1] = "begins " .. data
        table.sort({ 1, 2 }, function() copydata.sleep(0.01) end)
        order[#order + 1] = "ends " .. data
      end)
      one:send(name, 1)
      one:send(name, 2)
      while #order < 4 do
        copydata.poll(5)
      end
      assert.same({ "begins 1", "ends 1", "begins 2", "ends 2" }, order)
    end)

    it("of on that fail after a wait get the next message", function()
      local got, told = {}, {}
      copydata.on_error(function(problem) told[#told + 1] = problem end)
      other:channel(name):on(function(data)
        copydata.sleep(0)
        got[#got + 1] = data
        error("no " .. data, 0)
      end)
      one:send(name, 1)
      one:send(name, 2)
      while #told < 2 do
        copydata.poll(5)
      end
      copydata.on_error(nil)
      assert.same({ 1, 2 }, got)
      assert.matches("^no 2\n", told[2])
    end)

    it("of on get one message at a time even where C's stack is almost full", function()
      local last, order, full = 0, true, 0
      other:channel(name):on(function(data)
        order, last = order and data > last, data
        copydata.sleep(0)
        order = order and data == last
      end)
      for levels = 100, 200 do
        for i = 1, 3 do
          assert.equal(1, (one:send(name, 3 * levels + i)))
        end
        if not pcall(deep, levels, copydata.poll, 0) then
          full = full + 1
        end
        repeat
          local ok, count = pcall(copydata.poll, 0) -- raises errors of handlers that had no room
        until ok and count == 0
      end
      assert(full > 0 and full < 100)
      assert.is_true(order)
      assert.equal(603, last)
    end)

    it("of on_raw get one message at a time, too", function()
      local order = {}
      other:on_raw(function(bytes)
        order[#order + 1] = "begins " .. bytes
        copydata.sleep(0.01)
        order[#order + 1] = "ends " .. bytes
      end)
      for _, bytes in ipairs { "a", "b" } do
        assert.equal(1, copydata.raw.send(other:hwnd(), 1, bytes))
      end
      while #order < 4 do
        copydata.poll(5)
      end
      assert.same({ "begins a", "ends a", "begins b", "ends b" }, order)
    end)

    it("of serve run at the same time, each answering when it returns", function()
      local events = { copydata.event(), copydata.event(), copydata.event() }
      local begun = 0
      other:channel(name):serve(function(data)
        begun = begun + 1
        return (events[data]:wait(5))
      end)
      local answered = {}
      local tasks = {}
      for i = 1, 3 do
        tasks[i] = copydata.spawn(function()
          local answer = one:request(name, i, { timeout = 5 })
          answered[#answered + 1] = answer
        end)
      end
      while begun < 3 do
        copydata.poll(5)
      end
      for _, i in ipairs { 3, 1, 2 } do
        events[i]:set("answer " .. i)
        tasks[i]:wait(5)
      end
      assert.same({ "answer 3", "answer 1", "answer 2" }, answered)
    end)

    it("of serve report their errors, early or late, to the peer that asked", function()
      local told = 0
      copydata.on_error(function() told = told + 1 end)
      other:channel(name):serve(function(data)
        if data.late then
          copydata.sleep(0.01)
        end
        if data.raise then
          error { message = "raised", name = "MINE" }
        end
        return nil, "returned", "MINE"
      end)
      for _, data in ipairs {
        {}, { late = true }, { raise = true }, { late = true, raise = true },
      } do
        local answer, message, code, details = one:request(name, data, { timeout = 5 })
        assert.is_nil(answer)
        assert.equal("REMOTE", code)
        assert.matches(data.raise and "raised" or "returned", message)
        assert.equal("MINE", details.name)
      end
      copydata.on_error(nil)
      assert.equal(0, told)
    end)

    it("may nest requests to any depth", function()
      other:channel(name):serve(function(depth)
        return depth == 0 and 0
          or 1 + assert(other:request(name .. ".b", depth - 1, { timeout = 20 }))
      end)
      one:channel(name .. ".b"):serve(function(depth)
        return depth == 0 and 0 or 1 + assert(one:request(name, depth - 1, { timeout = 20 }))
      end)
      assert.equal(100, one:request(name, 100, { timeout = 20 }))
    end)
  end)
end)

describe("a channel's messages", function()
  it("go to a handler or to a call that receives: the second raises", function()
    local name = unique()
    local one <close> = copydata.new()
    local other <close> = copydata.new()
    local channel = other:channel(name)
    channel:on(print)
    for _, call in ipairs {
      function() channel:receive(0) end,
      function() channel:messages() end,
    } do
      local ok, message = pcall(call)
      assert.is_false(ok)
      assert.matches("44%-handlers_spec%.lua:%d+: channel .* has a handler", message)
    end
    channel:on(nil)
    local task = copydata.spawn(function()
      return (channel:messages()())
    end)
    local ok, message = pcall(function() channel:on(print) end)
    assert.is_false(ok)
    assert.matches("44%-handlers_spec%.lua:%d+: .*a call waiting in receive or messages", message)
    one:send(name, "to the task")
    assert.equal("to the task", (task:wait(5)))
    local got
    channel:on(function(data) got = data end)
    one:send(name, "to the handler")
    copydata.poll(5)
    assert.equal("to the handler", got)
  end)

  it("go to several tasks in receive, in turn", function()
    local name = unique()
    local one <close> = copydata.new()
    local other <close> = copydata.new()
    local channel = other:channel(name)
    local got = { {}, {}, {} }
    local tasks = {}
    for i = 1, 3 do
      tasks[i] = copydata.spawn(function()
        for _ = 1, 3 do
          table.insert(got[i], channel:receive(5).data)
        end
      end)
    end
    for i = 1, 9 do
      one:send(name, i)
      copydata.poll(5) -- a task that got one queues again, behind the others
    end
    for i = 1, 3 do
      tasks[i]:wait(5)
    end
    assert.same({ { 1, 4, 7 }, { 2, 5, 8 }, { 3, 6, 9 } }, got)
  end)

  it("are iterated over by messages, nil as null, until the channel is closed", function()
    local name = unique()
    local one <close> = copydata.new()
    local other <close> = copydata.new()
    local channel = other:channel(name)
    local list = {}
    local task = copydata.spawn(function()
      for data, message in channel:messages() do
        list[#list + 1] = data
        assert.equal(one:hwnd(), message.sender.hwnd)
      end
      return "over"
    end)
    one:send(name, 1)
    one:send(name, nil)
    one:send(name, false)
    while #list < 3 do
      copydata.poll(5)
    end
    assert.same({ 1, copydata.msgpack.null, false }, list)
    channel:close()
    assert.equal("over", (task:wait(5)))
  end)

  it("are answered by reply", function()
    local name = unique()
    local one <close> = copydata.new()
    local other <close> = copydata.new()
    local mine, theirs = one:channel(name), other:channel(name)
    theirs:on(function(data, message)
      copydata.sleep(0)
      assert.is_true(message:reply(data * 2))
    end)
    mine:send(21)
    assert.equal(42, mine:receive(5).data)
  end)
end)
