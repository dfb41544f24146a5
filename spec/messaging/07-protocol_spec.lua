-- SPDX-License-Identifier: MIT

-- The wire protocol, byte by byte, as other programs see it.
local children = require "support.children"
local copydata = require "support.copydata"
local frames = require "support.frames"
local recorder = require "support.recorder"
local unique = require "support.unique"
local window = require "support.window"
require "support.tidy"(before_each, after_each)

local MPK1, UNHANDLED, ACCEPTED, BUSY = frames.MPK1, frames.UNHANDLED, frames.ACCEPTED, frames.BUSY
local REFUSED, MALFORMED, TOO_LARGE = frames.REFUSED, frames.MALFORMED, frames.TOO_LARGE
local ABSENT = frames.ABSENT
local str, notification, receiver = frames.str, frames.notification, frames.receiver

local function timestamp64(seconds, nanoseconds)
  return "\xd7\xff" .. string.pack(">I8", nanoseconds << 34 | seconds)
end

describe("a frame that copydata sends", function()
  it("is [2, channel, [body, sent]], tagged MPK1, from the endpoint's window", function()
    local name = unique()
    local stranger <close> = recorder("copydata.endpoint", ACCEPTED)
    local endpoint <close> = copydata.new()
    window.set_property(stranger:hwnd(), "copydata:" .. name, 1)
    local before = os.time()
    assert.equal(1, (endpoint:send(name, { "body", 7 })))

    local tag, sender, bytes, count = stranger:newest()
    assert.equal(1, count)
    assert.equal(MPK1, tag)
    assert.equal("MPK1", string.pack("<I4", tag))
    assert.equal(endpoint:hwnd(), sender)
    local head = "\x93\x02" .. string.char(0xa0 + #name) .. name .. "\x92" .. "\x92\xa4body\x07"
    assert.equal(head, bytes:sub(1, #head))
    assert.equal("\xd7\xff", bytes:sub(#head + 1, #head + 2))
    local time = string.unpack(">I8", bytes, #head + 3)
    assert.equal(#head + 10, #bytes)
    local seconds, nanoseconds = time & 0x3FFFFFFFF, time >> 34
    assert.is_true(seconds >= before and seconds <= os.time() + 1)
    assert.is_true(nanoseconds < 1000000000)
  end)

  it("has the channel's name as the sender wrote it", function()
    local name = unique "Straße"
    local stranger <close> = recorder("copydata.endpoint", ACCEPTED)
    local endpoint <close> = copydata.new()
    window.set_property(stranger:hwnd(), "copydata:" .. name, 1)
    endpoint:send(name:upper(), 1)
    local _, _, bytes = stranger:newest()
    assert.truthy(bytes:find(name:upper(), 1, true))
  end)

  it("goes only to windows of the class copydata.endpoint", function()
    local name = unique()
    local stranger <close> = recorder("another.class", ACCEPTED)
    local endpoint <close> = copydata.new()
    window.set_property(stranger:hwnd(), "copydata:" .. name, 1)
    assert.equal(0, (endpoint:send(name, 1)))
    assert.is_nil(stranger:newest())
  end)

  it("reports the verdict by its name", function()
    local name = unique()
    local stranger <close> = recorder("copydata.endpoint", ACCEPTED)
    local endpoint <close> = copydata.new()
    local channel = endpoint:channel(name)
    window.set_property(stranger:hwnd(), "copydata:" .. name, 1)
    local verdicts = {
      [UNHANDLED] = "UNHANDLED",
      [BUSY] = "BUSY",
      [REFUSED] = "REFUSED",
      [MALFORMED] = "MALFORMED",
      [TOO_LARGE] = "TOO_LARGE",
      [ABSENT] = "ABSENT",
      [frames.UNPROVEN] = "UNPROVEN",
      [8] = "UNHANDLED",
      [-1] = "UNHANDLED",
    }
    for verdict, expected in pairs(verdicts) do
      stranger:answer(verdict)
      local ok, message, code = channel:send_to(stranger:hwnd(), 1, { timeout = 0.2 })
      assert.is_nil(ok)
      assert.equal(expected, code)
      assert.equal(expected .. ": ", message:sub(1, #expected + 2))
    end
    stranger:answer(ACCEPTED)
    assert.is_true((channel:send_to(stranger:hwnd(), 1)))
  end)
end)

describe("a frame from another program", function()
  it("is accepted with or without the time, and with elements of later versions", function()
    local endpoint <close>, channel, answer = receiver() -- luacheck: ignore
    local body = "\xa5hello"
    assert.equal(ACCEPTED, answer(notification(channel.name, body)))
    local message = channel:receive(0)
    assert.equal("hello", message.data)
    assert.is_nil(message.sent)
    assert.equal(ACCEPTED, answer(notification(channel.name, body, "\xc0", 1)))
    message = channel:receive(0)
    assert.equal("hello", message.data)
    assert.is_nil(message.sent)

    assert.equal(ACCEPTED,
      answer(notification(channel.name, body, timestamp64(1700000000, 500000000), 1)))
    assert.equal(1700000000.5, channel:receive(0).sent)
    local forms = {
      ["\xd6\xff" .. string.pack(">I4", 4000000000)] = 4000000000.0,
      ["\xc7\x0c\xff" .. string.pack(">I4i8", 250000000, -1)] = -0.75,
    }
    for bytes, expected in pairs(forms) do
      assert.equal(ACCEPTED, answer(notification(channel.name, body, bytes, 1)))
      assert.equal(expected, channel:receive(0).sent)
    end

    local later = timestamp64(1, 0) .. "\x81\xa1a\x01" .. "\xc0"
    assert.equal(ACCEPTED, answer(notification(channel.name, body, later, 3)))
    assert.equal("hello", channel:receive(0).data)
  end)

  it("may use any width in its envelope", function()
    local endpoint <close>, channel, answer = receiver() -- luacheck: ignore
    local name = channel.name
    local wide = "\xdd\0\0\0\3" .. "\xd3\0\0\0\0\0\0\0\2" .. "\xdb" .. string.pack(">s4", name)
      .. "\xdc\0\1" .. "\x2a"
    assert.equal(ACCEPTED, answer(wide))
    assert.equal(42, channel:receive(0).data)
  end)

  it("may carry many messages, all of which are accepted or none", function()
    local endpoint <close>, channel, answer = receiver()
    local second = endpoint:channel(unique "second")
    local function one(name, number)
      return notification(name, string.char(number))
    end
    assert.equal(ACCEPTED,
      answer(one(channel.name, 1) .. one(second.name, 2) .. one(channel.name, 3)))
    local got = {}
    local function handler(data)
      got[#got + 1] = data
    end
    channel:on(handler)
    second:on(handler)
    assert.equal(3, copydata.poll(0))
    assert.same({ 1, 2, 3 }, got)

    assert.equal(MALFORMED, answer(one(channel.name, 4) .. "\xc1"))
    assert.equal(ABSENT, answer(one(channel.name, 5) .. one(unique "nowhere", 6)))
    assert.equal(REFUSED,
      answer(one(channel.name, 7) .. frames.request(1, channel.name, "\x01")))
    assert.equal(0, copydata.poll(0))
  end)

  it("with another tag is not of this protocol: unhandled", function()
    local endpoint <close>, channel, answer = receiver()
    for _, tag in ipairs { 0, 1, MPK1 + 1, 0x4D504B31, MPK1 | 1 << 32, -1 } do
      assert.equal(UNHANDLED, answer(notification(channel.name, "\x01"), 0, tag))
    end
    assert.is_nil((channel:receive(0)))
    assert.equal(1, #endpoint:joined())
  end)

  it("for another channel, or one that was left or only sends, is absent", function()
    local endpoint <close>, channel, answer = receiver()
    assert.equal(ABSENT, answer(notification(unique "nowhere", "\x01")))
    channel:close()
    assert.equal(ABSENT, answer(notification(channel.name, "\x01")))
    local quiet = endpoint:channel(unique "quiet", { listen = false })
    assert.equal(ABSENT, answer(notification(quiet.name, "\x01")))
  end)

  it("with the channel's name in another case is for the same channel", function()
    local endpoint <close> = copydata.new()
    local channel = endpoint:channel(unique "Ärger")
    local other = channel.name:gsub("Ä", "ä"):gsub("r", "R")
    local frame = notification(other, "\x07")
    assert.equal(ACCEPTED, window.copydata(endpoint:hwnd(), MPK1, frame, 0, 5))
    assert.equal(7, channel:receive(0).data)
  end)

  it("that is an incomplete request or response is malformed", function()
    local endpoint <close>, channel, answer = receiver() -- luacheck: ignore
    local name = str(channel.name)
    local bad = {
      ["request of three elements"] = "\x93\x00\x01" .. name,
      ["request of five"] = "\x95\x00\x01" .. name .. "\x91\x01\x01",
      ["negative msgid"] = "\x94\x00\xff" .. name .. "\x91\x01",
      ["msgid past 32 bits"] = "\x94\x00\xcf\0\0\0\1\0\0\0\0" .. name .. "\x91\x01",
      ["msgid as text"] = "\x94\x00\xa11" .. name .. "\x91\x01",
      ["request without a body"] = "\x94\x00\x01" .. name .. "\x90",
      ["response of three elements"] = "\x93\x01\x01\xc0",
      ["response of five"] = "\x95\x01\x01\xc0\x01\x01",
      ["response with a text for a msgid"] = "\x94\x01\xa11\xc0\x01",
      ["response with a bad error"] = "\x94\x01\x01\xc1\x01",
      ["response with a bad result"] = "\x94\x01\x01\xc0\xc1",
    }
    channel:serve(error)
    for what, bytes in pairs(bad) do
      assert.equal(MALFORMED, answer(bytes, endpoint:hwnd()), what)
    end
    assert.equal(0, copydata.poll(0))
  end)

  it("that is malformed gets that verdict, and changes nothing", function()
    local endpoint <close>, channel, answer = receiver()
    local name = str(channel.name)
    local bad = {
      ["nothing"] = "",
      ["no array"] = "\x01",
      ["nil"] = "\xc0",
      ["a map"] = "\x80",
      ["never used byte"] = "\xc1",
      ["an empty array"] = "\x90",
      ["unknown type"] = "\x93\x04" .. name .. "\x91\x01",
      ["negative type"] = "\x93\xff" .. name .. "\x91\x01",
      ["type as text"] = "\x93\xa12" .. name .. "\x91\x01",
      ["type as float"] = "\x93\xca\x40\0\0\0" .. name .. "\x91\x01",
      ["too few elements"] = "\x92\x02" .. name,
      ["too many elements"] = "\x94\x02" .. name .. "\x91\x01\x01",
      ["channel as bin"] = "\x93\x02\xc4" .. string.pack("s1", channel.name) .. "\x91\x01",
      ["channel as number"] = "\x93\x02\x01\x91\x01",
      ["empty channel"] = "\x93\x02\xa0\x91\x01",
      ["channel that is no UTF-8"] = "\x93\x02\xa1\xff\x91\x01",
      ["channel with NUL"] = "\x93\x02\xa1\0\x91\x01",
      ["channel too long"] = "\x93\x02\xda\x01\x00" .. ("a"):rep(256) .. "\x91\x01",
      ["no inner array"] = "\x93\x02" .. name .. "\x01",
      ["empty inner array"] = "\x93\x02" .. name .. "\x90",
      ["time that is none"] = notification(channel.name, "\x01", "\x01", 1),
      ["time of another ext type"] = notification(channel.name, "\x01", "\xd6\x01\0\0\0\0", 1),
      ["too many nanoseconds"] = notification(channel.name, "\x01", timestamp64(0, 1000000000), 1),
      ["body with nil key"] = notification(channel.name, "\x81\xc0\x01"),
      ["body with NaN key"] = notification(channel.name, "\x81\xcb\x7f\xf8\0\0\0\0\0\0\x01"),
      ["body too deep"] = notification(channel.name, ("\x91"):rep(129) .. "\x01"),
      ["array of four billion"] = notification(channel.name, "\xdd\xff\xff\xff\xff"),
      ["map of four billion"] = notification(channel.name, "\xdf\xff\xff\xff\xff"),
      ["text of four billion"] = notification(channel.name, "\xdb\xff\xff\xff\xff"),
      ["ext of four billion"] = notification(channel.name, "\xc9\xff\xff\xff\xff\x01"),
      ["bytes after the message"] = notification(channel.name, "\x01") .. "\x01",
    }
    for what, bytes in pairs(bad) do
      assert.equal(MALFORMED, answer(bytes), what)
    end
    assert.is_nil((channel:receive(0)))
    assert.equal(ACCEPTED, answer(notification(channel.name, ("\x91"):rep(128) .. "\x01")))
    assert.equal("table", type(channel:receive(0).data))
    assert.equal(1, #endpoint:joined())
  end)

  it("that is cut anywhere is malformed", function()
    local endpoint <close>, channel, answer = receiver() -- luacheck: ignore
    local body = copydata.msgpack.encode { a = { 1, 2.5, "text" }, b = ("x"):rep(40), [3] = true }
    local whole = notification(channel.name, body, timestamp64(1, 2), 1)
    for size = 0, #whole - 1 do
      assert.equal(MALFORMED, answer(whole:sub(1, size)), size)
    end
    assert.equal(ACCEPTED, answer(whole))
    assert.same({ a = { 1, 2.5, "text" }, b = ("x"):rep(40), [3] = true }, channel:receive(0).data)
  end)

  it("of random bytes gets a verdict, and nothing changes", function()
    local endpoint <close>, channel, answer = receiver() -- luacheck: ignore endpoint
    local delivered = 0
    channel:on(function() delivered = delivered + 1 end)
    math.randomseed(20260101)
    for _ = 1, 2000 do
      local bytes = {}
      for i = 1, math.random(0, 60) do
        bytes[i] = string.char(math.random(0, 255))
      end
      assert.equal(MALFORMED, answer(table.concat(bytes), math.random(0, 1 << 32)))
    end
    assert.equal(0, copydata.poll(0))
    -- One byte changed: whatever is accepted is delivered.
    local whole = notification(channel.name,
      copydata.msgpack.encode { 1, { a = "b" }, "\xff", 2.5, true }, timestamp64(1, 2), 1)
    local accepted = 0
    for position = 1, #whole do
      for _, byte in ipairs { 0x00, 0x7f, 0x80, 0xc0, 0xc1, 0xd7, 0xff, math.random(0, 255) } do
        local verdict = answer(whole:sub(1, position - 1) .. string.char(byte)
          .. whole:sub(position + 1))
        assert.is_true(verdict == ACCEPTED or verdict == MALFORMED or verdict == ABSENT
          or verdict == REFUSED, verdict)
        accepted = accepted + (verdict == ACCEPTED and 1 or 0)
      end
    end
    copydata.poll(0)
    assert.equal(accepted, delivered)
    assert.is_true(accepted > 0)
  end)

  it("may forge its sender", function()
    local endpoint <close>, channel, answer = receiver()
    assert.equal(ACCEPTED, answer(notification(channel.name, "\x01"), 0))
    assert.equal(0, channel:receive(0).sender.hwnd)
    assert.equal(ACCEPTED, answer(notification(channel.name, "\x01"), 0x7ffffff0))
    local sender = channel:receive(0).sender
    assert.equal(0x7ffffff0, sender.hwnd)
    assert.is_nil(sender.pid)
    assert.is_nil(sender.exe)
    assert.equal(ACCEPTED, answer(notification(channel.name, "\x01"), endpoint:hwnd()))
    assert.equal(endpoint:hwnd(), channel:receive(0).sender.hwnd)
  end)

  it("is busy when 65536 messages are queued, until some are taken", function()
    local endpoint <close>, channel, answer = -- luacheck: ignore endpoint
      receiver { sender_messages = 65536 }
    local one = notification(channel.name, "\x01")
    assert.equal(TOO_LARGE, answer(one:rep(65537)))
    assert.equal(ACCEPTED, answer(one:rep(65536)))
    assert.equal(BUSY, answer(one))
    assert.equal(1, channel:receive(0).data)
    assert.equal(ACCEPTED, answer(one))
    assert.equal(BUSY, answer(one))
    local count = 0
    channel:on(function() count = count + 1 end)
    assert.equal(65536, copydata.poll(0))
    assert.equal(65536, count)
    assert.equal(ACCEPTED, answer(one))
  end)

  it("is busy when its bytes do not fit; over max_message it is too large", function()
    local MiB = 1024 * 1024
    local endpoint <close>, channel, answer = receiver { -- luacheck: ignore endpoint
      max_message = MiB, queue_bytes = 2 * MiB, sender_bytes = 2 * MiB,
    }
    local function sized(size) -- a frame of `size` bytes
      local head = "\x93\x02" .. str(channel.name) .. "\x91\xc6"
      local body = size - #head - 4
      return head .. string.pack(">I4", body) .. ("x"):rep(body)
    end
    assert.equal(TOO_LARGE, answer(sized(MiB + 1025)))
    local half = sized(MiB)
    assert.equal(ACCEPTED, answer(half))
    assert.equal(ACCEPTED, answer(half))
    assert.equal(BUSY, answer(notification(channel.name, "\x01")))
    local data = channel:receive(0).data
    assert.is_true(#data > MiB - 100 and half:sub(-#data) == data)
    assert.equal(ACCEPTED, answer(notification(channel.name, "\x01")))
  end)

  it("is busy when its process has used up its share, while others are accepted", function()
    local endpoint <close>, channel, answer = receiver { sender_messages = 10 }
    local one = notification(channel.name, "\x01")
    assert.equal(ACCEPTED, answer(one:rep(10), endpoint:hwnd()))
    assert.equal(BUSY, answer(one, endpoint:hwnd()))
    local child <close> = children.start()
    child:begin("return copydata.send(..., 2)", channel.name)
    copydata.poll(0) -- pumps
    local other
    repeat
      other = channel:receive(10).data
    until other == 2
    assert.equal(1, (child:result()))
    assert.equal(ACCEPTED, answer(one, endpoint:hwnd()))
  end)

  it("may come from another process", function()
    local name = unique()
    local child <close> = children.join(name)
    local hwnd = child:hwnd()
    child:begin [[
      local got = {}
      channel:on(function(data) got[#got + 1] = data if data == "end" then copydata.stop() end end)
      copydata.run()
      return got
    ]]
    assert.equal(ACCEPTED, window.copydata(hwnd, MPK1, notification(name, "\x01"), 0, 10))
    assert.equal(UNHANDLED, window.copydata(hwnd, 99, notification(name, "\x02"), 0, 10))
    assert.equal(MALFORMED, window.copydata(hwnd, MPK1, "\x93\x02", 0, 10))
    assert.equal(MALFORMED, window.copydata(hwnd, MPK1, "", 0, 10))
    assert.equal(ABSENT, window.copydata(hwnd, MPK1, notification("not " .. name, "\x03"), 0, 10))
    assert.equal(ACCEPTED, window.copydata(hwnd, MPK1, notification(name, "\xa3end"), 0, 10))
    assert.same({ 1, "end" }, (child:result()))
  end)
end)
