-- SPDX-License-Identifier: MIT
local bridge = require "support.bridge"
local desk = require "support.desk"
local native = require "support.native"
local redis_server = require "support.redis_server"

describe("copydata bridge", function()
  local server, one, two

  before_each(function()
    server, one, two = redis_server.start(), desk.start(1), desk.start(2)
    bridge.join("talk", one, two)
  end)

  bridge.tidy(after_each)

  it("carries a channel both ways, and tells where a message comes from", function()
    bridge.start(1, server:url(), "--channel", "talk")
    bridge.start(2, server:url(), "--channel", "talk")
    assert.equal(1, (one:run "return channel:send { from = 'one' }"))
    assert.same({ { from = "one" } }, bridge.take(two, 1))
    assert.equal(1, (two:run "return channel:send { from = 'two' }"))
    two:run "assert(channel:send 'again')"
    local origin, exe = one:run [[
      local message = assert(channel:receive(20))
      assert(message.data.from == "two")
      return { desktop = message.origin.desktop, exe = message.origin.exe,
        user = message.origin.user }, message.sender.exe]]
    assert.equal("desk2", origin.desktop)
    assert.matches("lua%.exe$", origin.exe)
    assert.is_string(origin.user)
    assert.matches("lua%.exe$", exe) -- the bridge's
    assert.same({ "again" }, bridge.take(one, 1))
  end)

  it("keeps the order, and what programs of one desktop say to each other", function()
    local COUNT = 3000
    bridge.start(1, server:url(), "--channel", "talk")
    bridge.start(2, server:url(), "--channel", "talk")
    local beside = desk.start(1)
    bridge.join("talk", beside)
    one:begin([[
      for i = 1, ... do
        if i % 100 == 0 then assert(channel:send(i)) else channel:post(i) end
      end]], COUNT)
    local expected = {}
    for i = 1, COUNT do
      expected[i] = i
    end
    assert.same(expected, bridge.take(two, COUNT))
    assert.same(expected, bridge.take(beside, COUNT)) -- once, not by the bridge too
    one:result()
    assert.same({}, bridge.rest(two, one))
    assert.same({}, bridge.rest(one, two))
  end)

  it("carries every type of value", function()
    bridge.start(1, server:url(), "--channel", "talk")
    bridge.start(2, server:url(), "--channel", "talk")
    local VALUES = [[
      local msgpack = copydata.msgpack
      local values = {
        false, true, 0, -1, math.maxinteger, math.mininteger, 0.0, -0.0, 1.5, 1 / 0, -1 / 0,
        "", "text", "\u{20AC} \0 \xFF", ("x"):rep(100000), {}, { 1, 2, 3 },
        { a = { b = { c = 1 } } },
        { [1] = "a", [3] = "c", x = "mixed" }, { [1.5] = 1, [false] = 2 }, msgpack.null,
        msgpack.array {}, msgpack.map {}, msgpack.map { 1, 2 }, { msgpack.null, 1 },
        msgpack.timestamp(1767225600.5), msgpack.timestamp(-1), msgpack.bin "\1\2\3",
        msgpack.ext(5, "five"), msgpack.uint64 "18446744073709551615",
        { nested = { msgpack.bin "x" } },
      }
      local options = { sorted = true }
      ]]
    two:begin(VALUES .. [[
      for i, value in ipairs(values) do
        local message = assert(channel:receive(20))
        local got = msgpack.encode(message.data, options)
        local expected = msgpack.encode(msgpack.decode(msgpack.encode(value)), options)
        assert(got == expected, ("value %d: %q"):format(i, got:sub(1, 100)))
      end
      assert(channel:receive(20).data == nil)
      return #values]])
    local count = one:run(VALUES .. [[
      for _, value in ipairs(values) do assert(channel:send(value) == 1) end
      assert(channel:send(nil) == 1)
      return #values]])
    assert.equal(count, two:result())
  end)

  it("carries values byte for byte, with the time when they were sent", function()
    bridge.start(1, server:url(), "--channel", "talk")
    bridge.start(2, server:url(), "--channel", "talk")
    local VALUES = [[
      local values = {
        "\xC4\4text", "\xCA\x3F\xC0\0\0", "\xDC\0\1\xD2\0\0\0\1",
        "\xDF\0\0\0\1\xA1a\xD3" .. ("\0"):rep(8),
      }
      ]]
    two:begin(VALUES .. [[
      local endpoint <close> = assert(copydata.new())
      endpoint._intake.packed = true
      local channel = assert(endpoint:channel "talk")
      say "ready"
      local earliest = ...
      for _, value in ipairs(values) do
        local message = assert(channel:receive(20))
        assert(message.data == value, ("%q"):format(message.data))
        assert(message.sent >= earliest and message.sent <= message.received)
        earliest = message.sent
      end]], native.seconds())
    two:said()
    one:run(VALUES .. [[
      local core = require "copydata.core"
      for _, value in ipairs(values) do assert(channel:send(core.packed(value)) == 1) end]])
    two:result()
  end)

  it("carries the other way only what --in and --out let pass", function()
    bridge.start(1, server:url(), "--out", "talk")
    bridge.start(2, server:url(), "--in", "talk")
    assert.equal(0, (two:run "return channel:send 'nobody hears it'"))
    assert.equal(1, (one:run "return channel:send 'this way'"))
    assert.same({ "this way" }, bridge.take(two, 1))
    assert.equal("TIMEOUT", (one:run "return select(3, channel:receive(0.2))"))
  end)

  it("finds a channel of another name, and keeps prefixes apart", function()
    bridge.start(1, server:url(), "--channel", "talk=common", "--prefix", "a")
    bridge.start(2, server:url(), "--channel", "talk", "--prefix", "a")
    local three = desk.start(3)
    local third = bridge.start(3, server:url(), "--channel", "speech=common",
      "--prefix", "a")
    bridge.join("speech", three)
    one:run "assert(channel:send 'hello')"
    assert.same({ "hello" }, bridge.take(three, 1))
    third:signal "INT"
    assert.equal(0, third:wait())
    bridge.start(3, server:url(), "--channel", "speech=common",
      "--prefix", "b")
    one:run "assert(channel:send 'elsewhere')"
    three:run "assert(channel:send 'nobody')"
    assert.equal("TIMEOUT", (three:run "return select(3, channel:receive(0.3))"))
    assert.equal("TIMEOUT", (two:run "return select(3, channel:receive(0))"))
  end)

  it("carries a message to three desktops, once to each", function()
    for number = 1, 3 do
      bridge.start(number, server:url(), "--channel", "talk")
    end
    local three = desk.start(3)
    bridge.join("talk", three)
    local programs = { one, two, three }
    for _, program in ipairs(programs) do
      program:run "assert(channel:send 'from each' == 1)"
    end
    for _, program in ipairs(programs) do
      assert.same({ "from each", "from each" }, bridge.take(program, 2))
    end
    for i, program in ipairs(programs) do
      assert.same({}, bridge.rest(program, programs[i % 3 + 1]))
      bridge.take(programs[(i + 1) % 3 + 1], 1)
    end
  end)

  it("carries large messages, and refuses those that are too large", function()
    bridge.start(1, server:url(), "--channel", "talk", "--max-message", "3M")
    bridge.start(2, server:url(), "--channel", "talk", "--max-message", "3M")
    two:begin "local data = channel:receive(20).data return #data, data:sub(-3)"
    assert.equal(1, (one:run "return channel:send(('x'):rep(3000000) .. 'end')"))
    assert.same({ 3000003, "end" }, { two:result() })
    assert.same({ 0, "TOO_LARGE" }, { one:run [[
      local count, failures = channel:send(('x'):rep(4000000))
      return count, failures[1].code]] })
    one:run "assert(channel:send 'still')"
    assert.same({ "still" }, bridge.take(two, 1))
  end)
end)
