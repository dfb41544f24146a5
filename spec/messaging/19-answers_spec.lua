-- SPDX-License-Identifier: MIT

-- Requests when things go wrong, and answers that nobody asked for.
local children = require "support.children"
local closing = require "support.closing"
local copydata = require "support.copydata"
local frames = require "support.frames"
local recorder = require "support.recorder"
local tidy = require "support.tidy"
local unique = require "support.unique"
local window = require "support.window"

local MPK1, ACCEPTED, REFUSED = frames.MPK1, frames.ACCEPTED, frames.REFUSED

local ASKING = "return select(3, channel:request(1, { timeout = 60 }))"

-- A child that is on a channel and never answers; it says when it was asked.
local function silent(name)
  local child = children.join(name)
  child:begin [[
    channel:serve(function(data)
      say "asked"
      if data == "leave" then channel:close() end
      return copydata.later(function() end)
    end)
    say "serving"
    copydata.run()
  ]]
  child:said()
  return child
end

-- A window that other programs take for an endpoint on a channel; it writes down what it gets.
local function stranger(name)
  local peer = recorder("copydata.endpoint", ACCEPTED)
  window.set_property(peer:hwnd(), "copydata:" .. name, 1)
  return peer
end

describe("a request whose peer", function()
  tidy(before_each, after_each)

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

  it("answers and leaves at once was answered", function()
    local name = unique()
    local asked <close> = children.join(name)
    asked:begin [[
      channel:serve(function(data)
        return copydata.later(function(reply)
          reply(data)
          channel:close()
        end)
      end)
      say "serving"
      copydata.run()
    ]]
    asked:said()
    local endpoint <close> = copydata.new()
    assert.equal(7, endpoint:request(name, 7))
  end)

  it("does not answer in time fails as TIMEOUT, and the answer is dropped and counted", function()
    local name = unique()
    local asked <close> = children.join(name)
    asked:begin [[
      channel:serve(function(data)
        if data == "release" then return assert(kept("late")) and "released" end
        return copydata.later(function(reply) kept = reply end)
      end)
      say "serving"
      copydata.run()
    ]]
    asked:said()
    local endpoint <close> = copydata.new()
    local _, message, code = endpoint:request(name, 1, { timeout = 0.1 })
    assert.equal("TIMEOUT", code)
    assert.equal("TIMEOUT: no answer in time", message)
    assert.equal(0, endpoint:statistics().ignored_answers)
    assert.equal("released", endpoint:request(name, "release"))
    assert.equal(1, endpoint:statistics().ignored_answers)
  end)

  it("hangs fails by the timeout, and then at once", function()
    local name = unique()
    local hung <close> = children.join(name)
    if os.getenv "COPYDATA_PUMP" == "thread" then
      return -- its window answers all the same
    end
    local endpoint <close> = copydata.new()
    assert.equal("TIMEOUT", select(3, endpoint:request(name, 1, { timeout = 0.2 })))
    assert.equal("HUNG", select(3, endpoint:request(name, 1, { timeout = 60 })))
    assert.equal(2, hung:run "return 1 + 1")
  end)

  it("does not want us fails as REFUSED", function()
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
    endpoint:spawn(function()
      endpoint:request(name, 1)
    end)
    assert.equal("BUSY", select(3, endpoint:request(name, 2, { timeout = 0.1 })))
  end)
end)

