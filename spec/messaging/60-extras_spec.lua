-- SPDX-License-Identifier: MIT

-- What a message carries beside body and time.
local copydata = require "support.copydata"
local frames = require "support.frames"
local recorder = require "support.recorder"
local unique = require "support.unique"
local window = require "support.window"
require "support.tidy"(before_each, after_each)

local ACCEPTED, MALFORMED = frames.ACCEPTED, frames.MALFORMED
local encode = copydata.msgpack.encode
local NO_TIME = "\xc0"

-- What a message with these bytes as extras reports; nil if it is malformed.
local function said(answer, channel, bytes)
  local verdict = answer(frames.notification(channel.name, "\x2a", NO_TIME .. bytes, 2))
  if verdict == MALFORMED then
    return nil
  end
  assert.equal(ACCEPTED, verdict)
  local message = assert(channel:receive(0))
  assert.equal(42, message.data)
  return { retained = message.retained, origin = message.origin, via = message.via }
end

describe("extras that arrive", function()
  it("are in the message, for receive, handlers and requests", function()
    local endpoint <close>, channel, answer = frames.receiver() -- luacheck: ignore endpoint
    local extras = {
      retained = true, via = { "north", "south" },
      origin = { desktop = "D", exe = "C:\\a.exe", user = "U" },
    }
    assert.same(extras, said(answer, channel, encode(extras)))
    assert.same({ origin = {}, via = {} },
      said(answer, channel, encode { origin = copydata.msgpack.map {}, via = {} }))
    assert.same({}, said(answer, channel, "\x80"))

    local stranger <close> = recorder("copydata.endpoint", ACCEPTED)
    local got = {}
    local function keep(_, message)
      table.insert(got, { retained = message.retained, origin = message.origin, via = message.via })
    end
    channel:on(keep)
    channel:serve(keep)
    local tail = "\x93\x2a" .. NO_TIME .. encode(extras)
    local name = frames.str(channel.name)
    assert.equal(ACCEPTED, answer("\x93\x02" .. name .. tail))
    assert.equal(ACCEPTED, answer("\x94\x00\x07" .. name .. tail, stranger:hwnd()))
    assert.equal(2, copydata.poll(0))
    assert.same({ extras, extras }, got)
  end)

  it("that are unknown or of a wrong type are ignored", function()
    local endpoint <close>, channel, answer = frames.receiver() -- luacheck: ignore endpoint
    local bin = copydata.msgpack.bin
    local nothing = {
      ["another key"] = encode { later = { 1, 2 } },
      ["keys that are no str"] = "\x83\x01\xc3\xc4\x08retained\xc3\x90\xc3",
      ["an array"] = encode { true, "retained" },
      ["nil"] = "\xc0",
      ["a number"] = "\x01",
      ["a text"] = encode "retained",
      ["an ext that nobody registered"] = "\xd4\x01\x00",
      ["retained as a number"] = encode { retained = 1 },
      ["retained as false"] = encode { retained = false },
      ["origin as a text"] = encode { origin = "D" },
      ["origin as an array"] = encode { origin = { "D" } },
      ["origin that is too long"] = encode { origin = { desktop = ("x"):rep(65536) } },
      ["via as a map"] = encode { via = { north = 1 } },
      ["via as a text"] = encode { via = "north" },
      ["via with a number"] = encode { via = { "north", 1 } },
      ["via with bytes"] = encode { via = { "north", bin "south" } },
      ["via that is too long"] = encode { via = { ("x"):rep(65536) } },
      ["via of too many"] = "\x81\xa3via\xdd" .. string.pack(">I4", 70000) .. ("\xa0"):rep(70000),
    }
    for what, bytes in pairs(nothing) do
      assert.same({}, said(answer, channel, bytes), what)
    end
    assert.same({ origin = { user = "U" } },
      said(answer, channel, encode { origin = { desktop = 7, exe = bin "e", user = "U", x = 1 } }))
    assert.same({ retained = true, via = { "north" } },
      said(answer, channel, encode { retained = true, via = { "north" }, origin = 1, x = {} }))
    -- Given twice: the last well-formed one counts.
    assert.same({ retained = true, via = { "b" } }, said(answer, channel,
      "\x85\xa8retained\xc3\xa3via\x91\xa1a\xa3via\x91\xa1b\xa3via\x01\xa8retained\x07"))
    local longest = { "", ("x"):rep(65536 - 7), "" }
    assert.same({ via = longest }, said(answer, channel, encode { via = longest }))
    assert.same({ retained = true }, said(answer, channel, encode { retained = true }))
  end)

  it("are malformed if they are not MessagePack, or cut anywhere", function()
    local endpoint <close>, channel, answer = frames.receiver() -- luacheck: ignore endpoint
    local bad = {
      ["never used byte"] = "\xc1",
      ["map of four billion"] = "\xdf\xff\xff\xff\xff",
      ["nil key"] = "\x81\xc0\xc3",
      ["via of four billion"] = "\x81\xa3via\xdd\xff\xff\xff\xff",
      ["too deep"] = "\x81\xa3via" .. ("\x91"):rep(129) .. "\xa0",
    }
    for what, bytes in pairs(bad) do
      assert.is_nil(said(answer, channel, bytes), what)
    end
    local whole = encode {
      retained = true, origin = { desktop = "D" }, via = { "north", "south" },
    }
    for size = 0, #whole - 1 do
      assert.is_nil(said(answer, channel, whole:sub(1, size)), size)
    end
    assert.is_true(said(answer, channel, whole).retained)
  end)

  it("count as bytes of the message", function()
    local endpoint <close>, channel, answer = -- luacheck: ignore endpoint
      frames.receiver { max_message = 10000 }
    local function padded(size)
      return frames.notification(channel.name, "\x2a", NO_TIME .. encode { pad = ("x"):rep(size) },
        2)
    end
    assert.equal(ACCEPTED, answer(padded(10000)))
    assert.equal(frames.TOO_LARGE, answer(padded(12000)))
    assert.equal(42, channel:receive(0).data)
  end)
end)

