-- SPDX-License-Identifier: MIT
local children = require "support.children"
local closing = require "support.closing"
local copydata = require "support.copydata"
local unique = require "support.unique"
require "support.tidy"(before_each, after_each)

-- A nested table with every type of MessagePack.
local function everything()
  return {
    text = "Grüße, \u{1F600}",
    bytes = "\0\xff\xfe",
    empty = "",
    long = ("x"):rep(70000),
    yes = true,
    no = false,
    small = 1,
    negative = -129,
    largest = math.maxinteger,
    smallest = math.mininteger,
    float = 0.1,
    whole = 3.0,
    infinity = math.huge,
    list = { 1, 2, { 3, { 4, "five" } } },
    [1] = "one",
    [-7] = "minus seven",
    [2.5] = "two and a half",
    [true] = "yes",
    map = { a = { b = { c = { d = {} } } } },
  }
end

describe("an exchange", function()
  local name, endpoint

  before_each(function() name, endpoint = unique(), copydata.new() end)
  after_each(function() endpoint:close() end)

  it("carries nested tables of every type there and back", function()
    local child <close> = children.join(name)
    local channel = endpoint:channel(name)
    child:begin [[
      local message = assert(channel:receive(10))
      return channel:send_to(message.sender, { echo = message.data })
    ]]
    assert.equal(1, (channel:send(everything())))
    local message = assert(channel:receive(10))
    assert.is_true(child:result())
    assert.same({ echo = everything() }, message.data)
    assert.equal("integer", math.type(message.data.echo.small))
    assert.equal("float", math.type(message.data.echo.whole))
  end)

  it("carries values that are not tables, including nil", function()
    local one <close> = copydata.new()
    local other <close> = copydata.new()
    local channel = other:channel(name)
    for _, value in ipairs { "text", 1, 1.5, true, false, "" } do
      one:send(name, value)
      local data = channel:receive(5).data
      assert.equal(value, data)
      assert.equal(math.type(value), math.type(data))
    end
    one:send(name, nil)
    local message = channel:receive(5)
    assert.is_nil(message.data)
    assert.equal(name, message.channel)
  end)

  it("reports channel, sender and times", function()
    local child <close> = children.join(name)
    local channel = endpoint:channel(name)
    local started = os.time()
    child:begin "return channel:send 'hello'"
    local message = assert(channel:receive(10))
    assert.equal(1, (child:result()))
    assert.equal(name, message.channel)
    assert.equal(child.pid, message.sender.pid)
    assert.equal(child:hwnd(), message.sender.hwnd)
    assert.matches("lua[^/\\]*%.exe$", message.sender.exe)
    assert.equal("float", math.type(message.sent))
    assert.is_true(message.sent >= started and message.sent <= os.time() + 1)
    assert.is_true(message.received >= message.sent)
    assert.is_true(message.received <= os.time() + 1)
  end)

  it("still identifies a sender that has ended", function()
    local channel = endpoint:channel(name)
    local child <close> = children.start()
    child:begin("return copydata.send(..., 'goodbye')", name)
    assert.is_nil((endpoint:joined(unique "nobody")))
    assert.equal(1, (child:result()))
    local pid = child.pid
    child:finish()
    local message = assert(channel:receive(0))
    assert.equal(pid, message.sender.pid)
    assert.matches("lua[^/\\]*%.exe$", message.sender.exe)
  end)

  for _, count in ipairs { 0, 1, 5 } do
    it(("counts %d recipients"):format(count), function()
      local peers <close> = closing {}
      for i = 1, count do
        peers[i] = children.join(name)
      end
      for _, child in ipairs(peers) do
        child:begin "return assert(channel:receive(10)).data"
      end
      local recipients, failures = endpoint:send(name, { number = count })
      assert.equal(count, recipients)
      assert.same({}, failures)
      for _, child in ipairs(peers) do
        assert.same({ number = count }, (child:result()))
      end
    end)
  end

  it("keeps the channels of an endpoint apart", function()
    local a, b = unique "a", unique "b"
    local child <close> = children.start()
    child:run("a, b = copydata.channel((...)), copydata.channel((select(2, ...)))", a, b)
    child:begin [[
      local list = {}
      for i = 1, 2 do list[#list + 1] = assert(b:receive(10)).data end
      for i = 1, 2 do list[#list + 1] = assert(a:receive(10)).data end
      return list
    ]]
    for i = 1, 2 do
      assert.equal(1, (endpoint:send(a, "a" .. i)))
      assert.equal(1, (endpoint:send(b, "b" .. i)))
    end
    assert.same({ "b1", "b2", "a1", "a2" }, (child:result()))
  end)

  it("keeps a sender's order across its channels", function()
    local a, b = unique "a", unique "b"
    local one <close> = copydata.new()
    local other <close> = copydata.new()
    local got = {}
    local function handler(data)
      got[#got + 1] = data
    end
    other:channel(a):on(handler)
    other:channel(b):on(handler)
    for i = 1, 100 do
      one:send(i % 3 == 0 and a or b, i)
    end
    assert.equal(100, copydata.poll(5))
    for i = 1, 100 do
      assert.equal(i, got[i])
    end
  end)

  it("reaches the other peers when one fails, and reports that one", function()
    local frozen <close> = children.join(name)
    local well <close> = children.join(name)
    local last <close> = children.join(name)
    local hwnd = frozen:hwnd()
    well:begin "return assert(channel:receive(10)).data"
    last:begin "return assert(channel:receive(10)).data"
    frozen.process:suspend()
    local recipients, failures = endpoint:send(name, "news", { timeout = 0.3 })
    assert.equal(2, recipients)
    assert.equal(1, #failures)
    assert.equal("TIMEOUT", failures[1].code)
    assert.matches("outcome unknown", failures[1].message)
    assert.equal(hwnd, failures[1].peer.hwnd)
    assert.equal(frozen.pid, failures[1].peer.pid)
    assert.equal("news", (well:result()))
    assert.equal("news", (last:result()))
  end)

  it("with a dead peer fails as GONE", function()
    local child <close> = children.join(name)
    local channel = endpoint:channel(name)
    local peer = channel:peers()[1]
    child:kill()
    local ok, message, code = channel:send_to(peer, "hello?")
    assert.is_nil(ok)
    assert.equal("GONE", code)
    assert.matches("^GONE: ", message)
  end)

  it("with a peer that dies while it has the message fails as GONE", function()
    local child <close> = children.join(name)
    child.process:suspend() -- the message waits for it
    local killer <close> = children.start()
    killer:begin([[
      local process = require "support.process"
      return process.terminate(..., 0.2)
    ]], child.pid)
    local recipients, failures = endpoint:send(name, "last words", { timeout = 10 })
    assert.is_true(killer:result())
    assert.equal(0, recipients)
    assert.equal("GONE", failures[1].code)
  end)

  it("with a peer that has just left fails as ABSENT", function()
    local one <close> = copydata.new()
    local other <close> = copydata.new()
    local channel = one:channel(name)
    other:channel(name):close()
    local ok, message, code = channel:send_to(other:hwnd(), 1)
    assert.is_nil(ok)
    assert.equal("ABSENT", code)
    assert.matches("^ABSENT: ", message)
  end)

  it("raises for what cannot be encoded, before any peer gets it", function()
    local one <close> = copydata.new()
    local other <close> = copydata.new()
    local channel = other:channel(name)
    local ok, message = pcall(one.send, one, name, { items = { 1, print } })
    assert.is_false(ok)
    assert.matches("cannot encode a function at %.items%[2%]", message)
    local cycle = {}
    cycle.self = cycle
    ok, message = pcall(one.send, one, name, cycle)
    assert.is_false(ok)
    assert.matches("cycle", message)
    assert.is_nil((channel:receive(0)))
    assert.equal(1, (one:send(name, "still fine")))
    assert.equal("still fine", channel:receive(5).data)
  end)

  it("does not deadlock when all peers send at once", function()
    local count, rounds = 3, 200
    local all <close> = closing {}
    for i = 1, count do
      all[i] = children.join(name)
    end
    for _, child in ipairs(all) do
      child:begin([[
        local rounds, expected = ...
        local got, lost = {}, 0
        channel:on(function(data, message)
          local from = message.sender.hwnd
          assert(data == (got[from] or 0) + 1, "order")
          got[from] = data
        end)
        for i = 1, rounds do
          local recipients, failures = channel:send(i, { timeout = 10 })
          lost = lost + #failures
        end
        local total
        repeat
          copydata.poll(10)
          total = 0
          for _, n in pairs(got) do total = total + n end
        until total == expected
        return lost, total
      ]], rounds, rounds * (count - 1))
    end
    for _, child in ipairs(all) do
      local lost, total = child:result()
      assert.equal(0, lost)
      assert.equal(rounds * (count - 1), total)
    end
  end)
end)
