-- SPDX-License-Identifier: MIT

-- The bytes that docs/protocol.md explains, read from there.
local blocks = require "support.documented"
local copydata = require "support.copydata"
local frames = require "support.frames"
local hex = require "spec.msgpack.hex"
local recorder = require "support.recorder"
local window = require "support.window"
require "support.tidy"(before_each, after_each)

local msgpack = copydata.msgpack
local ACCEPTED, ABSENT, MPK1 = frames.ACCEPTED, frames.ABSENT, frames.MPK1

local CHANNEL = "editor" -- the document's

-- What each means.
local time = msgpack.timestamp(1767225600, 500000000)
local values = {
  notification = { 2, CHANNEL, { { file = "main.lua" }, time } },
  retained = { 2, CHANNEL, { { volume = 7 }, time, { retained = true } } },
  request = { 0, 7, CHANNEL, { { 1, 2, 3 } } },
  response = msgpack.array { 1, 7, nil, 6 },
  failure = msgpack.array {
    1, 7, { message = "expected a list of integers", name = "BAD_REQUEST" }, msgpack.null,
  },
  ["first piece"] = { 3, 5, 1, 2, 23, msgpack.bin(blocks["first piece"]:sub(-16)) },
  ["second piece"] = { 3, 5, 2, 2, 23, msgpack.bin(blocks["second piece"]:sub(-7)) },
}

