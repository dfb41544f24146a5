-- SPDX-License-Identifier: MIT

-- Messages that take more than one frame.
local children = require "support.children"
local closing = require "support.closing"
local copydata = require "support.copydata"
local frames = require "support.frames"
local process = require "support.process"
local recorder = require "support.recorder"
local unique = require "support.unique"
local window = require "support.window"
require "support.tidy"(before_each, after_each)

local KiB, MiB = 1024, 1024 * 1024

local ACCEPTED, BUSY, MALFORMED = frames.ACCEPTED, frames.BUSY, frames.MALFORMED
local TOO_LARGE, ABSENT = frames.TOO_LARGE, frames.ABSENT
local fragment, notification, receiver = frames.fragment, frames.notification, frames.receiver

describe("a message larger than a frame", function()
  it("arrives whole, at every size around the limits of a frame", function()
    local name = unique()
    local one <close> = copydata.new { max_frame = 1024 }
    local other <close> = copydata.new()
    local channel = other:channel(name)
    for _, around in ipairs { 1024, 2 * 912, 3 * 912, 5000 } do
      for size = around - 70, around + 3 do
        local text = ("%08d"):format(size):rep(size // 8 + 1):sub(1, size)
        assert.equal(1, (one:send(name, text)))
        assert.equal(text, assert(channel:receive(5)).data)
      end
    end
  end)

  it("crosses processes with values of every type intact", function()
    local name = unique()
    local child <close> = children.join(name)
    local list = {}
    for i = 1, 20000 do
      list[i] = { id = i, name = "item " .. i, half = i / 2, even = i % 2 == 0 }
    end
    child:begin [[
      local message = assert(channel:receive(20))
      return channel:send_to(message.sender, message.data)
    ]]
    local endpoint <close> = copydata.new()
    local channel = endpoint:channel(name)
    assert.equal(1, (channel:send(list)))
    local message = assert(channel:receive(20))
    assert.is_true(child:result())
    assert.same(list, message.data)
  end)

  it("is sent as the protocol says, and its pieces are one message", function()
    local name = unique()
    local stranger <close> = recorder("copydata.endpoint", ACCEPTED)
    local endpoint <close> = copydata.new { max_frame = 1024 }
    window.set_property(stranger:hwnd(), "copydata:" .. name, 1)
    stranger:keep()
    assert.equal(1, (endpoint:send(name, ("x"):rep(3000))))
    assert.equal(1, (endpoint:send(name, ("y"):rep(3000))))
    local whole, transfers = {}, {}
    for i, frame in ipairs(stranger:kept()) do
      assert.is_true(#frame <= 1024)
      local piece = copydata.msgpack.decode(frame)
      assert.equal(6, #piece)
      assert.equal(3, piece[1])
      transfers[piece[2]] = true
      assert.equal((i - 1) % 4 + 1, piece[3])
      assert.equal(4, piece[4])
      whole[#whole + 1] = piece[6]
      if i == 4 then
        assert.equal(piece[5], #table.concat(whole))
      end
    end
    assert.equal(8, #whole)
    local transfer = next(transfers)
    assert.truthy(next(transfers, transfer)) -- another number for the second
    local message = copydata.msgpack.decode(table.concat(whole, "", 1, 4))
    assert.same({ 2, name, { ("x"):rep(3000), message[3][2] } }, message)
  end)

  it("reports its progress to the sender", function()
    local name = unique()
    local one <close> = copydata.new { max_frame = 64 * KiB }
    local other <close> = copydata.new()
    local channel = other:channel(name)
    local last, calls, total = 0, 0, nil
    assert.equal(1, (one:send(name, ("x"):rep(MiB), {
      on_progress = function(done, all)
        assert.is_true(done > last and done <= all)
        last, total, calls = done, all, calls + 1
      end,
    })))
    assert.equal(total, last)
    assert.is_true(calls >= 16)
    assert.equal(MiB, #channel:receive(5).data)
  end)

  it("goes to several peers, even if one of them fails", function()
    local name = unique()
    local one <close> = copydata.new()
    local small <close> = copydata.new { max_message = 100 * KiB }
    local large <close> = copydata.new()
    small:channel(name):on(print)
    local channel = large:channel(name)
    local recipients, failures = one:send(name, ("x"):rep(300 * KiB))
    assert.equal(1, recipients)
    assert.equal(1, #failures)
    assert.equal("TOO_LARGE", failures[1].code)
    assert.equal(small:hwnd(), failures[1].peer.hwnd)
    assert.equal(300 * KiB, #channel:receive(5).data)
  end)

  it("arrives whole at a peer that is found only after the others got it", function()
    local name = unique()
    local endpoint <close> = copydata.new { max_frame = 1024 }
    local function stranger()
      local recording = recorder("copydata.endpoint", ACCEPTED)
      window.set_property(recording:hwnd(), "copydata:" .. name, 1)
      recording:keep()
      return recording
    end
    local function whole(recording)
      local pieces = {}
      for i, frame in ipairs(recording:kept()) do
        pieces[i] = copydata.msgpack.decode(frame)[6]
      end
      return table.concat(pieces)
    end
    local leaving, staying <close> = stranger(), stranger() -- luacheck: ignore
    assert.equal(2, (endpoint:send(name, nil)))
    local joining <close> = stranger() -- luacheck: ignore
    leaving:close()
    staying:keep()
    assert.equal(2, (endpoint:send(name, ("1234567"):rep(500))))
    assert.equal(("1234567"):rep(500), copydata.msgpack.decode(whole(joining))[3][1])
    assert.equal(whole(joining), whole(staying))
  end)

  it("is refused by the sender when it is over the sender's limit", function()
    local name = unique()
    local one <close> = copydata.new { max_message = 100 * KiB }
    local other <close> = copydata.new()
    local channel = other:channel(name)
    local recipients, message, code = one:send(name, ("x"):rep(102 * KiB))
    assert.is_nil(recipients)
    assert.equal("TOO_LARGE", code)
    assert.matches("the message takes %d+ bytes, the limit is 102400 %(option 'max_message'%)",
      message)
    assert.is_nil((channel:receive(0)))
    assert.equal("TOO_LARGE", (select(3, one:channel(name):send_to(other:hwnd(), ("x"):rep(2^17)))))
  end)

  it("may have 64 MiB, to another process", function()
    local name = unique()
    local child <close> = children.start()
    child:run([[
      copydata = require "copydata"
      endpoint = copydata.new { max_message = 65 * 1024 * 1024 }
      channel = endpoint:channel(...)
    ]], name)
    child:begin "local data = assert(channel:receive(60)).data return #data, data:sub(-3)"
    local endpoint <close> = copydata.new { max_message = 65 * MiB }
    assert.equal(1, (endpoint:send(name, ("x"):rep(64 * MiB - 3) .. "end", { timeout = 20 })))
    local size, ending = child:result(60)
    assert.equal(64 * MiB, size)
    assert.equal("end", ending)
  end)

  it("keeps its place among the sender's other messages", function()
    local name = unique()
    local one <close> = copydata.new()
    local other <close> = copydata.new()
    local got = {}
    other:channel(name):on(function(data) got[#got + 1] = #data end)
    one:send(name, "a")
    one:send(name, ("x"):rep(300 * KiB))
    one:send(name, "bc")
    assert.equal(3, copydata.poll(5))
    assert.same({ 1, 300 * KiB, 2 }, got)
  end)
end)

describe("pieces from another program", function()
  it("are accepted in order, one by one, of any length", function()
    local endpoint <close>, channel, answer = receiver() -- luacheck: ignore
    local sender <close> = recorder("stranger", 0)
    local whole = notification(channel.name, "\xa5hello")
    for index = 1, #whole do
      assert.is_nil((channel:receive(0)))
      assert.equal(ACCEPTED,
        answer(fragment(7, index, #whole, #whole, whole:sub(index, index)), sender:hwnd()))
    end
    assert.equal("hello", channel:receive(0).data)
    assert.equal(ACCEPTED, answer(fragment(7, 1, 1, #whole, whole), sender:hwnd()))
    assert.equal("hello", channel:receive(0).data)
  end)

  it("of several transfers and senders are kept apart", function()
    local endpoint <close>, channel, answer = receiver() -- luacheck: ignore
    local a <close> = recorder("stranger.a", 0)
    local b <close> = recorder("stranger.b", 0)
    local function half(number, index)
      local whole = notification(channel.name, string.char(number))
      return fragment(number // 10, index, 2, #whole,
        index == 1 and whole:sub(1, 5) or whole:sub(6))
    end
    local order = { { a, 10 }, { b, 11 }, { a, 20 }, { b, 21 } }
    for index = 1, 2 do
      for _, one in ipairs(order) do
        assert.equal(ACCEPTED, answer(half(one[2], index), one[1]:hwnd()))
      end
    end
    for _, one in ipairs(order) do
      local message = channel:receive(0)
      assert.equal(one[2], message.data)
      assert.equal(one[1]:hwnd(), message.sender.hwnd)
    end
  end)

  it("that are not the next one are malformed, and end the transfer", function()
    local endpoint <close>, channel, answer = receiver() -- luacheck: ignore
    local sender <close> = recorder("stranger", 0)
    local whole = notification(channel.name, "\xa5hello")
    local size = #whole
    local first = fragment(1, 1, 3, size, whole:sub(1, 4))
    local second = fragment(1, 2, 3, size, whole:sub(5, 8))
    local third = fragment(1, 3, 3, size, whole:sub(9))
    local wrong = {
      ["skipped"] = third,
      ["repeated"] = first,
      ["index 0"] = fragment(1, 0, 3, size, whole:sub(5, 8)),
      ["index beyond count"] = fragment(1, 4, 3, size, whole:sub(5, 8)),
      ["another count"] = fragment(1, 2, 4, size, whole:sub(5, 8)),
      ["another total"] = fragment(1, 2, 3, size + 1, whole:sub(5, 8)),
      ["empty"] = fragment(1, 2, 3, size, ""),
      ["past total"] = fragment(1, 2, 3, size, whole),
      ["nothing left for the last"] = fragment(1, 2, 3, size, whole:sub(5)),
    }
    for what, bytes in pairs(wrong) do
      assert.equal(ACCEPTED, answer(first, sender:hwnd()), what)
      assert.equal(MALFORMED, answer(bytes, sender:hwnd()), what)
      assert.equal(MALFORMED, answer(second, sender:hwnd()), what .. ": it has ended")
    end
    assert.equal(ACCEPTED, answer(first, sender:hwnd()))
    assert.equal(ACCEPTED, answer(second, sender:hwnd()))
    assert.equal(MALFORMED, answer(fragment(1, 3, 3, size, whole:sub(9, -2)), sender:hwnd()),
      "too short at the end")

    for _, bytes in ipairs { first, second, third } do
      assert.equal(ACCEPTED, answer(bytes, sender:hwnd()))
    end
    assert.equal("hello", channel:receive(0).data)
    assert.is_nil((channel:receive(0)))
  end)

  it("that are invalid fragments are malformed", function()
    local endpoint <close>, channel, answer = receiver() -- luacheck: ignore
    local sender <close> = recorder("stranger", 0)
    local whole = notification(channel.name, "\x01")
    local good = fragment(1, 1, 1, #whole, whole)
    local bad = {
      ["count 0"] = fragment(1, 1, 0, #whole, whole),
      ["total 0"] = fragment(1, 1, 1, 0, ""),
      ["more pieces than bytes"] = fragment(1, 1, 4, 3, "x"),
      ["text for bytes"] = "\x96\x03\x01\x01\x01\x01\xa1x",
      ["five elements"] = "\x95\x03\x01\x01\x01\x01",
      ["seven elements"] = "\x97" .. good:sub(2) .. "\xc0",
      ["not alone"] = good .. good,
      ["not alone, after another"] = whole .. good,
      ["a transfer of 64 bits"] = "\x96\x03\xcf\0\0\0\1\0\0\0\0" .. good:sub(8),
      ["a negative index"] = "\x96\x03\x01\xff\x01\x01\xc4\x01x",
      ["cut"] = good:sub(1, -2),
      ["two messages in it"] = fragment(1, 1, 1, 2 * #whole, whole .. whole),
      ["a fragment in it"] = fragment(1, 1, 1, #good, good),
      ["rubbish in it"] = fragment(1, 1, 1, 3, "\xc1\xc1\xc1"),
    }
    for what, bytes in pairs(bad) do
      assert.equal(MALFORMED, answer(bytes, sender:hwnd()), what)
    end
    assert.equal(MALFORMED, answer(good, 0), "a sender without a window")
    assert.equal(MALFORMED, answer(good, 0x7ffffff0), "a window that is not there")
    local absent = notification(unique "nowhere", "\x01")
    assert.equal(ABSENT, answer(fragment(1, 1, 1, #absent, absent), sender:hwnd()))
    assert.is_nil((channel:receive(0)))
    assert.equal(ACCEPTED, answer(good, sender:hwnd()))
  end)

  it("are refused by their total, before anything is stored", function()
    local endpoint <close>, _, answer = receiver { max_message = 10000 } -- luacheck: ignore
    local sender <close> = recorder("stranger", 0)
    assert.equal(TOO_LARGE, answer(fragment(1, 1, 100, 11025, "x"), sender:hwnd()))
    assert.equal(TOO_LARGE, answer(fragment(1, 1, 100, 0xffffffff, "x"), sender:hwnd()))
    assert.equal(ACCEPTED, answer(fragment(1, 1, 100, 11024, "x"), sender:hwnd()))
  end)

  it("are busy over a bounded number and size", function()
    local endpoint <close>, _, answer = receiver { -- luacheck: ignore
      max_message = 1000, transfers = 3, transfer_bytes = 2000,
    }
    local senders <close> = closing {} -- programs, each with its share
    for i = 1, 4 do
      senders[i] = children.start()
    end
    local a, b, c, d = senders[1]:hwnd(), senders[2]:hwnd(), senders[3]:hwnd(), senders[4]:hwnd()
    assert.equal(ACCEPTED, answer(fragment(1, 1, 2, 1000, "x"), a))
    assert.equal(BUSY, answer(fragment(2, 1, 2, 501, "x"), b)) -- a quarter stays free for others,
    assert.equal(ACCEPTED, answer(fragment(2, 1, 2, 500, "x"), b))
    assert.equal(BUSY, answer(fragment(3, 1, 2, 126, "x"), c)) -- each with its share
    assert.equal(ACCEPTED, answer(fragment(3, 1, 2, 125, "x"), c))
    assert.equal(BUSY, answer(fragment(4, 1, 2, 10, "x"), d))
    assert.equal(MALFORMED, answer(fragment(1, 9, 2, 1000, "x"), a))
    assert.equal(ACCEPTED, answer(fragment(4, 1, 2, 10, "x"), d))
  end)

  it("are forgotten when their sender's window is gone", function()
    local endpoint <close>, _, answer = receiver { transfers = 1 } -- luacheck: ignore
    local sender = recorder("stranger", 0)
    local heir <close> = recorder("heir", 0)
    assert.equal(ACCEPTED, answer(fragment(1, 1, 2, 10, "x"), sender:hwnd()))
    assert.equal(BUSY, answer(fragment(1, 1, 2, 10, "x"), heir:hwnd()))
    sender:close()
    local verdict
    repeat
      copydata.poll(0.1)
      verdict = answer(fragment(1, 1, 2, 10, "x"), heir:hwnd())
    until verdict ~= BUSY
    assert.equal(ACCEPTED, verdict)
  end)

  it("are forgotten when no more arrive for too long", function()
    local endpoint <close>, _, answer = receiver { -- luacheck: ignore
      transfers = 1, transfer_silence = 0.1,
    }
    local sender <close> = recorder("stranger", 0)
    assert.equal(ACCEPTED, answer(fragment(1, 1, 2, 10, "x"), sender:hwnd()))
    local verdict
    repeat
      copydata.poll(0.1)
      verdict = answer(fragment(2, 1, 2, 10, "x"), sender:hwnd())
    until verdict ~= BUSY
    assert.equal(ACCEPTED, verdict)
    assert.equal(MALFORMED, answer(fragment(1, 2, 2, 10, ("x"):rep(9)), sender:hwnd()))
  end)

  it("leave their memory to later transfers for a while, then to the system", function()
    local silence = { transfer_silence = 600 }
    local endpoint <close>, channel, answer = receiver(silence) -- luacheck: ignore
    local sender <close> = recorder("stranger", 0)
    local size = 32 * MiB
    local first = fragment(9, 1, 2, 2, "x")
    local function send(transfer, byte, length)
      local whole = notification(channel.name, "\xc6" .. string.pack(">s4", byte:rep(length)))
      local half = #whole // 2
      assert.equal(ACCEPTED,
        answer(fragment(transfer, 1, 2, #whole, whole:sub(1, half)), sender:hwnd()))
      assert.equal(ACCEPTED,
        answer(fragment(transfer, 2, 2, #whole, whole:sub(half + 1)), sender:hwnd()))
      assert.equal(whole:sub(-length), channel:receive(0).data)
    end
    local function taken()
      collectgarbage()
      collectgarbage()
      return process.memory()
    end
    send(1, "a", 10)
    local before = taken()
    assert.equal(ACCEPTED, answer(first, sender:hwnd())) -- as long as one is due, it is kept
    send(2, "b", size)
    assert.is_true(taken() - before > size - MiB)
    send(3, "c", size - MiB)
    send(4, "d", size + MiB)
    assert.is_true(taken() - before < size + 2 * MiB)
    assert.equal(MALFORMED, answer(first, sender:hwnd())) -- no more
    repeat
      copydata.poll(0.1)
    until taken() - before < MiB
    send(5, "e", size)
  end)

  it("may be completed later if the queue was full at the last one", function()
    local endpoint <close>, channel, answer = receiver { -- luacheck: ignore
      queue_messages = 1, sender_messages = 1,
    }
    local sender <close> = recorder("stranger", 0)
    local whole = notification(channel.name, "\x07")
    local first = fragment(1, 1, 2, #whole, whole:sub(1, 3))
    local second = fragment(1, 2, 2, #whole, whole:sub(4))
    assert.equal(ACCEPTED, answer(notification(channel.name, "\x01"), 0))
    assert.equal(ACCEPTED, answer(first, sender:hwnd()))
    assert.equal(BUSY, answer(second, sender:hwnd()))
    assert.equal(BUSY, answer(second, sender:hwnd()))
    assert.equal(1, channel:receive(0).data)
    assert.equal(ACCEPTED, answer(second, sender:hwnd()))
    assert.equal(7, channel:receive(0).data)
  end)
end)
