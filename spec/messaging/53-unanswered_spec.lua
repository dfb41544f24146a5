-- SPDX-License-Identifier: MIT

-- Requests that get no answer, and what becomes of them.
local children = require "support.children"
local copydata = require "support.copydata"
local deep = require "support.deep_stack"
local frames = require "support.frames"
local press = require "support.press"
local recorder = require "support.recorder"
local server = require "support.server"
local stranger = require "support.stranger"
local unique = require "support.unique"
local window = require "support.window"
require "support.tidy"(before_each, after_each)

local MPK1, ACCEPTED, REFUSED = frames.MPK1, frames.ACCEPTED, frames.REFUSED

local ASKING = "return select(3, channel:request(1, { timeout = 60 }))"

-- A child that is on a channel and never answers; it says when it got a request.
local function silent(name)
  return server(name, [[function(data)
    say "asked"
    if data == "leave" then channel:close() end
    copydata.event():wait()
  end]])
end

describe("a request whose peer", function()
  it("is killed fails as GONE, long before its timeout", function()
    local name = unique()
    local asked <close> = silent(name)
    local asking <close> = children.join(name)
    asking:begin(ASKING)
    assert.equal("asked", asked:said())
    asked:kill()
    assert.equal("GONE", asking:result(10))
  end)

  it("leaves the channel fails as GONE", function()
    local name = unique()
    local asked <close> = silent(name) -- luacheck: ignore
    local endpoint <close> = copydata.new()
    local _, message, code = endpoint:request(name, "leave", { timeout = 60 })
    assert.equal("GONE", code)
    assert.equal("GONE: the peer left before it answered", message)
  end)

  it("answers and leaves at once is answered", function()
    local name = unique()
    local asked <close> = server(name, -- luacheck: ignore
      [[function(data)
      copydata.spawn(function()
        copydata.sleep(0)
        channel:close()
      end)
      return data
    end]])
    local endpoint <close> = copydata.new()
    assert.equal(7, endpoint:request(name, 7))
  end)

  it("answers and closes its window while our script is busy is answered", function()
    local name = unique()
    local asked <close> = children.start()
    asked:begin([[
      local name = ...
      local endpoint, leave = copydata.new(), copydata.event()
      endpoint:channel(name):serve(function(data)
        copydata.sleep(0.05) -- so long that the peer looks whether we are still there
        say "asked"
        leave:wait()
        return data
      end)
      copydata.channel(name .. ".leave"):on(function()
        leave:set()
        copydata.sleep(0)
        endpoint:close()
        say "left"
      end)
      say "serving"
      copydata.run()
    ]], name)
    asked:said()
    local endpoint <close> = copydata.new { pump = "thread" }
    local sender <close> = copydata.new()
    endpoint:channel(name .. ".busy"):on(function()
      assert.equal(1, (sender:send(name .. ".leave", true)))
      assert.equal("left", asked:said())
    end)
    local asking = copydata.spawn(function()
      return endpoint:request(name, 7, { timeout = 60 })
    end)
    assert.equal("asked", asked:said())
    assert.equal(1, (sender:send(name .. ".busy", true)))
    assert.equal(7, (asking:wait(60)))
  end)

  it("does not answer in time fails as TIMEOUT, and the answer is dropped and counted", function()
    local name = unique()
    local asked <close> = server(name, -- luacheck: ignore
      [[function(data)
      if data == "release" then
        kept:set("late")
        copydata.sleep(0)
        return "released"
      end
      kept = copydata.event()
      return kept:wait()
    end]])
    local endpoint <close> = copydata.new()
    local _, message, code = endpoint:request(name, 1, { timeout = 0.1 })
    assert.equal("TIMEOUT", code)
    assert.equal("TIMEOUT: no answer in time", message)
    assert.equal(0, endpoint.ignored_answers)
    assert.equal("released", endpoint:request(name, "release"))
    assert.equal(1, endpoint.ignored_answers)
  end)

  it("hangs fails at the timeout, and later ones at once", function()
    local name = unique()
    local hung <close> = children.join(name)
    if os.getenv "COPYDATA_PUMP" == "thread" then
      return -- its window still answers
    end
    local endpoint <close> = copydata.new()
    assert.equal("TIMEOUT", select(3, endpoint:request(name, 1, { timeout = 0.2 })))
    assert.equal("HUNG", select(3, endpoint:request(name, 1, { timeout = 60 })))
    assert.equal(2, hung:run "return 1 + 1")
  end)

  it("does not allow us fails as REFUSED", function()
    local name = unique()
    local asked <close> = children.join(name)
    asked:begin [[
      channel:serve(function() return "served" end)
      channel:guard(function() return false end)
      say "serving"
      copydata.run()
    ]]
    asked:said()
    local endpoint <close> = copydata.new()
    assert.equal("REFUSED", select(3, endpoint:request(name, 1)))
  end)

  it("has a full queue fails as BUSY", function()
    local name = unique()
    local busy <close> = children.start()
    busy:begin([[
      local endpoint = copydata.new { queue_messages = 1, pump = "thread" }
      endpoint:channel(...):serve(print)
      say "there"
      io.read()
    ]], name)
    busy:said()
    local endpoint <close> = copydata.new()
    copydata.spawn(function()
      endpoint:request(name, 1)
    end)
    assert.equal("BUSY", select(3, endpoint:request(name, 2, { timeout = 0.1 })))
  end)
end)