describe("the bytes in docs/protocol.md", function()
  local function deliver(hwnd, name, sender)
    return window.copydata(hwnd, MPK1, assert(blocks[name], name), sender or 0, 5)
  end

  it("are what the codec makes of the same values", function()
    local count = 0
    for name, bytes in pairs(blocks) do
      if values[name] then
        assert.equal(hex.of(msgpack.encode(values[name], { sorted = true })), hex.of(bytes), name)
      end
      count = count + 1
    end
    assert.equal(10, count)
    local first, at = msgpack.decode(blocks.several, { first = 1 })
    assert.same({ 2, "editor", { 1 } }, first)
    assert.same({ 2, "log", { "hi" } }, (msgpack.decode(blocks.several, { first = at })))
    assert.same({ 2, CHANNEL, { "hello, world" } },
      (msgpack.decode(blocks["first piece"]:sub(-16) .. blocks["second piece"]:sub(-7))))
  end)

  it("of a proof are those that the specs use", function()
    local frame = "\x93\x02\xa6editor\x91\x01"
    local nonce = 0x0123456789abcdef
    assert.equal(hex.of("\x93\x04\xcf" .. string.pack(">i8", nonce) .. "\0" .. frame),
      hex.of(blocks.asking))
    assert.equal(hex.of(frames.proof(nonce, 0xfedcba9876543210) .. frame), hex.of(blocks.proven))
  end)

  it("of a proof get their sender past a guard", function()
    local stranger <close> = recorder("copydata.endpoint", ACCEPTED)
    local endpoint <close> = copydata.new()
    local proven
    local channel = endpoint:channel(CHANNEL, {
      accept = function(peer)
        proven = peer.proven
        return true
      end,
    })
    assert.equal(frames.UNPROVEN, deliver(endpoint:hwnd(), "asking", stranger:hwnd()))
    local posted = stranger:tokens()
    assert.equal(1, #posted)
    assert.equal(endpoint:hwnd(), posted[1][1])
    assert.equal(0x89abcdef, posted[1][2])
    assert.equal(frames.UNPROVEN, deliver(endpoint:hwnd(), "proven", stranger:hwnd()))
    local token = string.pack(">i8", posted[1][3])
    local bytes = blocks.proven:gsub("\xfe\xdc\xba\x98vT2\x10", (token:gsub("%%", "%%%%")))
    assert.equal(frames.BUSY, window.copydata(endpoint:hwnd(), MPK1, bytes, stranger:hwnd(), 5))
    copydata.poll(0)
    assert.is_true(proven)
    assert.equal(ACCEPTED, window.copydata(endpoint:hwnd(), MPK1, bytes, stranger:hwnd(), 5))
    assert.equal(1, channel:receive(0).data)
  end)

  it("of a notification are what copydata sends, except for the time", function()
    local stranger <close> = recorder("copydata.endpoint", ACCEPTED)
    local endpoint <close> = copydata.new()
    window.set_property(stranger:hwnd(), "copydata:" .. CHANNEL, 1)
    local channel = endpoint:channel(CHANNEL, { listen = false })
    assert.is_true(channel:send_to(stranger:hwnd(), { file = "main.lua" }))
    local tag, _, bytes = stranger:newest()
    assert.equal(MPK1, tag)
    assert.equal(hex.of(blocks.notification:sub(1, -9)), hex.of(bytes:sub(1, -9)))
  end)

  it("are accepted, one message or several", function()
    local endpoint <close> = copydata.new()
    local channel = endpoint:channel(CHANNEL)
    assert.equal(ACCEPTED, deliver(endpoint:hwnd(), "notification"))
    local message = assert(channel:receive(0))
    assert.same({ file = "main.lua" }, message.data)
    assert.equal(1767225600.5, message.sent)
    assert.is_nil(message.retained)
    assert.equal(ACCEPTED, deliver(endpoint:hwnd(), "retained"))
    message = assert(channel:receive(0))
    assert.same({ { volume = 7 }, 1767225600.5, true },
      { message.data, message.sent, message.retained })

    assert.equal(ABSENT, deliver(endpoint:hwnd(), "several"))
    local log = endpoint:channel "log"
    assert.equal(ACCEPTED, deliver(endpoint:hwnd(), "several"))
    assert.equal(1, channel:receive(0).data)
    assert.equal("hi", log:receive(0).data)
  end)

  it("of a request are answered by those of a response", function()
    local endpoint <close> = copydata.new()
    local channel = endpoint:channel(CHANNEL)
    local stranger <close> = recorder("copydata.endpoint", ACCEPTED)
    channel:serve(function(data) return data[1] + data[2] + data[3] end)
    assert.equal(ACCEPTED, deliver(endpoint:hwnd(), "request", stranger:hwnd()))
    copydata.poll(0)
    local _, sender, bytes = stranger:newest()
    assert.equal(endpoint:hwnd(), sender)
    assert.equal(hex.of(blocks.response), hex.of(bytes))

    channel:serve(function() return nil, "expected a list of integers", "BAD_REQUEST" end)
    assert.equal(ACCEPTED, deliver(endpoint:hwnd(), "request", stranger:hwnd()))
    copydata.poll(0)
    _, _, bytes = stranger:newest()
    assert.same(msgpack.decode(blocks.failure), msgpack.decode(bytes)) -- in any order of the map
  end)

  it("of a request are what copydata sends, except for number and time", function()
    local stranger <close> = recorder("copydata.endpoint", ACCEPTED)
    local endpoint <close> = copydata.new()
    window.set_property(stranger:hwnd(), "copydata:" .. CHANNEL, 1)
    local options = { to = stranger:hwnd(), timeout = 0.1 }
    assert.equal("TIMEOUT", select(3, endpoint:request(CHANNEL, { 1, 2, 3 }, options)))
    local _, _, bytes = stranger:newest()
    local sent = msgpack.decode(bytes)
    sent[2], sent[4][2] = 7, nil
    assert.same(msgpack.decode(blocks.request), sent)
  end)

  it("of two pieces are one message", function()
    local endpoint <close> = copydata.new()
    local channel = endpoint:channel(CHANNEL)
    local stranger <close> = recorder("copydata.endpoint", ACCEPTED)
    for _, name in ipairs { "first piece", "second piece" } do
      assert.is_nil((channel:receive(0)))
      assert.equal(ACCEPTED, deliver(endpoint:hwnd(), name, stranger:hwnd()))
    end
    assert.equal("hello, world", channel:receive(0).data)
  end)
end)
