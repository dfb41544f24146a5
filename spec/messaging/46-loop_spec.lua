-- SPDX-License-Identifier: MIT

-- The loop: what runs it, what ends it, and what is next.
local children = require "support.children"
local copydata = require "support.copydata"
local core = require "copydata.core"
local press = require "support.press"
local unique = require "support.unique"
require "support.tidy"(before_each, after_each)

local LONG = 60 -- seconds, of a timeout that is not waited for

describe("run", function()
  it("runs a function as a task, returns what that returns, and raises what it raises", function()
    assert.same({ n = 3, "a", nil, 2 }, table.pack(copydata.run(function(first, second)
      copydata.sleep(0.001)
      return first, nil, second
    end, "a", 2)))
    assert.equal(1, select("#", copydata.run(function() return nil end)))
    local ok, problem = pcall(copydata.run, function()
      copydata.sleep(0)
      error("main failed", 0)
    end)
    assert.is_false(ok)
    assert.matches("^main failed\nstack traceback:.*46%-loop_spec", problem)
    local object = {}
    assert.equal(object, (select(2, pcall(copydata.run, function() error(object) end))))
  end)

  it("returns main's failures unchanged", function()
    local _, message, code = copydata.run(function()
      return copydata.event():wait(0.001)
    end)
    assert.equal("TIMEOUT", code)
    assert.matches("^TIMEOUT: ", message)
  end)

  it("ends if stop was called before it began", function()
    local endpoint <close> = copydata.new()
    copydata.spawn(function()
      endpoint:request(unique "nobody", 1)
      copydata.stop()
    end)
    assert.is_true(copydata.run())
    copydata.stop()
    local began = false
    copydata.run(function() began = true end)
    assert.is_false(began)
    assert.equal("again", copydata.run(function() return "again" end))
  end)

  it("cancels main when it is stopped; other tasks stay, and continue later", function()
    local closed, went_on = false, false
    copydata.spawn(function()
      copydata.sleep(0.001)
      copydata.stop()
      copydata.sleep(0.001)
      went_on = true
    end)
    assert.is_true(copydata.run(function()
      local _ <close> = setmetatable({}, { __close = function() closed = true end })
      copydata.sleep(1000)
    end))
    assert.is_true(closed)
    assert.is_false(went_on)
    copydata.sleep(0.05)
    assert.is_true(went_on)
  end)

  it("leaves tasks to the next call that waits", function()
    local count = 0
    local ticking = copydata.spawn(function()
      while true do
        copydata.sleep(0.001)
        count = count + 1
      end
    end)
    copydata.run(function() copydata.sleep(0.02) end)
    local before = count
    assert.is_true(before > 0)
    copydata.sleep(0.02)
    assert.is_true(count > before)
    ticking:cancel()
  end)

  it("refuses anything but a function, and to run inside itself", function()
    local inner
    copydata.run(function()
      inner = select(2, pcall(function() copydata.run(print) end))
    end)
    for pattern, problem in pairs {
      ["run is already in progress: start tasks with spawn"] = inner,
      ["expected function, got number"] = select(2, pcall(function() copydata.run(5) end)),
      ["expected function, got nil"] = select(2, pcall(function() copydata.run(nil, 1) end)),
    } do
      assert.matches("46%-loop_spec%.lua:%d+: .*" .. pattern, problem)
    end
    assert.equal("still runs", copydata.run(function() return "still runs" end))
  end)
end)