describe("requests under way", function()
  tidy(before_each, after_each)

  it("end as CLOSED with their endpoint, and their coroutines go on", function()
    local name = unique()
    local asked <close> = silent(name) -- luacheck: ignore
    local endpoint <close> = copydata.new()
    local codes = {}
    for i = 1, 3 do
      endpoint:spawn(function()
        codes[i] = select(3, endpoint:request(name, i))
      end)
    end
    endpoint:close()
    assert.same({ "CLOSED", "CLOSED", "CLOSED" }, codes)
  end)

  it("end as INTERRUPTED by Ctrl+C, where they block", function()
    local name = unique()
    local asked <close> = silent(name)
    local asking <close> = children.start(true)
    asking:begin([[
      local name, start = ...
      local other <close> = copydata.new()
      local code
      copydata.channel(start):on(function()
        code = select(3, copydata.request(name, 1, { timeout = 60 }))
      end)
      other:send(start, "go")
      local why = select(3, copydata.run())
      return code, why
    ]], name, unique())
    asked:said()
    window.press_ctrl_c(asking.pid)
    assert.same({ "INTERRUPTED", "INTERRUPTED" }, { asking:result() })
  end)

  it("cost nothing once they are over: 70,000 in a row get answers of their own", function()
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

describe("on the wire", function()
  tidy(before_each, after_each)

  it("a request is [0, msgid, channel, [body, sent]], each with a msgid of its own", function()
    local name = unique()
    local peer <close> = stranger(name)
    local endpoint <close> = copydata.new()
    local seen = {}
    for i = 1, 3 do
      endpoint:spawn(function()
        endpoint:request(name, i)
      end)
      local tag, sender, bytes = peer:newest()
      assert.equal(MPK1, tag)
      assert.equal(endpoint:hwnd(), sender)
      local msgid = frames.msgid(bytes)
      assert.is_nil(seen[msgid])
      seen[msgid] = true
      local head = "\x94\x00\xce" .. string.pack(">I4", msgid) .. string.char(0xa0 + #name) .. name
        .. "\x92" .. string.char(i) .. "\xd7\xff"
      assert.equal(head, bytes:sub(1, #head))
      assert.equal(#head + 8, #bytes)
    end
  end)

  it("an answer is [1, msgid, nil, result] or [1, msgid, error, nil], from our window", function()
    local name = unique()
    local asking <close> = stranger(name)
    local endpoint <close> = copydata.new()
    local channel = endpoint:channel(name)
    channel:serve(function(data)
      if data == 2 then
        return nil, "no", "NO"
      end
      return data
    end)
    local request = frames.request(5, name, "\x01")
    assert.equal(ACCEPTED, window.copydata(endpoint:hwnd(), MPK1, request, asking:hwnd(), 5))
    assert.equal(1, endpoint:poll())
    local tag, sender, bytes = asking:newest()
    assert.equal(MPK1, tag)
    assert.equal(endpoint:hwnd(), sender)
    assert.equal("\x94\x01\x05\xc0\x01", bytes)
    request = frames.request(127, name, "\x02")
    assert.equal(ACCEPTED, window.copydata(endpoint:hwnd(), MPK1, request, asking:hwnd(), 5))
    assert.equal(1, endpoint:poll())
    local _, _, failed = asking:newest()
    local answer = copydata.msgpack.decode(failed)
    assert.same({ 1, 127, { message = "no", name = "NO" }, copydata.msgpack.null }, answer)
  end)

  it("an answer's error may be a string, a map, or anything", function()
    local name = unique()
    local peer <close> = stranger(name)
    local endpoint <close> = copydata.new()
    local function told(problem)
      local message, code, details
      endpoint:spawn(function()
        local _
        _, message, code, details = endpoint:request(name, 1)
      end)
      local _, _, bytes = peer:newest()
      local response = frames.response(frames.msgid(bytes), problem, "\xc0")
      assert.equal(ACCEPTED, window.copydata(endpoint:hwnd(), MPK1, response, peer:hwnd(), 5))
      endpoint:poll()
      assert.equal("REMOTE", code)
      assert.equal("REMOTE: " .. details.message, message)
      return details
    end
    assert.same({ message = "text" }, told "\xa4text")
    assert.same({ message = "m", name = "N" }, told "\x82\xa7message\xa1m\xa4name\xa1N")
    local unknown = { message = "the handler failed, without a message" }
    assert.same(unknown, told "\x81\xa7message\x01")
    assert.same(unknown, told "\xc3")
    assert.same(unknown, told "\xc2") -- false is an error too: only nil is none
  end)
end)

describe("an answer", function()
  tidy(before_each, after_each)

  -- A request under way to a stranger, and how its answers are taken.
  local function under_way()
    local name = unique()
    local peer = stranger(name)
    local endpoint = copydata.new()
    local got = {}
    endpoint:spawn(function()
      got[1] = endpoint:request(name, 1, { timeout = 60 })
      got.done = true
    end)
    local _, _, bytes = peer:newest()
    local function answer(msgid, result, sender)
      local response = frames.response(msgid, nil, result)
      return window.copydata(endpoint:hwnd(), MPK1, response, sender or peer:hwnd(), 5)
    end
    return endpoint, peer, frames.msgid(bytes), got, answer
  end

  it("from another window, with another msgid or without a sender is ignored", function()
    local endpoint, peer, msgid, got, answer = under_way()
    local both <close> = closing { endpoint, peer } -- luacheck: ignore
    local forger <close> = recorder("copydata.endpoint", ACCEPTED)
    assert.equal(ACCEPTED, answer(msgid, "\x01", forger:hwnd()))
    assert.equal(ACCEPTED, answer(msgid, "\x02", 0))
    assert.equal(ACCEPTED, answer(msgid, "\x03", endpoint:hwnd()))
    for _, other in ipairs { 0, 1, msgid + 1, msgid ~ 0x10000, msgid ~ 0x80000000, 0xFFFFFFFF } do
      assert.equal(ACCEPTED, answer(other, "\x04"))
    end
    assert.equal(0, endpoint:poll(0))
    assert.equal(9, endpoint:statistics().ignored_answers)
    assert.is_nil(got.done)
    assert.equal(ACCEPTED, answer(msgid, "\x05"))
    assert.equal(1, endpoint:poll(0))
    assert.equal(5, got[1])
    assert.is_true(window.pid(peer:hwnd()) ~= nil)
  end)

  it("that comes twice counts once", function()
    local endpoint, peer, msgid, got, answer = under_way()
    local both <close> = closing { endpoint, peer } -- luacheck: ignore
    assert.equal(ACCEPTED, answer(msgid, "\x01"))
    assert.equal(ACCEPTED, answer(msgid, "\x02"))
    endpoint:poll(0)
    assert.equal(1, got[1])
    assert.equal(ACCEPTED, answer(msgid, "\x03"))
    assert.equal(0, endpoint:poll(0))
    assert.equal(2, endpoint:statistics().ignored_answers)
  end)

  it("that is ignored does not keep its frame's other messages out", function()
    local endpoint, peer, msgid, got = under_way()
    local both <close> = closing { endpoint, peer } -- luacheck: ignore
    local channel = endpoint:channel(unique())
    local frame = frames.response(msgid + 1, nil, "\x01")
      .. frames.notification(channel.name, "\x02") .. frames.response(msgid, nil, "\x03")
      .. frames.response(msgid, nil, "\x04")
    assert.equal(ACCEPTED, window.copydata(endpoint:hwnd(), MPK1, frame, peer:hwnd(), 5))
    assert.equal(2, channel:receive(0).data)
    endpoint:poll(0)
    assert.equal(3, got[1])
  end)

  it("in a frame that is turned away has not come", function()
    local endpoint, peer, msgid, got, answer = under_way()
    local both <close> = closing { endpoint, peer } -- luacheck: ignore
    local frame = frames.response(msgid, nil, "\x01") .. frames.notification(unique(), "\x02")
    assert.equal(frames.ABSENT,
      window.copydata(endpoint:hwnd(), MPK1, frame, peer:hwnd(), 5))
    assert.equal(0, endpoint:poll(0))
    assert.equal(ACCEPTED, answer(msgid, "\x03"))
    endpoint:poll(0)
    assert.equal(3, got[1])
  end)

  it("that nobody asked for is not kept, however many come", function()
    local endpoint <close> = copydata.new { queue_messages = 2 }
    local channel = endpoint:channel(unique())
    local response = frames.response(1, nil, "\xda\xff\xff" .. ("x"):rep(65535))
    for _ = 1, 1000 do
      assert.equal(ACCEPTED, window.copydata(endpoint:hwnd(), MPK1, response, 0, 5))
    end
    assert.equal(ACCEPTED, window.copydata(endpoint:hwnd(), MPK1,
      frames.notification(channel.name, "\x01"), 0, 5))
    assert.equal(1000, endpoint:statistics().ignored_answers)
  end)

  it("of ours that nobody takes is counted", function()
    local name = unique()
    local refuses <close> = recorder("copydata.endpoint", REFUSED)
    local endpoint <close> = copydata.new()
    local kept
    endpoint:channel(name):serve(function()
      return copydata.later(function(reply)
        kept = reply
      end)
    end)
    local function ask(sender)
      return window.copydata(endpoint:hwnd(), MPK1, frames.request(1, name, "\x01"), sender, 5)
    end
    assert.equal(ACCEPTED, ask(refuses:hwnd()))
    assert.equal(1, endpoint:poll(0))
    assert.same({ n = 3, nil, "REFUSED: the receiver does not take this message", "REFUSED" },
      table.pack(kept(1)))
    assert.equal(ACCEPTED, ask(refuses:hwnd()))
    assert.equal(1, endpoint:poll(0))
    refuses:close()
    assert.equal("GONE", select(3, kept(1)))
    assert.equal(2, endpoint:statistics().lost_answers)
  end)
end)

describe("a request that cannot be answered", function()
  tidy(before_each, after_each)

  it("is refused: without a sender, or from a window that is no endpoint", function()
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
    assert.equal(0, endpoint:poll(0))
    assert.equal(0, served)
    assert.is_nil(other:newest())
  end)

  it("because its channel serves no more is dropped", function()
    local endpoint <close> = copydata.new()
    local channel = endpoint:channel(unique())
    local asking <close> = recorder("copydata.endpoint", ACCEPTED)
    channel:serve(print)
    local request = frames.request(1, channel.name, "\x01")
    assert.equal(ACCEPTED, window.copydata(endpoint:hwnd(), MPK1, request, asking:hwnd(), 5))
    channel:serve(nil)
    assert.equal(REFUSED, window.copydata(endpoint:hwnd(), MPK1, request, asking:hwnd(), 5))
    assert.equal(0, endpoint:poll(0))
    channel:serve(print)
    assert.equal(0, endpoint:poll(0))
    assert.is_nil(asking:newest())
  end)
end)