describe("extras that are sent", function()
  it("are the third element of the inner array, in each way of sending", function()
    local extras = { retained = true, origin = { exe = "e" }, via = { "north" } }
    local name = unique "x"
    local stranger <close> = recorder("copydata.endpoint", ACCEPTED)
    local endpoint <close> = copydata.new { timeout = 0.1 }
    window.set_property(stranger:hwnd(), "copydata:" .. name, 1)
    local function sent()
      local _, _, bytes = stranger:newest()
      local message = copydata.msgpack.decode(bytes)
      local content = message[#message]
      return #message, content[1], content[3], #content
    end
    -- As bridges send: with an option that scripts do not have.
    local outgoing = endpoint._outgoing
    local options = { deadline = math.huge, extras = extras }
    assert.equal(1, (outgoing:send(name, 1, options)))
    assert.same({ 3, 1, extras, 3 }, { sent() })
    assert.is_true((outgoing:send_to(name, stranger:hwnd(), nil, 2, options)))
    assert.same({ 3, 2, extras, 3 }, { sent() })
    outgoing:post(name, 3, extras)
    endpoint:flush()
    assert.same({ 3, 3, extras, 3 }, { sent() })
    options.deadline = 0
    assert.equal("TIMEOUT", select(3, endpoint._ask:request(name, 4, options)))
    assert.same({ 4, 4, extras, 3 }, { sent() })
    assert.equal(1, (endpoint:send(name, 5)))
    assert.same({ 3, 5, nil, 2 }, { sent() })
    assert.has_error(function() endpoint:send(name, 6, { extras = extras }) end)
  end)

  it("arrive unchanged", function()
    local name = unique "x"
    local endpoint <close> = copydata.new()
    local extras = { retained = true, origin = { user = "U" }, via = { "north", "south" } }
    local other <close> = copydata.new()
    local channel = other:channel(name)
    local options = { deadline = math.huge, extras = extras }
    assert.equal(1, (endpoint._outgoing:send(name, ("x"):rep(600000), options))) -- in pieces
    local message = channel:receive(5)
    assert.equal(600000, #message.data)
    assert.same(extras, { retained = message.retained, origin = message.origin, via = message.via })
  end)
end)
