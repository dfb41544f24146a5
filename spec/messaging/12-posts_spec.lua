-- SPDX-License-Identifier: MIT

-- Many small messages to a frame.
local children = require "support.children"
local copydata = require "support.copydata"
local frames = require "support.frames"
local recorder = require "support.recorder"
local unique = require "support.unique"
local window = require "support.window"
require "support.tidy"(before_each, after_each)

local ACCEPTED, REFUSED = frames.ACCEPTED, frames.REFUSED

describe("posted messages", function()
  local function frame_count(stranger)
    return select(4, stranger:newest()) or 0
  end

  it("are sent together, in one frame, at flush", function()
    local name = unique()
    local stranger <close> = recorder("copydata.endpoint", ACCEPTED)
    local one <close> = copydata.new()
    local other <close> = copydata.new()
    window.set_property(stranger:hwnd(), "copydata:" .. name, 1)
    local receiver = other:channel(name)
    local channel = one:channel(name, { listen = false })
    for i = 1, 100 do
      assert.equal(i, channel:post { i })
    end
    assert.equal(0, frame_count(stranger))

    local accepted, failures = one:flush()
    assert.equal(200, accepted)
    assert.same({}, failures)
    assert.equal(1, frame_count(stranger))
    for i = 1, 100 do
      assert.same({ i }, receiver:receive(0).data)
    end
    assert.equal(0, (one:flush()))
    assert.equal(1, frame_count(stranger))
  end)

  it("are sent when the frame is full, and no frame is larger", function()
    local name = unique()
    local stranger <close> = recorder("copydata.endpoint", ACCEPTED)
    local endpoint <close> = copydata.new { max_frame = 1024 }
    window.set_property(stranger:hwnd(), "copydata:" .. name, 1)
    stranger:keep()
    local channel = endpoint:channel(name, { listen = false })
    local count = 0
    while frame_count(stranger) == 0 do
      channel:post(("x"):rep(60))
      count = count + 1
    end
    assert.is_true(count > 5 and count < 20)
    assert.equal(count, (endpoint:flush()))
    for _, frame in ipairs(stranger:kept()) do
      assert.is_true(#frame <= 1024)
    end
  end)

  it("are sent at poll, at receive and at close", function()
    local name = unique()
    local stranger <close> = recorder("copydata.endpoint", ACCEPTED)
    window.set_property(stranger:hwnd(), "copydata:" .. name, 1)
    do
      local endpoint <close> = copydata.new()
      local channel = endpoint:channel(name, { listen = false })
      local elsewhere <close> = copydata.new()
      channel:post(1)
      copydata.poll(0)
      assert.equal(1, frame_count(stranger))
      channel:post(2)
      elsewhere:channel(unique()):receive(0)
      assert.equal(2, frame_count(stranger))
      channel:post(3)
    end
    assert.equal(3, frame_count(stranger))
  end)

  it("are sent when their channel or their endpoint is collected", function()
    local name = unique()
    local stranger <close> = recorder("copydata.endpoint", ACCEPTED)
    window.set_property(stranger:hwnd(), "copydata:" .. name, 1)
    stranger:keep()
    local endpoint = copydata.new()
    endpoint:channel(name, { listen = false }):post(1)
    collectgarbage()
    copydata.poll(0)
    assert.equal(1, frame_count(stranger))
    endpoint:channel(name, { listen = false }):post(2)
    endpoint = nil -- luacheck: ignore
    collectgarbage()
    collectgarbage()
    assert.equal(2, frame_count(stranger))
    for i, frame in ipairs(stranger:kept()) do
      assert.equal(i, copydata.msgpack.decode(frame)[3][1])
    end
  end)

  it("keep the order of everything that the endpoint sends, across channels", function()
    local a, b = unique "a", unique "b"
    local one <close> = copydata.new()
    local other <close> = copydata.new()
    local got = {}
    local function handler(data)
      got[#got + 1] = data
    end
    other:channel(a):on(handler)
    other:channel(b):on(handler)
    local to_a = one:channel(a, { listen = false })
    local to_b = one:channel(b, { listen = false })
    to_a:post(1)
    to_b:post(2)
    to_a:post(3)
    to_b:send(4)
    to_a:post(5)
    to_b:send_to(other:hwnd(), 6)
    to_b:post(7)
    to_a:post(8)
    to_a:post(("9"):rep(300000))
    to_a:post(10)
    one:flush()
    copydata.poll(5)
    assert.same({ 1, 2, 3, 4, 5, 6, 7, 8, ("9"):rep(300000), 10 }, got)
  end)

  it("of several channels reach each peer in one frame, with only its own", function()
    local a, b = unique "a", unique "b"
    local both <close> = recorder("copydata.endpoint", ACCEPTED)
    local only_a <close> = recorder("copydata.endpoint", ACCEPTED)
    local endpoint <close> = copydata.new()
    window.set_property(both:hwnd(), "copydata:" .. a, 1)
    window.set_property(both:hwnd(), "copydata:" .. b, 1)
    window.set_property(only_a:hwnd(), "copydata:" .. a, 1)
    local to_a = endpoint:channel(a, { listen = false })
    local to_b = endpoint:channel(b, { listen = false })
    to_a:post "first"
    to_b:post "second"
    to_a:post "third"
    assert.equal(5, (endpoint:flush()))

    local function contents(stranger)
      local _, _, bytes, count = stranger:newest()
      assert.equal(1, count)
      local list, position = {}, 1
      while position <= #bytes do
        local message
        message, position = copydata.msgpack.decode(bytes, { first = position })
        list[#list + 1] = { message[2], message[3][1] }
      end
      return list
    end
    assert.same({ { a, "first" }, { b, "second" }, { a, "third" } }, contents(both))
    assert.same({ { a, "first" }, { a, "third" } }, contents(only_a))
  end)

  it("that fail are each reported by flush", function()
    local name = unique()
    local stranger <close> = recorder("copydata.endpoint", REFUSED)
    local endpoint <close> = copydata.new()
    window.set_property(stranger:hwnd(), "copydata:" .. name, 1)
    local channel = endpoint:channel(name, { listen = false })
    channel:post "a"
    copydata.poll(0) -- sends; the failure waits for flush
    local second = channel:post "b"
    local accepted, failures = endpoint:flush()
    assert.equal(0, accepted)
    assert.equal(2, #failures)
    for i, failure in ipairs(failures) do
      assert.equal("REFUSED", failure.code)
      assert.equal(name, failure.channel)
      assert.equal(stranger:hwnd(), failure.peer.hwnd)
      assert.equal(second - 2 + i, failure.post)
    end
    assert.same({}, (select(2, endpoint:flush())))
  end)

  it("that fail are each reported to a handler", function()
    local name = unique()
    local stranger <close> = recorder("copydata.endpoint", REFUSED)
    local endpoint <close> = copydata.new()
    window.set_property(stranger:hwnd(), "copydata:" .. name, 1)
    local told = {}
    endpoint:on_failure(function(failure) told[#told + 1] = failure.post end)
    local channel = endpoint:channel(name, { listen = false })
    local numbers = { channel:post "a", channel:post "b" }
    copydata.poll(0)
    assert.same(numbers, told)
    assert.same({}, (select(2, endpoint:flush())))
  end)

  it("that fail at close without a handler are reported by warn", function()
    local name = unique()
    local stranger <close> = recorder("copydata.endpoint", REFUSED)
    window.set_property(stranger:hwnd(), "copydata:" .. name, 1)
    local warned = {}
    local warn = _G.warn
    rawset(_G, "warn", function(text) warned[#warned + 1] = text end)
    do
      local endpoint <close> = copydata.new()
      endpoint:channel(name, { listen = false }):post "lost"
    end
    rawset(_G, "warn", warn)
    assert.equal(1, #warned)
    assert.matches("1 posted messages were not delivered", warned[1])
    assert.matches("REFUSED", warned[1])
  end)

  it("are waited for at close, even after a flush has given up on them", function()
    local name = unique()
    local full <close> = copydata.new { queue_messages = 1 }
    local receiver = full:channel(name)
    local endpoint <close> = copydata.new()
    local channel = endpoint:channel(name, { listen = false })
    assert.equal(1, (channel:send "first")) -- the queue is full
    channel:post "second"
    assert.same({ 0, {} }, { endpoint:flush { timeout = 0.01 } })
    local task = copydata.spawn(function()
      copydata.sleep(0.05)
      return receiver:receive(10).data, receiver:receive(10)
    end)
    endpoint:close()
    local first, second = task:wait(20)
    assert.equal("first", first)
    assert.equal("second", second and second.data)
  end)

  it("reach another process: ten thousand, in order", function()
    local name = unique()
    local child <close> = children.join(name)
    child:begin [[
      local count = 0
      channel:on(function(data)
        count = count + 1
        assert(data.number == count)
        if count == 10000 then copydata.stop() end
      end)
      copydata.run()
      return count
    ]]
    local endpoint <close> = copydata.new()
    local channel = endpoint:channel(name, { listen = false })
    for i = 1, 10000 do
      channel:post { number = i }
    end
    assert.equal(10000, (endpoint:flush { timeout = 20 }))
    assert.equal(10000, (child:result()))
  end)
end)
