-- SPDX-License-Identifier: MIT

-- What a call that waits does: in a task it suspends the task, elsewhere it runs the loop.
local copydata = require "support.copydata"
local unique = require "support.unique"
require "support.tidy"(before_each, after_each)

-- Makes a log: returns a function that adds to it, and the list.
local function logger()
  local list = {}
  return function(item) list[#list + 1] = item end, list
end

describe("a task", function()
  it("runs at once, with its arguments, up to its first wait", function()
    local log, order = logger()
    local task = copydata.spawn(function(a, b)
      log(a)
      copydata.sleep(0)
      log(b)
      return "x", nil, "z"
    end, "one", "two")
    log "spawned"
    assert.matches("^copydata%.task %(in progress%)$", tostring(task))
    assert.same({ "x", nil, "z" }, { task:wait() })
    assert.same({ "one", "spawned", "two" }, order)
    assert.matches("^copydata%.task %(over%)$", tostring(task))
    assert.equal("z", (select(3, task:wait(0)))) -- any number of times
  end)

  it("that waits holds up nothing: neither tasks nor handlers nor calls waiting for it", function()
    local name, answers = unique "asked", unique "answers"
    local one <close> = copydata.new()
    local other <close> = copydata.new()
    local log, order = logger()
    local go_on = copydata.event()
    other:channel(name):serve(function(data)
      go_on:wait(10)
      return data * 2
    end)
    local channel = one:channel(answers)
    local tasks = {
      copydata.spawn(function() log(one:request(name, 21, { timeout = 10 })) end),
      copydata.spawn(function() log(channel:receive(10).data) end),
      copydata.spawn(function()
        copydata.sleep(0.01)
        log "slept"
        other:send(answers, "received")
        copydata.sleep(0.01)
        go_on:set()
      end),
      copydata.spawn(function() log(one:wait_for_peer(answers .. ".late", 10).hwnd) end),
    }
    for i = 1, 3 do
      tasks[i]:wait(10)
    end
    local late = other:channel(answers .. ".late")
    tasks[4]:wait(10)
    assert.same({ "slept", "received", 42, other:hwnd() }, order)
    late:close()
  end)

  it("may use every call that waits, in handlers too", function()
    local name = unique()
    local one <close> = copydata.new()
    local other <close> = copydata.new()
    local got = copydata.event()
    other:channel(name):on(function(data)
      copydata.sleep(0.01)
      local doubled = copydata.spawn(function()
        copydata.sleep(0.01)
        return 2 * data
      end):wait(5)
      got:set(doubled)
    end)
    one:send(name, 4)
    assert.equal(8, (got:wait(5)))
  end)

  it("is kept by the loop until it ends, whatever the collector does", function()
    local ended = 0
    for _ = 1, 10 do
      copydata.spawn(function()
        copydata.sleep(0.01)
        ended = ended + 1
      end)
    end
    collectgarbage()
    collectgarbage()
    copydata.sleep(0.1)
    assert.equal(10, ended)
  end)

  it("that calls coroutine.yield ends with an error that names event", function()
    local cleaned = false
    local task
    task = copydata.spawn(function()
      local _ <close> = setmetatable({}, { __close = function() cleaned = true end })
      copydata.sleep(0)
      coroutine.yield "mine"
    end)
    local result, message, code = task:wait(5)
    assert.is_nil(result)
    assert.equal("FAILED", code)
    assert.matches("^FAILED: a task must not yield: .*copydata%.event", message)
    assert.matches("40%-tasks_spec%.lua:%d+", message)
    assert.is_true(cleaned)
    assert.matches("^copydata%.task %(failed%)$", tostring(task))
  end)

  it("cannot wait for itself or cancel itself", function()
    local task
    local problems = {}
    task = copydata.spawn(function()
      copydata.sleep(0)
      problems[1] = select(2, pcall(function() task:wait() end))
      problems[2] = select(2, pcall(function() task:cancel() end))
    end)
    task:wait(5)
    assert.matches("40%-tasks_spec%.lua:%d+: a task cannot wait for itself", problems[1])
    assert.matches("40%-tasks_spec%.lua:%d+: a task cannot cancel itself", problems[2])
  end)

  it("can be waited for with a timeout, and by several tasks", function()
    local go_on = copydata.event()
    local task = copydata.spawn(function() return (go_on:wait(5)) end)
    local _, message, code = task:wait(0.01)
    assert.equal("TIMEOUT", code)
    assert.matches("^TIMEOUT: ", message)
    local waiting = {}
    for i = 1, 3 do
      waiting[i] = copydata.spawn(function() return (task:wait(5)) end)
    end
    go_on:set "done"
    for i = 1, 3 do
      assert.equal("done", (waiting[i]:wait(5)))
    end
  end)

  it("is not made from anything but a function", function()
    for call, pattern in pairs {
      [function() copydata.spawn(nil) end] = "expected function, got nil",
      [function() copydata.spawn(5) end] = "expected function, got number",
      [function() copydata.sleep "soon" end] = "seconds to sleep: expected number of seconds",
      [function() copydata.sleep(-1) end] = "seconds to sleep: must be 0 or more",
      [function() copydata.spawn(copydata.event).name = "x" end] = "field 'name' cannot be set",
    } do
      local ok, message = pcall(call)
      assert.is_false(ok)
      assert.matches("^spec/messaging[\\/]40%-tasks_spec%.lua:%d+: .*" .. pattern, message)
    end
  end)
end)

describe("a call that waits outside tasks", function()
  -- Has a task tick until `over()`.
  local function ticker(over)
    local ticks = { count = 0 }
    ticks.task = copydata.spawn(function()
      while not over() do
        copydata.sleep(0.001)
        ticks.count = ticks.count + 1
      end
    end)
    return ticks
  end

  it("blocks a generator in a task, which yields only to its own consumer", function()
    local name = unique()
    local one <close> = copydata.new()
    local other <close> = copydata.new()
    local over = false
    other:channel(name):serve(function(data)
      copydata.sleep(0.01)
      return data * 10
    end)
    local ticks = ticker(function() return over end)
    local task = copydata.spawn(function()
      local list = {}
      for answer in coroutine.wrap(function()
        for i = 1, 3 do
          coroutine.yield((one:request(name, i, { timeout = 5 })))
        end
      end) do
        list[#list + 1] = answer
      end
      return list
    end)
    assert.same({ 10, 20, 30 }, (task:wait(10)))
    over = true
    assert.is_true(ticks.count > 0)
    ticks.task:wait(5)
  end)

  it("blocks below table.sort, string.gsub, a metamethod and require; the rest goes on", function()
    local name = unique()
    local one <close> = copydata.new()
    local other <close> = copydata.new()
    local over = false
    other:channel(name):serve(function(data)
      copydata.sleep(0.001)
      return data
    end)
    local ticks = ticker(function() return over end)
    local function ask(value)
      return (one:request(name, value, { timeout = 5 }))
    end
    package.preload[name] = function() return ask "required" end
    local task = copydata.spawn(function()
      local list = { 3, 1, 2 }
      table.sort(list, function(a, b) return ask(a < b) end)
      local text = ("abc"):gsub("%w", function(letter) return ask(letter:upper()) end)
      local summed = setmetatable({}, { __add = function(_, n) return ask(n) end }) + 7
      local required = require(name)
      return list, text, summed, required
    end)
    local list, text, summed, required = task:wait(10)
    package.preload[name], package.loaded[name] = nil, nil
    over = true
    assert.same({ 1, 2, 3 }, list)
    assert.same({ "ABC", 7, "required" }, { text, summed, required })
    assert.is_true(ticks.count > 3)
    ticks.task:wait(5)
  end)

  it("runs at most 16 loops inside each other; one more raises, and all end in order", function()
    local deepest, problem = 0, nil
    local function nest(depth)
      deepest = math.max(deepest, depth)
      table.sort({ 1, 2 }, function()
        local ok, message = pcall(copydata.sleep, 0)
        if ok then
          local event = copydata.event()
          copydata.spawn(function() -- runs in the loop of the wait below
            copydata.sleep(0)
            nest(depth + 1)
            event:set()
          end)
          event:wait()
        else
          problem = message
        end
      end)
    end
    local task = copydata.spawn(nest, 1)
    task:wait(10)
    assert.matches("16 loops are nested", problem)
    assert.is_true(deepest >= 16 and deepest <= 17, tostring(deepest))
    assert.is_true(copydata.sleep(0))
  end)
end)

describe("an error", function()
  after_each(function()
    copydata.on_error(nil)
  end)

  it("in a task is reported to calls waiting for it, and to on_error if there are none", function()
    local log, told = logger()
    copydata.on_error(log)
    local function fail()
      copydata.sleep(0)
      error("lost", 0)
    end
    local result, message, code = copydata.spawn(fail):wait(5)
    assert.is_nil(result)
    assert.equal("FAILED", code)
    assert.matches("^FAILED: lost\nstack traceback", message)
    assert.same({}, told)

    local late = copydata.spawn(fail)
    copydata.sleep(0.01)
    assert.equal(1, #told)
    assert.matches("^lost\nstack traceback:\n.*40%-tasks_spec%.lua", told[1])
    assert.equal("FAILED", (select(3, late:wait(0)))) -- can still be read
    assert.equal(1, #told)
  end)

  it("is reported to on_error if the call that waited for the task has given up", function()
    local log, told = logger()
    copydata.on_error(log)
    local failing = copydata.spawn(function()
      copydata.sleep(0.05)
      error("lost", 0)
    end)
    assert.equal("TIMEOUT", (select(3, failing:wait(0.001))))
    local cancelled = copydata.spawn(function() failing:wait() end)
    cancelled:cancel()
    copydata.sleep(0.1)
    assert.equal(1, #told)
  end)

  it("without on_error is raised by the outermost loop, one at a time; nothing is lost", function()
    local name = unique()
    local one <close> = copydata.new()
    local other <close> = copydata.new()
    local channel = other:channel(name)
    for i = 1, 2 do
      copydata.spawn(function()
        copydata.sleep(0)
        error { number = i }
      end)
    end
    one:send(name, "kept")
    local seen = {}
    for i = 1, 2 do
      local ok, problem = pcall(channel.receive, channel, 5)
      if ok then -- it ran first: the next call raises
        seen.message = problem.data
        ok, problem = pcall(copydata.poll, 5)
      end
      assert.is_false(ok)
      seen[i] = problem.number
    end
    assert.same({ 1, 2 }, { seen[1], seen[2] })
    assert.equal("kept", seen.message or channel:receive(5).data)
    assert.is_true(copydata.sleep(0))
  end)

  it("is never raised by a call in another handler or task", function()
    local inner
    copydata.spawn(function()
      copydata.sleep(0)
      table.sort({ 1, 2 }, function() -- a nested loop, in which the other task fails
        inner = { pcall(copydata.sleep, 0.02) }
      end)
    end)
    copydata.spawn(function()
      copydata.sleep(0.01)
      error("not yours", 0)
    end)
    local ok, problem = pcall(copydata.sleep, 0.1)
    assert.is_false(ok)
    assert.matches("^not yours\n", problem)
    assert.same({ true, true }, inner)
  end)

  it("in on_error itself is raised", function()
    copydata.on_error(function(problem) error("worse than " .. tostring(problem.is), 0) end)
    copydata.spawn(function() error { is = "bad" } end)
    local ok, problem = pcall(copydata.sleep, 0)
    assert.is_false(ok)
    assert.matches("^worse than bad\n", problem)
    assert.is_true(copydata.sleep(0))
  end)
end)
