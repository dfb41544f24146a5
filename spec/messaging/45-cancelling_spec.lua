-- SPDX-License-Identifier: MIT

-- Tasks that are ended from outside release what they held.
local children = require "support.children"
local copydata = require "support.copydata"
local unique = require "support.unique"
require "support.tidy"(before_each, after_each)

-- An object that records when it is closed.
local function guard(closed, act)
  return setmetatable({}, {
    __close = function()
      closed.count = (closed.count or 0) + 1
      if act then
        act()
      end
    end,
  })
end

describe("cancelling a task", function()
  after_each(function()
    copydata.on_error(nil)
  end)

  it("closes its to-be-closed variables at once, and ends calls that wait for it", function()
    local closed, told = {}, 0
    copydata.on_error(function() told = told + 1 end)
    local task = copydata.spawn(function()
      local _ <close> = guard(closed)
      copydata.sleep(1000)
    end)
    local waiting = copydata.spawn(function() return select(3, task:wait()) end)
    task:cancel()
    assert.equal(1, closed.count)
    assert.equal("CANCELLED", (waiting:wait(5)))
    local result, message, code = task:wait()
    assert.is_nil(result)
    assert.equal("CANCELLED", code)
    assert.matches("^CANCELLED: ", message)
    assert.matches("%(cancelled%)$", tostring(task))
    task:cancel()
    assert.equal(1, closed.count)
    assert.equal(0, told)
  end)

  it("that is over, or about to resume, is harmless", function()
    local over = copydata.spawn(function() return "result" end)
    over:cancel()
    assert.equal("result", (over:wait()))
    local event = copydata.event()
    local went_on = false
    local task = copydata.spawn(function()
      event:wait()
      went_on = true
    end)
    event:set()
    task:cancel()
    copydata.poll(0)
    assert.is_false(went_on)
    assert.equal("CANCELLED", (select(3, task:wait(0))))
  end)

  it("loses no message: the next call that receives gets it, in order", function()
    local name = unique()
    local one <close> = copydata.new()
    local other <close> = copydata.new()
    local channel = other:channel(name)
    local receiving = copydata.spawn(function() return channel:receive() end)
    local messages = copydata.spawn(function() return channel:messages()() end)
    for i = 1, 4 do
      one:send(name, i)
    end
    -- This one resumes first, when both have been given their messages.
    local canceller
    canceller = copydata.spawn(function()
      copydata.sleep(0)
      receiving:cancel()
      messages:cancel()
    end)
    receiving:cancel()
    messages:cancel()
    canceller:wait(5)
    for i = 1, 4 do
      assert.equal(i, channel:receive(5).data)
    end
    assert.is_nil((channel:receive(0)))
    channel:on(function() end) -- no call receives any more
  end)

  it("gives back a message that it was given but had not received", function()
    local name = unique()
    local one <close> = copydata.new()
    local other <close> = copydata.new()
    local channel = other:channel(name)
    local receiving
    -- The handler runs in the same turn, after the message was given to the task.
    other:channel(name .. ".signal"):on(function() receiving:cancel() end)
    receiving = copydata.spawn(function() return channel:receive() end)
    one:send(name, "kept")
    one:send(name .. ".signal", true)
    one:send(name, "next")
    copydata.poll(5)
    assert.equal("CANCELLED", (select(3, receiving:wait(5))))
    assert.equal("kept", channel:receive(0).data)
    assert.equal("next", channel:receive(0).data)
  end)

  it("withdraws a request: its answer is ignored, and others continue", function()
    local name = unique()
    local one <close> = copydata.new()
    local other <close> = copydata.new()
    local go_on = copydata.event()
    other:channel(name):serve(function(data)
      if data == "slow" then
        go_on:wait(5)
      end
      return data
    end)
    local task = copydata.spawn(function() return one:request(name, "slow") end)
    copydata.sleep(0.01)
    task:cancel()
    go_on:set()
    assert.equal("quick", one:request(name, "quick"))
    copydata.sleep(0.01)
    assert.equal(1, one.ignored_answers)
  end)

  it("gives up its place among the sends to a busy peer", function()
    local name = unique()
    local one <close> = copydata.new()
    local other <close> = copydata.new { queue_messages = 1, sender_messages = 1 }
    local channel = other:channel(name)
    assert.equal(1, (one:send(name, "fills")))
    local first = copydata.spawn(function() return one:send(name, "first") end)
    local second = copydata.spawn(function() return one:send(name, "second") end)
    first:cancel()
    assert.equal("fills", channel:receive(5).data)
    assert.equal("second", channel:receive(5).data)
    assert.equal(1, (second:wait(5)))
    assert.is_nil((channel:receive(0)))
  end)

  it("in a nested loop ends its wait with CANCELLED when that loop is innermost", function()
    local told, again
    local task = copydata.spawn(function()
      copydata.sleep(0)
      table.sort({ 1, 2 }, function()
        told = told or { copydata.sleep(1000) }
      end)
      again = { copydata.sleep(1000) }
      return "returned"
    end)
    copydata.spawn(function()
      copydata.sleep(0.01)
      task:cancel()
    end)
    assert.equal("returned", (task:wait(5)))
    assert.equal("CANCELLED", told[3])
    assert.matches("^CANCELLED: ", told[2])
    assert.equal("CANCELLED", again[3])
  end)

  it("makes a __close that would wait fail; sending does not count as waiting", function()
    local name = unique()
    local one <close> = copydata.new()
    local other <close> = copydata.new()
    local channel = other:channel(name)
    local problem
    local event = copydata.event()
    for _, wait in ipairs {
      function() copydata.sleep(0) end,
      function() event:wait() end,
      function() copydata.poll(0) end,
      function() channel:receive() end,
      function() one:request(name .. ".x", 1) end,
    } do
      local closed = {}
      local task = copydata.spawn(function()
        local _ <close> = guard(closed, function()
          local ok
          ok, problem = pcall(wait)
          assert(not ok)
          assert(one:send(name, "last words") == 1)
        end)
        copydata.sleep(1000)
      end)
      other:channel(name .. ".x"):serve(print)
      task:cancel()
      other:joined(name .. ".x"):close()
      assert.equal(1, closed.count)
      assert.matches("the end of a cancelled task,? cannot wait", problem)
      assert.equal("last words", channel:receive(5).data)
    end
  end)

  it("reports an error in a __close to on_error", function()
    local told = {}
    copydata.on_error(function(problem) told[#told + 1] = problem end)
    for _, close in ipairs {
      function() error("on closing", 0) end,
      function() copydata.sleep(0) end,
    } do
      local task = copydata.spawn(function()
        local _ <close> = guard({}, close)
        copydata.sleep(1000)
      end)
      local waiting = copydata.spawn(function() return (select(3, task:wait())) end)
      task:cancel()
      assert.equal("CANCELLED", (waiting:wait(5)))
    end
    assert.equal(2, #told)
    assert.matches("on closing", told[1])
    assert.matches("cannot wait", told[2])
  end)

  it("from another task's __close still does not let that one wait", function()
    local problem
    local second = copydata.spawn(function() copydata.sleep(1000) end)
    local first = copydata.spawn(function()
      local _ <close> = guard({}, function()
        second:cancel()
        problem = select(2, pcall(copydata.sleep, 0))
      end)
      copydata.sleep(1000)
    end)
    first:cancel()
    assert.matches("cannot wait", problem)
    assert.is_true(copydata.sleep(0))
  end)
end)

describe("a finalizer", function()
  it("that would wait raises, in a task and elsewhere", function()
    local function collect()
      local problem
      setmetatable({}, {
        __gc = function() problem = select(2, pcall(copydata.sleep, 0)) end,
      })
      collectgarbage()
      return problem
    end
    assert.matches("a finalizer.* cannot wait", collect())
    assert.matches("a finalizer.* cannot wait", (copydata.spawn(collect):wait(5)))
    assert.is_true(copydata.sleep(0))
  end)
end)

describe("closing", function()
  it("ends all waiting calls with CLOSED", function()
    local name = unique()
    local one = copydata.new()
    local other <close> = copydata.new()
    local never = copydata.event()
    other:channel(name):serve(function() never:wait(0.2) end)
    local channel = one:channel(name)
    local codes = {}
    for what, wait in pairs {
      receive = function() return channel:receive() end,
      request = function() return one:request(name, 1) end,
      wait_for_peer = function() return one:wait_for_peer(name .. ".nobody") end,
      wait = function() return one:request(name .. ".nobody", 1, { wait = true }) end,
    } do
      copydata.spawn(function() codes[what] = select(3, wait()) end)
    end
    local ended = copydata.spawn(function()
      for _ in channel:messages() do error "nothing was sent" end
      return "ended"
    end)
    copydata.sleep(0.01)
    one:close()
    assert.equal("ended", (ended:wait(5)))
    while not (codes.wait_for_peer and codes.wait and codes.request and codes.receive) do
      copydata.sleep(0.01)
    end
    assert.same(
      { receive = "CLOSED", request = "CLOSED", wait_for_peer = "CLOSED", wait = "CLOSED" }, codes)
    copydata.sleep(0.2)
  end)

  it("lets running handlers continue, and sends their answers while it can", function()
    local name = unique()
    local one <close> = copydata.new()
    local other <close> = copydata.new()
    local go_on = copydata.event()
    local channel = other:channel(name)
    local done = false
    channel:serve(function(data)
      go_on:wait(5)
      done = true
      return data
    end)
    local asking = copydata.spawn(function() return one:request(name, "answered") end)
    copydata.sleep(0.01)
    channel:close()
    go_on:set()
    assert.equal("answered", (asking:wait(5)))
    assert.is_true(done)
  end)

  it("and joining again does not start the new channel before the old handler has returned",
    function()
      local name = unique()
      local one <close> = copydata.new()
      local other <close> = copydata.new()
      local order = {}
      local go_on = copydata.event()
      local old = other:channel(name)
      old:on(function(data)
        order[#order + 1] = "old begins " .. data
        go_on:wait(5)
        order[#order + 1] = "old ends"
      end)
      one:send(name, 1)
      copydata.poll(5)
      old:close()
      other:channel(name):on(function(data) order[#order + 1] = "new " .. data end)
      other:channel(name .. ".after"):on(function()
        order[#order + 1] = "after"
        go_on:set()
      end)
      assert.equal(1, (one:send(name, 2)))
      assert.equal(1, (one:send(name .. ".after", 3)))
      while #order < 4 do
        assert(copydata.poll(5) > 0)
      end
      assert.same({ "old begins 1", "after", "old ends", "new 2" }, order)
    end)

  it("and joining again in a handler makes the new channel wait for that handler too", function()
    local name = unique()
    local one <close> = copydata.new()
    local other <close> = copydata.new()
    local order = {}
    local channel = other:channel(name)
    channel:on(function()
      channel:close()
      other:channel(name):on(function(data) order[#order + 1] = "new " .. data end)
      one:send(name, 2)
      copydata.sleep(0.02)
      order[#order + 1] = "old ends"
    end)
    one:send(name, 1)
    while #order < 2 do
      copydata.poll(5)
    end
    assert.same({ "old ends", "new 2" }, order)
  end)

  it("in a task of a child ends its program in order", function()
    local child <close> = children.start()
    assert.equal("CLOSED", child:run([[
      local channel = copydata.channel(...)
      copydata.spawn(function() copydata.sleep(0.01) copydata.close() end)
      return (select(3, channel:receive()))
    ]], unique()))
    assert.equal(0, child:finish())
  end)
end)