describe("a request that arrives where C's stack is almost full", function()
  it("is answered, at once or when there is room", function()
    local name = unique()
    local one <close> = copydata.new()
    local other <close> = copydata.new()
    other:channel(name):serve(function(data) return data end)
    local answered, full = {}, 0
    for levels = 100, 200 do
      copydata.spawn(function()
        local answer, _, code = one:request(name, levels, { timeout = 60 })
        answered[levels] = answer or code
      end)
      if not pcall(deep, levels, copydata.poll, 0) then
        full = full + 1
      end
      while not answered[levels] do
        copydata.poll(5)
      end
      assert(answered[levels] == levels or answered[levels] == "REMOTE", answered[levels])
    end
    assert(full > 0 and full < 100)
  end)
end)

describe("requests in progress", function()
  it("end as CLOSED with their endpoint, and their tasks continue", function()
    local name = unique()
    local asked <close> = silent(name) -- luacheck: ignore
    local endpoint <close> = copydata.new()
    local tasks = {}
    for i = 1, 3 do
      tasks[i] = copydata.spawn(function()
        return select(3, endpoint:request(name, i))
      end)
    end
    endpoint:close()
    for _, task in ipairs(tasks) do
      assert.equal("CLOSED", task:wait())
    end
  end)

  it("end as INTERRUPTED by Ctrl+C, where they block, and stay suspended in tasks", function()
    local name = unique()
    local asked <close> = silent(name)
    local asking <close> = children.start(true)
    asking:begin([[
      local name, start = ...
      local other <close> = copydata.new()
      local code
      local function ask()
        return copydata.request(name, 1, { timeout = 60 })
      end
      copydata.channel(start):on(function()
        code = select(3, coroutine.wrap(ask)()) -- runs a loop inside that of run
      end)
      local task = copydata.spawn(ask)
      other:send(start, "go")
      local why = select(3, copydata.run())
      return code, why, tostring(task)
    ]], name, unique())
    asked:said()
    asked:said()
    press(asking)
    assert.same({ "INTERRUPTED", "INTERRUPTED", "copydata.task (in progress)" },
      { asking:result() })
  end)

  it("cost nothing once they are over: 70,000 in a row each get their own answer", function()
    local name = unique()
    local echo = stranger(name)
    local endpoint <close> = copydata.new()
    for i = 1, 70000 do
      endpoint:request(name, i, { timeout = 0 })
      if i % 10000 == 0 then
        collectgarbage()
      end
    end
    local _, _, bytes, count = echo:newest()
    assert.equal(70000, count)
    assert.is_true(frames.msgid(bytes) > 0)
    echo:close()
  end)

  it("are answered although the queue is full of messages", function()
    local name, back = unique(), unique()
    local asked <close> = children.join(name)
    asked:begin([[
      local back = ...
      channel:serve(function(data)
        while copydata.send(back, 1, { timeout = 0.3 }) == 1 do end
        return data
      end)
      say "serving"
      copydata.run()
    ]], back)
    asked:said()
    local endpoint <close> = copydata.new { queue_messages = 10 }
    local channel = endpoint:channel(back)
    assert.equal(7, endpoint:request(name, 7))
    for _ = 1, 5 do -- half of it: one process
      assert.equal(1, channel:receive(0).data)
    end
    assert.is_nil((channel:receive(0)))
  end)
end)

describe("a request that cannot be answered", function()
  it("is refused: without a sender, or from a window that is not an endpoint", function()
    local endpoint <close> = copydata.new()
    local channel = endpoint:channel(unique())
    local served = 0
    channel:serve(function()
      served = served + 1
    end)
    local other <close> = recorder("another.class", ACCEPTED)
    local request = frames.request(1, channel.name, "\x01")
    for _, sender in ipairs { 0, 0xFFFF, 0xFFFFFFFF, 12345678, other:hwnd() } do
      assert.equal(REFUSED, window.copydata(endpoint:hwnd(), MPK1, request, sender, 5))
    end
    assert.equal(0, copydata.poll(0))
    assert.equal(0, served)
    assert.is_nil(other:newest())
  end)

  it("because its channel is no longer served is dropped", function()
    local endpoint <close> = copydata.new()
    local channel = endpoint:channel(unique())
    local asking <close> = recorder("copydata.endpoint", ACCEPTED)
    channel:serve(print)
    local request = frames.request(1, channel.name, "\x01")
    assert.equal(ACCEPTED, window.copydata(endpoint:hwnd(), MPK1, request, asking:hwnd(), 5))
    channel:serve(nil)
    assert.equal(REFUSED, window.copydata(endpoint:hwnd(), MPK1, request, asking:hwnd(), 5))
    assert.equal(0, copydata.poll(0))
    channel:serve(print)
    assert.equal(0, copydata.poll(0))
    assert.is_nil(asking:newest())
  end)

  it("whose channel, or its handler, is closed meanwhile uses no memory, and is not served later",
    function()
      local peer <close> = stranger(unique())
      local endpoint <close> = copydata.new { queue_messages = 1, sender_messages = 1 }
      local served = 0
      local function serve()
        served = served + 1
      end
      for _ = 1, 3 do
        local channel = endpoint:channel(unique())
        channel:serve(serve)
        local request = frames.request(1, channel.name, "\x01")
        assert.equal(ACCEPTED, frames.deliver(endpoint, request, peer))
        assert.equal(frames.BUSY, frames.deliver(endpoint, request, peer))
        channel:serve(nil)
        channel:serve(serve)
        assert.equal(0, copydata.poll(0))
        assert.equal(ACCEPTED, frames.deliver(endpoint, request, peer))
        channel:close()
      end
      assert.equal(0, served)
    end)
end)