describe("a call that waits returns", function()
  it("after all loops begun inside it, whatever its timeout", function()
    local order = {}
    copydata.spawn(function()
      copydata.sleep(0)
      table.sort({ 1, 2 }, function() copydata.sleep(0.05) end)
      order[#order + 1] = "inner"
    end)
    copydata.sleep(0.001)
    order[#order + 1] = "outer"
    assert.same({ "inner", "outer" }, order)
  end)

  it("within its time, although others keep the loop busy", function()
    local name = unique()
    local one <close> = copydata.new()
    local other <close> = copydata.new()
    local count = 0
    other:channel(name):on(function()
      count = count + 1
      assert(count < 20000, "it goes on for ever")
      one:send(name, 1)
    end)
    one:send(name, 1)
    assert.equal("TIMEOUT", (select(3, one:channel(name .. ".quiet"):receive(0.05))))
    assert.equal("TIMEOUT", (select(3, copydata.event():wait(0.05))))
    assert.is_true(count > 2)
  end)
end)

describe("a turn", function()
  it("resumes once each task that was ready when it began", function()
    local order = {}
    for _, name in ipairs { "a", "b" } do
      copydata.spawn(function()
        for i = 1, 3 do
          order[#order + 1] = name .. i
          copydata.sleep(0)
        end
      end)
    end
    assert.equal(2, copydata.poll(0))
    assert.same({ "a1", "b1", "a2", "b2" }, order)
    while copydata.poll(0) > 0 do end
    assert.same({ "a1", "b1", "a2", "b2", "a3", "b3" }, order)
  end)

  it("resumes those that they wake, too, but not for long", function()
    local COUNT = 1000
    local events, turns = {}, 0
    for i = 1, COUNT do
      events[i] = copydata.event()
      copydata.spawn(function()
        events[i]:wait()
        if i < COUNT then
          events[i + 1]:set(true)
        end
      end)
    end
    events[1]:set(true)
    repeat
      turns = turns + 1
    until copydata.poll(0) == 0
    assert(turns < COUNT / 2, turns)

    local ping, pong = copydata.event(), copydata.event()
    local first = copydata.spawn(function()
      while ping:wait() do
        ping = copydata.event()
        pong:set(true)
      end
    end)
    local second = copydata.spawn(function()
      while pong:wait() do
        pong = copydata.event()
        ping:set(true)
      end
    end)
    ping:set(true)
    assert.is_true(copydata.poll(0) > 0) -- returns
    first:cancel()
    second:cancel()
  end)

  it("counts handlers begun and tasks resumed, a task that a message resumed once", function()
    local name = unique()
    local one <close> = copydata.new()
    local other <close> = copydata.new()
    local handled, received = other:channel(name .. ".h"), other:channel(name .. ".r")
    handled:on(function() end)
    local got
    copydata.spawn(function() got = received:receive().data end)
    assert.equal(0, copydata.poll(0))
    one:send(name .. ".h", 1)
    one:send(name .. ".h", 2)
    assert.equal(2, copydata.poll(0))
    one:send(name .. ".r", "x")
    assert.equal(1, copydata.poll(0))
    assert.equal("x", got)
    assert.equal(0, copydata.poll(0))
  end)

  it("ends now and then although a receive always finds something", function()
    local name = unique()
    local one <close> = copydata.new()
    local other <close> = copydata.new()
    local ticks, count = 0, 0
    local ticking = copydata.spawn(function()
      while true do
        copydata.sleep(0.001)
        ticks = ticks + 1
      end
    end)
    local channel = other:channel(name)
    while ticks < 20 and count < 20000 do
      one:send(name, count)
      assert.equal(count, channel:receive().data)
      count = count + 1
    end
    assert.equal(20, ticks)
    local flooded = copydata.spawn(function()
      one:send(name, 0)
      for data in channel:messages() do
        if ticks >= 40 or data > 20000 then
          return data
        end
        one:send(name, data + 1)
      end
    end)
    assert.is_true(flooded:wait(20) <= 20000)
    ticking:cancel()
  end)

  it("that a wait left unfinished does not delay later calls", function()
    local name = unique()
    local one <close> = copydata.new()
    local other <close> = copydata.new()
    local channel = other:channel(name)
    copydata.spawn(function()
      copydata.sleep(0.01)
      one:send(name, 1)
      one:send(name, 2)
    end)
    local started = core.seconds()
    copydata.sleep(0) -- so that the next call begins within a turn's time, and need not end it
    assert.equal(1, channel:receive(60).data) -- the second had arrived too when its turn began
    local now = core.seconds()
    repeat until core.seconds() - now > 0.002 -- so that the next receive ends the turn
    assert.equal(2, channel:receive(60).data)
    assert.is_true(core.seconds() - started < 20)
  end)
end)

describe("what is sent", function()
  it("by several tasks to a busy peer arrives in the order of the calls", function()
    local name = unique()
    local one <close> = copydata.new()
    local other <close> = copydata.new { queue_messages = 1, sender_messages = 1 }
    local channel = other:channel(name)
    assert.equal(1, (one:send(name, 1)))
    local tasks = {}
    for i = 2, 5 do
      tasks[i] = copydata.spawn(function()
        return one:send(name, i == 3 and { 3, ("x"):rep(300000) } or i)
      end)
    end
    one:post(name, 6)
    for i = 1, 6 do
      local data = channel:receive(5).data
      assert.equal(i, type(data) == "table" and data[1] or data)
    end
    for i = 2, 5 do
      assert.equal(1, (tasks[i]:wait(5)))
    end
  end)

  it("to a peer that is no longer busy does not overtake what waits", function()
    local name = unique()
    local one <close> = copydata.new()
    local other <close> = copydata.new { queue_messages = 1, sender_messages = 1 }
    local channel = other:channel(name)
    one:send(name, "fills")
    copydata.spawn(function() one:send(name, "waits", { timeout = 20 }) end)
    copydata.sleep(0.05) -- by now it tries every 16 ms
    assert.equal("fills", channel:receive(5).data)
    copydata.spawn(function() one:send(name, "late", { timeout = 20 }) end)
    assert.equal("waits", channel:receive(5).data)
    assert.equal("late", channel:receive(5).data)
  end)

  it("to a busy peer suspends only the task", function()
    local name, free = unique "busy", unique "free"
    local one <close> = copydata.new()
    local other <close> = copydata.new { queue_messages = 1, sender_messages = 1 }
    local third <close> = copydata.new()
    local channel, open = other:channel(name), third:channel(free)
    one:send(name, "fills")
    local sending = copydata.spawn(function()
      return (one:send(name, "waits", { timeout = 20 }))
    end)
    assert.equal(1, (one:send(free, "at once")))
    assert.equal("at once", open:receive(5).data)
    assert.matches("in progress", tostring(sending))
    assert.equal("fills", channel:receive(5).data)
    assert.equal("waits", channel:receive(5).data)
    assert.equal(1, (sending:wait(5)))
  end)

  it("as a post stays queued in poll(0), which does not wait for a full peer", function()
    local name = unique()
    local one <close> = copydata.new { timeout = LONG }
    local other <close> = copydata.new { queue_messages = 1, sender_messages = 1 }
    local channel = other:channel(name)
    one:send(name, "fills")
    one:post(name, "kept")
    local began = core.seconds()
    copydata.poll(0)
    assert.is_true(core.seconds() - began < LONG / 2)
    assert.equal("fills", channel:receive(5).data)
    assert.equal("kept", channel:receive(5).data)
    assert.same({ 1, {} }, { one:flush() })
  end)

  it("as a post stays queued in poll(0), which does not wait for peers that compute", function()
    local name = unique()
    local one <close> = copydata.new { timeout = LONG }
    local child <close> = children.join(name)
    child.process:suspend()
    one:post(name, "kept")
    local began = core.seconds()
    for _ = 1, 3 do
      copydata.poll(0)
    end
    assert.is_true(core.seconds() - began < LONG / 2)
    child.process:resume()
    child:begin "return channel:receive(10).data"
    assert.same({ 1, {} }, { one:flush() })
    assert.equal("kept", child:result())
  end)
end)

describe("Ctrl+C", function()
  it("ends the running loops, innermost first; suspended calls stay", function()
    local child <close> = children.start(true)
    child:begin [[
      local channel = copydata.channel "x"
      local order, inner = {}
      local event = copydata.event()
      local suspended = copydata.spawn(function() return (event:wait()) end)
      copydata.spawn(function()
        copydata.sleep(0)
        table.sort({ 1, 2 }, function()
          say "deep"
          inner = select(3, copydata.sleep(1000))
          order[#order + 1] = "inner"
        end)
      end)
      local outer = select(3, copydata.run())
      order[#order + 1] = "outer"
      local state = tostring(suspended)
      event:set "went on"
      return order, inner, outer, state, suspended:wait(5)
    ]]
    child:said()
    press(child)
    local order, inner, outer, state, result = child:result()
    assert.same({ "inner", "outer" }, order)
    assert.equal("INTERRUPTED", inner)
    assert.equal("INTERRUPTED", outer)
    assert.equal("copydata.task (in progress)", state)
    assert.equal("went on", result)
  end)

  it("ends run while main waits, with an endpoint or without; main continues in other loops",
    function()
      for _, first in ipairs { "local channel = copydata.channel 'x'", "copydata.close()" } do
        local child <close> = children.start(true)
        child:begin(first .. [[
          local event = copydata.event()
          local went_on
          local _, _, code = copydata.run(function()
            copydata.spawn(function() copydata.sleep(0) say "waits" end)
            event:wait()
            went_on = true
          end)
          local before = went_on
          event:set()
          copydata.poll(0)
          return code, before, went_on
        ]])
        child:said()
        press(child)
        assert.same({ "INTERRUPTED", nil, true }, { child:result() })
        assert.equal(0, child:finish())
      end
    end)
end)
