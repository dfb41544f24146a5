-- SPDX-License-Identifier: MIT

-- Messages of other programs' protocols, to an endpoint.
local blames_here = require "support.blames"
local children = require "support.children"
local copydata = require "support.copydata"
local frames = require "support.frames"
local unique = require "support.unique"
require "support.tidy"(before_each, after_each)

local raw = copydata.raw

local MPK1, BUSY = frames.MPK1, frames.BUSY
local TAGS = { 0, 1, MPK1 - 1, 0xFFFFFFFF, 1 << 32, math.maxinteger, math.mininteger, -1 }

-- Runs a caller's mistake; returns the error's message.
local function refusal(...)
  local ok, message = pcall(...)
  assert.is_false(ok)
  return message
end

describe("a raw message to an endpoint", function()
  it("reaches the handler with its dwData, bytes and sender, and is answered at once", function()
    local endpoint <close> = copydata.new()
    local child <close> = children.start()
    local got = {}
    endpoint:on_raw(function(bytes, message)
      got[#got + 1] = { bytes = bytes, message = message }
    end)
    local before = os.time()
    child:begin([[
      local hwnd, tags = ...
      local answers = {}
      for i, tag in ipairs(tags) do
        answers[i] = copydata.raw.send(hwnd, tag, ("\0x"):rep(i - 1), { sender = copydata })
      end
      return answers, copydata.hwnd()
    ]], endpoint:hwnd(), TAGS)
    while #got < #TAGS do
      assert(copydata.poll(10) > 0)
    end
    local answers, hwnd = child:result()
    for i, tag in ipairs(TAGS) do
      assert.equal(1, answers[i])
      assert.equal(("\0x"):rep(i - 1), got[i].bytes)
      local message = got[i].message
      assert.equal(tag, message.tag)
      assert.equal(hwnd, message.sender.hwnd)
      assert.equal(child.pid, message.sender.pid)
      assert.matches("lua[^/\\]*%.exe$", message.sender.exe)
      assert.is_true(message.received >= before and message.received <= os.time() + 1)
    end
  end)

  it("is answered with the result that the script has set; 0 without a handler", function()
    local endpoint <close> = copydata.new()
    local hwnd = endpoint:hwnd()
    local count = 0
    local function handler() count = count + 1 end
    assert.equal(0, raw.send(hwnd, 1, ""))
    local taken = endpoint:on_raw(handler)
    assert.equal(1, raw.send(hwnd, 1, ""))
    assert.equal(1, copydata.poll(0))
    for _, result in ipairs { 0, 2, -1, math.mininteger } do
      taken:close()
      taken = endpoint:on_raw(handler, { result = result })
      assert.equal(result, raw.send(hwnd, 1, ""))
      assert.equal(1, copydata.poll(0))
    end
    assert.equal(5, count)
    assert.equal(math.mininteger, raw.send(hwnd, 1, "dropped"))
    taken:close()
    assert.equal(0, raw.send(hwnd, 1, ""))
    endpoint:on_raw(handler)
    assert.equal(0, copydata.poll(0))
    assert.equal(5, count)
  end)

  it("is handled among the messages of channels, in the order of arrival", function()
    local name = unique()
    local one <close> = copydata.new()
    local other <close> = copydata.new()
    local got = {}
    local function handler(data) got[#got + 1] = data end
    other:channel(name):on(handler)
    other:on_raw(handler)
    local expected = {}
    for i = 1, 40 do
      expected[i] = tostring(i)
      if i % 3 == 0 then
        assert.equal(1, raw.send(other:hwnd(), i, tostring(i)))
      else
        assert.equal(1, (one:send(name, tostring(i))))
      end
    end
    assert.equal(40, copydata.poll())
    assert.same(expected, got)
  end)

  it("wakes a poll that waits for ever, and is handled during a receive", function()
    local name = unique()
    local endpoint <close> = copydata.new()
    local channel = endpoint:channel(name)
    local child <close> = children.start()
    local got = 0
    endpoint:on_raw(function() got = got + 1 end)
    child:begin("return copydata.raw.send(..., 5, 'wake')", endpoint:hwnd())
    assert.equal(1, copydata.poll())
    assert.equal(1, got)
    child:result()
    child:begin("return copydata.raw.send(..., 5, 'wait')", endpoint:hwnd())
    assert.equal("TIMEOUT", (select(3, channel:receive(0.3))))
    assert.equal(2, got)
    child:result()
  end)

  it("may arrive while a send of ours still waits for its answer", function()
    local endpoint <close> = copydata.new()
    local got = {}
    endpoint:on_raw(function(bytes, message)
      got[#got + 1] = { bytes, message.tag, message.sender.hwnd }
    end)
    local child <close> = children.start()
    local hwnd = child:run [[
      window = require "support.recorder" ("copydata.spec.echo", 77)
      window:echo(99) -- sends the bytes back to wParam before it answers
      return window:hwnd()
    ]]
    child:begin "return window:wait(10)"
    assert.equal(77, raw.send(hwnd, 5, "query", { sender = endpoint }))
    assert.equal(1, copydata.poll(0)) -- it has arrived already
    assert.same({ { "query", 99, hwnd } }, got)
    assert.is_true(child:result())
    -- The answer to the answer, which our window gave while we were waiting ourselves
    assert.equal(1, child:run "local r = window:echoed() window:close() return r")
  end)

  it("is limited by the queue: 0 when that is full", function()
    local name = unique()
    local one <close> = copydata.new()
    local endpoint <close> = copydata.new {
      max_message = 64 * 1024, queue_bytes = 128 * 1024, sender_bytes = 128 * 1024,
    }
    local channel = endpoint:channel(name)
    local count, bytes = 0, 0
    local taken = endpoint:on_raw(function(data)
      count, bytes = count + 1, bytes + #data
    end)
    local half = ("x"):rep(64 * 1024)
    assert.equal(1, raw.send(endpoint:hwnd(), 1, half))
    assert.equal(1, raw.send(endpoint:hwnd(), 1, half))
    assert.equal(0, raw.send(endpoint:hwnd(), 1, "x"))
    assert.equal(BUSY, raw.send(endpoint:hwnd(), MPK1, frames.notification(name, "\x01")))
    assert.equal(2, copydata.poll(0))
    assert.equal(2, count)
    assert.equal(#half * 2, bytes)
    assert.equal(0, raw.send(endpoint:hwnd(), 1, half .. "x")) -- over max_message
    assert.equal(1, raw.send(endpoint:hwnd(), 1, "x"))
    assert.equal(1, (one:send(name, "y")))
    assert.equal("y", channel:receive(5).data)
    taken:close()
    assert.equal(1, (one:send(name, "z")))
    assert.equal("z", channel:receive(5).data)
  end)

  it("is accepted only from senders that the endpoint's guard has allowed", function()
    local sender <close> = copydata.new()
    local endpoint <close> = copydata.new()
    local asked, got = {}, {}
    local function send(bytes)
      return (raw.send(endpoint:hwnd(), 1, bytes, { sender = sender }))
    end
    endpoint:guard(function(peer) asked[#asked + 1] = peer.hwnd end)
    assert.equal(0, send "nobody takes it")
    assert.equal(0, copydata.poll(0))
    assert.same({}, asked)
    endpoint:on_raw(function(bytes) got[#got + 1] = bytes end)
    assert.equal(0, send "undecided")
    assert.equal(0, copydata.poll(0))
    assert.same({ sender:hwnd() }, asked)
    assert.equal(0, send "refused")
    assert.equal(0, copydata.poll(0))
    assert.equal(1, #asked)
    endpoint:guard(function() return true end)
    assert.equal(0, send "undecided again")
    assert.equal(0, copydata.poll(0))
    assert.equal(1, send "allowed")
    assert.equal(1, copydata.poll(0))
    assert.same({ "allowed" }, got)
  end)

  it("has its handler's error raised; waiting messages stay", function()
    local endpoint <close> = copydata.new()
    local got = {}
    endpoint:on_raw(function(bytes)
      got[#got + 1] = bytes
      if bytes == "bad" then
        error "no"
      end
    end)
    for _, bytes in ipairs { "good", "bad", "later" } do
      raw.send(endpoint:hwnd(), 1, bytes)
    end
    assert.matches("no\nstack traceback", refusal(copydata.poll, 0))
    assert.equal(1, copydata.poll(0))
    assert.same({ "good", "bad", "later" }, got)
  end)

  it("is dropped with its endpoint, whether it was handled or not", function()
    local endpoint = copydata.new()
    local handled
    endpoint:on_raw(function() handled = true end)
    raw.send(endpoint:hwnd(), 1, "x")
    endpoint:close()
    copydata.poll(0)
    assert.is_nil(handled)
    blames_here(function() endpoint:on_raw(print) end, "the endpoint is closed")
  end)

  it("may make its handler close the endpoint", function()
    local endpoint = copydata.new()
    local count = 0
    endpoint:on_raw(function()
      count = count + 1
      endpoint:close()
    end)
    raw.send(endpoint:hwnd(), 1, "x")
    raw.send(endpoint:hwnd(), 1, "y")
    assert.equal(1, copydata.poll(0))
    assert.equal(1, count)
  end)

  it("to the default endpoint is handled by raw.on", function()
    local child <close> = children.start()
    child:begin [[
      copydata.raw.on(function(bytes, message)
        got = { bytes, message.tag }
        copydata.stop()
      end, { result = 12 })
      say(copydata.hwnd())
      copydata.run()
      return got
    ]]
    assert.equal(12, raw.send(child:said(), 34, "default"))
    assert.same({ "default", 34 }, (child:result()))
  end)

  it("is never of our protocol", function()
    local endpoint <close> = copydata.new()
    endpoint:on_raw(function() error "not raw" end)
    assert.equal(4, raw.send(endpoint:hwnd(), MPK1, "no message"))
    assert.equal(0, copydata.poll(0))
  end)

  it("has no invalid handlers and results", function()
    local endpoint <close> = copydata.new()
    blames_here(function() endpoint:on_raw "handler" end, "handler: expected function")
    blames_here(function() endpoint:on_raw(nil) end, "handler: expected function, got nil")
    blames_here(function() endpoint:on_raw(print, { result = 0.5 }) end,
      "option 'result': expected integer")
    blames_here(function() endpoint:on_raw(print, { answer = 1 }) end, "unknown option 'answer'")
  end)
end)

describe("several handlers of raw messages", function()
  it("each have theirs: the most specific one gets a message", function()
    local endpoint <close> = copydata.new()
    local one <close> = copydata.new()
    local other <close> = copydata.new()
    local got = {}
    for i, options in ipairs {
      { result = 10 }, { tag = 7, result = 11 }, { window = one:hwnd(), result = 12 },
      { window = { hwnd = one:hwnd() }, tag = 7, result = 13 },
    } do
      endpoint:on_raw(function(bytes) got[#got + 1] = { i, bytes } end, options)
    end
    local function send(sender, tag, bytes)
      return (raw.send(endpoint:hwnd(), tag, bytes, { sender = sender }))
    end
    assert.equal(10, send(other, 8, "any"))
    assert.equal(11, send(other, 7, "tag"))
    assert.equal(12, send(one, 8, "window"))
    assert.equal(13, send(one, 7, "both"))
    assert.equal(11, send(nil, 7, "no window"))
    assert.equal(5, copydata.poll(0))
    assert.same(
      { { 1, "any" }, { 2, "tag" }, { 3, "window" }, { 4, "both" }, { 2, "no window" } }, got)
  end)

  it("are closed one by one, and by the endpoint", function()
    local endpoint <close> = copydata.new()
    local got = {}
    local any = endpoint:on_raw(function(bytes) got[#got + 1] = "any " .. bytes end)
    local seven = endpoint:on_raw(function(bytes) got[#got + 1] = "7 " .. bytes end, { tag = 7 })
    raw.send(endpoint:hwnd(), 7, "dropped")
    raw.send(endpoint:hwnd(), 8, "stays")
    seven:close()
    seven:close()
    raw.send(endpoint:hwnd(), 7, "falls to the other")
    assert.equal(2, copydata.poll(0))
    assert.same({ "any stays", "any falls to the other" }, got)
    assert.equal("copydata.raw.handler (open)", tostring(any))
    endpoint:close()
    assert.equal("copydata.raw.handler (closed)", tostring(any))
    any:close()
  end)

  it("wait only for themselves", function()
    local endpoint <close> = copydata.new()
    local event = copydata.event()
    local got = {}
    endpoint:on_raw(function(bytes)
      event:wait(20)
      got[#got + 1] = bytes
    end, { tag = 1 })
    endpoint:on_raw(function(bytes) got[#got + 1] = bytes end, { tag = 2 })
    for i, tag in ipairs { 1, 1, 2, 2 } do
      assert.equal(1, raw.send(endpoint:hwnd(), tag, tostring(i)))
    end
    while #got < 2 do
      copydata.poll(5)
    end
    assert.same({ "3", "4" }, got)
    event:set()
    while #got < 4 do
      copydata.poll(5)
    end
    assert.same({ "3", "4", "1", "2" }, got)
  end)

  it("stay although nothing refers to them", function()
    local endpoint <close> = copydata.new()
    local got
    endpoint:on_raw(function(bytes) got = bytes end)
    collectgarbage()
    collectgarbage()
    assert.equal(1, raw.send(endpoint:hwnd(), 1, "still there"))
    copydata.poll(0)
    assert.equal("still there", got)
  end)

  it("for the same messages are refused", function()
    local endpoint <close> = copydata.new()
    for _, options in ipairs { {}, { tag = 1 }, { window = 5 }, { window = 5, tag = 1 } } do
      local handler <close> = endpoint:on_raw(print, options) -- luacheck: ignore handler
      blames_here(function() endpoint:on_raw(print, options) end, "there is already a handler for")
    end
    blames_here(function() endpoint:on_raw(print, { tag = "x" }) end, "option 'tag': expected")
    blames_here(function() endpoint:on_raw(print, { tag = 1.5 }) end, "option 'tag': expected int")
    blames_here(function() endpoint:on_raw(print, { window = 0 }) end, "option 'window': 0 is no")
    blames_here(function() endpoint:on_raw(print, { window = -1 }) end, "option 'window': %-1 me")
  end)
end)
