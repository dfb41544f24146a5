-- SPDX-License-Identifier: MIT

-- Messages between 32-bit and 64-bit programs: the children have the other width. The suite x86
-- runs this spec in both. Nothing is sent within a process: what a 32-bit one sends to itself
-- arrives as nonsense under Wine 8.
local children = require "support.children"
local copydata = require "support.copydata"
local unique = require "support.unique"

local PATIENCE = 60 -- seconds
local LARGE = 10 * 1024 * 1024 -- bytes
local MANY = 2000
local TAG = 0xFEDCBA98

local VALUE = {
  1, -1, 255, 65536, 0xFFFFFFFF, -0x80000000, math.maxinteger, math.mininteger, 1.5, -0.0,
  math.huge, "text", "\0\xff", true, false, { { { "deep" } } }, { a = 1, [2] = "b", [1.5] = {} },
}

local function bits()
  return string.packsize "T" * 8
end

describe("32-bit and 64-bit programs", function()
  local name, child, channel

  before_each(function()
    name = unique()
    child = children.join(name)
    channel = assert(copydata.channel(name))
  end)

  after_each(function()
    channel:close()
    child:close()
  end)

  require "support.tidy"(before_each, after_each) -- here, for the default endpoint stays open

  it("have two widths", function()
    assert.equal(96, bits() + child:run "return string.packsize('T') * 8")
  end)

  it("find each other, and notice peers that join", function()
    assert.equal(child.pid, channel:peers()[1].pid)
    local hwnd, counter = child:run [[
      return channel:peers()[1].hwnd, channel._endpoint._window:membership()
    ]]
    assert.equal(copydata.hwnd(), hwnd)
    copydata.channel(unique()):close()
    assert.is_true(child:run "return channel._endpoint._window:membership()" > counter)
  end)

  it("pass a guard, which sees them as unproven", function()
    local asked = {}
    channel:guard(function(peer)
      asked[#asked + 1] = { peer.pid, peer.proven }
      return true
    end)
    child:begin "return channel:send('guarded', { timeout = 20 })"
    assert.equal("guarded", channel:receive(PATIENCE).data)
    assert.equal(1, (child:result()))
    assert.same({ { child.pid, false } }, asked)
  end)

  it("exchange values, large ones too, in both directions", function()
    for _, value in ipairs { VALUE, { ("x"):rep(LARGE), "end" } } do
      child:begin [[
        local message = channel:receive(20)
        return channel:send_to(message.sender, message.data, { timeout = 20 })
      ]]
      local recipients, failures = channel:send(value, { timeout = PATIENCE })
      assert.same({}, failures)
      assert.equal(1, recipients)
      local message = channel:receive(PATIENCE)
      assert.same(value, message.data)
      assert.equal(child.pid, message.sender.pid)
      assert.is_true(child:result())
    end
  end)

  it("exchange many small messages in order", function()
    child:begin([[
      for i = 1, ... do
        assert(channel:receive(20).data == i)
        channel:post(-i)
      end
      return copydata.flush()
    ]], MANY)
    for i = 1, MANY do
      channel:post(i)
    end
    copydata.flush()
    for i = 1, MANY do
      assert.equal(-i, channel:receive(PATIENCE).data)
    end
    child:result()
  end)

  local SERVE = [[
    channel:serve(function(data)
      if data == "fail" then
        error "on purpose"
      end
      return { data, #data }
    end)
  ]]

  local ASK = [[
    local channel = ...
    local large = channel:request(("x"):rep(10485760), { timeout = 20 })
    local small = channel:request("small", { timeout = 20 })
    local _, _, code, details = channel:request("fail", { timeout = 20 })
    return #large[1], large[2], small[1], code, details.message
  ]]

  local function check(length, counted, small, code, message)
    assert.same({ LARGE, LARGE, "small", "REMOTE" }, { length, counted, small, code })
    assert.matches("on purpose", message)
  end

  it("send each other requests", function()
    child:begin(SERVE .. "copydata.run()")
    check(load(ASK)(channel))
    child:kill()
  end)

  it("send each other requests, the other way around", function()
    local over = false
    load("local channel = ... " .. SERVE)(channel)
    channel:on(function() over = true end)
    child:begin(("local results = table.pack((function(...) %s end)(channel)) channel:send 'over' "
      .. "return table.unpack(results)"):format(ASK))
    while not over do
      assert.is_true(copydata.poll(PATIENCE) > 0)
    end
    check(child:result())
  end)

  it("send each other raw messages, with 32 bits", function()
    local function handler(bytes, message)
      assert.same({ "bytes", TAG }, { bytes, message.tag })
    end
    local hwnd = child:hwnd()
    for _, answer in ipairs { 0, 7, -1, 0x7FFFFFFF, -0x80000000 } do
      local taken = copydata.raw.on(handler, { result = answer })
      child:begin("return copydata.raw.send(...)", copydata.hwnd(), TAG, "bytes")
      assert.equal(1, copydata.poll(PATIENCE))
      assert.equal(answer, child:result())
      taken:close()

      child:begin([[
        local got
        local function handler(bytes, message) got = { bytes, message.tag } end
        local taken <close> = copydata.raw.on(handler, { result = ... })
        say "ready"
        copydata.poll(20)
        return table.unpack(got)
      ]], answer)
      child:said()
      assert.equal(answer, copydata.raw.send(hwnd, TAG, "bytes"))
      assert.same({ "bytes", TAG }, { child:result() })
    end
  end)
end)
