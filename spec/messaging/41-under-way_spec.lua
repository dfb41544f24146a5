-- SPDX-License-Identifier: MIT

-- What continues while a request is in progress, and what ends it.
local children = require "support.children"
local closing = require "support.closing"
local copydata = require "support.copydata"
local core = require "copydata.core"
local eventually = require "support.eventually"
local frames = require "support.frames"
local server = require "support.server"
local stranger = require "support.stranger"
local unique = require "support.unique"
require "support.tidy"(before_each, after_each)

local ECHO = "function(data) return data end"

describe("while a request waits", function()
  it("messages are handled, in order", function()
    local name, back = unique(), unique()
    local child <close> = server(name, -- luacheck: ignore
      ([[function()
      for i = 1, 3 do assert(copydata.send(%q, i) == 1) end
      return "done"
    end]]):format(back))
    local endpoint <close> = copydata.new()
    local got = {}
    endpoint:channel(back):on(function(data)
      got[#got + 1] = data
    end)
    assert.equal("done", endpoint:request(name, 1))
    assert.same({ 1, 2, 3 }, got)
  end)

  it("the peer may send requests back, to any depth", function()
    local name = unique()
    local source = [[
      channel:serve(function(n)
        if n == 0 then return "bottom" end
        return assert(channel:request(n - 1)) .. "," .. n
      end)
    ]]
    local child <close> = children.join(name)
    child:begin(source .. "say 'serving' copydata.run()")
    child:said()
    local endpoint <close> = copydata.new()
    local channel = endpoint:channel(name)
    channel:serve(function(n)
      if n == 0 then
        return "bottom"
      end
      return assert(channel:request(n - 1)) .. "," .. n
    end)
    local expected = { "bottom" }
    for i = 1, 60 do
      expected[i + 1] = tostring(i)
    end
    assert.equal(table.concat(expected, ","), channel:request(60))
  end)

  it("two programs that send each other requests at the same time both get answers", function()
    local name = unique()
    local children_ <close> = closing { children.join(name), children.join(name) }
    for _, child in ipairs(children_) do
      child:run [[channel:serve(function(data) return data * 2 end)]]
    end
    for _, child in ipairs(children_) do
      child:begin [[
        local sum = 0
        for i = 1, 100 do sum = sum + assert(channel:request(i)) end
        return sum
      ]]
    end
    -- The one that finishes first has to serve the other.
    local first, second = children_[1], children_[2]
    assert.equal(10100, first:result())
    first:begin "while not over do copydata.poll(0.05) end"
    assert.equal(10100, second:result())
  end)

  it("in a handler that run calls in a coroutine, only that handler is held up", function()
    local name, start = unique(), unique()
    local peer <close> = stranger(name) -- luacheck: ignore
    local endpoint <close> = copydata.new()
    local other <close> = copydata.new()
    local code
    endpoint:channel(start):on(function()
      code = select(3, endpoint:request(name, 1, { timeout = 0.01 }))
      copydata.stop()
    end)
    assert.equal(1, (other:send(start, 1)))
    assert.same({ true, true }, { coroutine.resume(coroutine.create(copydata.run)) })
    assert.equal("TIMEOUT", code)
  end)
end)

describe("in a task", function()
  it("a request suspends: a hundred may be in progress at once", function()
    local name = unique()
    local child <close> = server(name, -- luacheck: ignore
      [[function(data)
      asked, all = (asked or 0) + 1, all or copydata.event()
      if asked == 100 then all:set() end -- only now, so all are in progress
      all:wait()
      return data * 2
    end]])
    local endpoint <close> = copydata.new()
    local tasks, sum = {}, 0
    for i = 1, 100 do
      tasks[i] = copydata.spawn(function()
        return endpoint:request(name, i)
      end)
      assert.equal("copydata.task (in progress)", tostring(tasks[i]))
    end
    for _, task in ipairs(tasks) do
      sum = sum + assert(task:wait())
    end
    assert.equal(10100, sum)
  end)

  it("and in a generator in it, a request yields to no other code", function()
    local name = unique()
    local child <close> = server(name, ECHO) -- luacheck: ignore
    local endpoint <close> = copydata.new()
    local function collect()
      local numbers = {}
      for number in coroutine.wrap(function()
        for i = 1, 3 do
          coroutine.yield(endpoint:request(name, i))
        end
      end) do
        numbers[#numbers + 1] = number
      end
      return numbers
    end
    assert.same({ 1, 2, 3 }, collect())
    assert.same({ 1, 2, 3 }, copydata.spawn(collect):wait())
    assert.same({ 1, 2, 3 }, copydata.run(collect))
  end)

  it("a request may fail, and time out, as anywhere", function()
    local name = unique()
    local child <close> = server(name, "function() copydata.event():wait() end") -- luacheck: ignore
    local endpoint <close> = copydata.new()
    local task = copydata.spawn(function()
      return endpoint:request(name, 1, { timeout = 0.2 })
    end)
    assert.equal(1, copydata.poll())
    local answer, message, code = task:wait()
    assert.is_nil(answer)
    assert.same({ "TIMEOUT: no answer in time", "TIMEOUT" }, { message, code })
  end)

  it("an error after a request is raised by poll, with a traceback", function()
    local name = unique()
    local child <close> = server(name, ECHO) -- luacheck: ignore
    local endpoint <close> = copydata.new()
    local closed = false
    copydata.spawn(function()
      local guard <close> = setmetatable({}, { __close = function() closed = true end }) -- luacheck: ignore
      endpoint:request(name, 1)
      error "in the task"
    end)
    local ok, problem = pcall(function()
      while true do
        copydata.poll()
      end
    end)
    assert.is_false(ok)
    assert.matches("in the task.*stack traceback", problem)
    assert.is_true(closed)
    assert.equal(2, endpoint:request(name, 2))
  end)
end)

describe("a request ends in time", function()
  it("however much there is to handle meanwhile", function()
    local name, flood = unique(), unique()
    local silent <close> = stranger(name) -- luacheck: ignore
    local other <close> = copydata.new()
    local endpoint <close> = copydata.new()
    local left = 20000
    endpoint:channel(flood):on(function()
      left = left - 1
      assert(left > 0, "it goes on for ever")
      other:send(flood, 1) -- so there is always a next one
    end)
    assert.equal(1, (other:send(flood, 1)))
    local task = copydata.spawn(function()
      return select(3, endpoint:request(name, 1, { timeout = 0.05 }))
    end)
    assert.equal("TIMEOUT", task:wait())
  end)

  it("while other programs keep sending requests", function()
    local name, ours = unique(), unique()
    local silent <close> = stranger(name)
    local endpoint <close> = copydata.new()
    local left = 20000
    local again = frames.request(1, ours, "\x01")
    endpoint:channel(ours):serve(function()
      left = left - 1
      assert(left > 0, "it goes on for ever")
      frames.deliver(endpoint, again, silent)
    end)
    frames.deliver(endpoint, again, silent)
    assert.equal("TIMEOUT", select(3, endpoint:request(name, 1, { timeout = 0.05 })))
    assert.is_true(left > 0)
  end)

  it("with its answer, if that arrived in time and was handled late", function()
    local name = unique()
    local peer <close> = stranger(name)
    local endpoint <close> = copydata.new()
    local task = copydata.spawn(function()
      return endpoint:request(name, 1, { timeout = 0.1 })
    end)
    assert.equal(frames.ACCEPTED, frames.answer(endpoint, peer, "\x07"))
    local late = core.seconds() + 0.15
    repeat until core.seconds() > late -- computes
    assert.equal(7, task:wait())
  end)

  it("without ending another call's wait for a message", function()
    local name, ours = unique(), unique()
    local silent <close> = stranger(name) -- luacheck: ignore
    local child <close> = children.start()
    local endpoint <close> = copydata.new()
    local channel = endpoint:channel(ours)
    local code
    copydata.spawn(function()
      code = select(3, endpoint:request(name, 1, { timeout = 0.05 }))
      child:begin("return copydata.send(..., 5)", ours)
    end)
    assert.equal(5, assert(channel:receive()).data)
    assert.equal(1, child:result())
    assert.equal("TIMEOUT", code)
  end)

  it("as GONE when its peer is gone, while others end all the time", function()
    local name, silent = unique(), unique()
    local leaves = stranger(name)
    local stays <close> = stranger(silent) -- luacheck: ignore
    local endpoint <close> = copydata.new()
    local code
    copydata.spawn(function()
      code = select(3, endpoint:request(name, 1, { timeout = 60 }))
    end)
    leaves:close()
    local tries = 0
    while not code and tries < 200 do
      endpoint:request(silent, 1, { timeout = 0.02 })
      tries = tries + 1
    end
    assert.equal("GONE", code)
  end)
end)

describe("a request during which", function()
  it("on_progress raises is over", function()
    local name = unique()
    local peer <close> = stranger(name)
    local endpoint <close> = copydata.new()
    peer:keep()
    local function answer()
      local msgid = frames.msgid_in_piece(peer:kept()[1])
      assert.equal(frames.ACCEPTED,
        frames.deliver(endpoint, frames.response(msgid, nil, "\x07"), peer))
    end
    local ok, problem = pcall(endpoint.request, endpoint, name, ("x"):rep(400000), {
      on_progress = function(done, total)
        if done == total then
          answer()
          error "on purpose"
        end
      end,
    })
    assert.is_false(ok)
    assert.matches("on purpose", problem)
    answer()
    assert.equal(0, copydata.poll(0))
    assert.equal(2, endpoint.ignored_answers)
  end)

  it("the endpoint is closed fails as CLOSED", function()
    local name = unique()
    local peers <close> = closing { stranger(name), stranger(name) } -- luacheck: ignore
    local function closed_by(ask)
      local endpoint <close> = copydata.new()
      return ask(endpoint, ("x"):rep(400000), {
        on_progress = function()
          endpoint:close()
        end,
      })
    end
    local answer, message, code = closed_by(function(endpoint, ...)
      return endpoint:request(name, ...)
    end)
    assert.is_nil(answer)
    assert.equal("CLOSED: the endpoint was closed", message)
    assert.equal("CLOSED", code)
    local answers, failures = closed_by(function(endpoint, ...)
      return endpoint:request_all(name, ...)
    end)
    assert.same({}, answers)
    assert.same({ "CLOSED", "CLOSED" }, { failures[1].code, failures[2].code })
  end)

  it("a handler closes the endpoint fails as CLOSED, and nothing else is handled", function()
    local name, ours = unique(), unique()
    local peer <close> = stranger(name)
    local endpoint <close> = copydata.new()
    local served = 0
    endpoint:channel(ours):serve(function()
      served = served + 1
      endpoint:close()
    end)
    for msgid = 1, 2 do
      frames.deliver(endpoint, frames.request(msgid, ours, "\x01"), peer)
    end
    assert.equal("CLOSED", select(3, endpoint:request(name, 1)))
    assert.equal(1, served)
  end)

  it("the handler for failed posts closes the endpoint fails as CLOSED", function()
    local name, refused = unique(), unique()
    local peers <close> = closing { -- luacheck: ignore
      stranger(name), stranger(refused, frames.REFUSED),
    }
    for _, method in ipairs { "request", "request_all" } do
      local endpoint <close> = copydata.new()
      endpoint:on_failure(function()
        endpoint:close()
      end)
      endpoint:channel(refused, { listen = false }):post(1)
      assert.equal("CLOSED", select(3, endpoint[method](endpoint, name, 1)))
    end
  end)

  it("a finalizer makes another is not affected, and the finalizer's raises",
    function()
      local name = unique()
      local peer <close> = stranger(name) -- luacheck: ignore
      local endpoint <close> = copydata.new()
      local ok, problem
      local task = copydata.spawn(function()
        setmetatable({}, { __gc = function()
          ok, problem = pcall(endpoint.request, endpoint, name, 1, { timeout = 0.01 })
        end })
        collectgarbage()
        return select(3, endpoint:request(name, 2, { timeout = 0.01 }))
      end)
      assert.is_false(ok)
      assert.matches("run by a finalizer.*cannot wait", problem)
      assert.equal("TIMEOUT", task:wait())
    end)

  it("the task is cancelled is over, and nothing waits for its answer", function()
    local name = unique()
    local peer <close> = stranger(name)
    local endpoint <close> = copydata.new()
    local task = copydata.spawn(function()
      return endpoint:request(name, 1)
    end)
    task:cancel()
    assert.equal(frames.ACCEPTED, frames.answer(endpoint, peer, "\x07"))
    assert.equal(0, copydata.poll(0))
    assert.equal(1, endpoint.ignored_answers)
    assert.equal("CANCELLED", select(3, task:wait()))
  end)

  it("a guard raises continues, and the error is reported", function()
    local name, ours = unique(), unique()
    local peer <close> = stranger(name)
    local endpoint <close> = copydata.new()
    endpoint:channel(ours):guard(function()
      error "no guest"
    end)
    local told = {}
    copydata.on_error(function(problem)
      told[#told + 1] = problem
      frames.answer(endpoint, peer, "\x07")
    end)
    local nobody = { hwnd = function() return 0 end } -- it cannot prove anything
    assert.equal(frames.BUSY, frames.deliver(endpoint, frames.notification(ours, "\x01"), nobody))
    local answer = endpoint:request(name, 1)
    copydata.on_error(nil)
    assert.equal(7, answer)
    assert.equal(1, #told)
    assert.matches("no guest.*stack traceback", told[1])
    assert.equal(frames.REFUSED,
      frames.deliver(endpoint, frames.notification(ours, "\x01"), nobody))
  end)
end)

describe("the peer of a request", function()
  it("is watched if it does not answer at once, but not for being asked often", function()
    local name = unique()
    local child <close> = server(name, -- luacheck: ignore
      "function(data) return data == 'wait' and copydata.event():wait() or data end")
    local endpoint <close> = copydata.new()
    assert.is_true(eventually(function() -- on a busy machine an answer may take longer
      local till = core.seconds() + 0.1
      repeat
        assert.equal(1, endpoint:request(name, 1))
      until core.seconds() > till
      return endpoint._window:watched() == 0
    end))
    local task = copydata.spawn(function()
      return endpoint:request(name, "wait", { timeout = 60 })
    end)
    assert.is_true(eventually(function()
      return endpoint._window:watched() == 1
    end))
    task:cancel()
    assert.is_true(eventually(function()
      return endpoint._window:watched() == 0
    end))
    assert.equal(1, endpoint:request(name, 1))
  end)
end)
