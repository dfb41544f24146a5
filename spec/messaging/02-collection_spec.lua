-- SPDX-License-Identifier: MIT
local copydata = require "support.copydata"
local process = require "support.process"
local unique = require "support.unique"
local window = require "support.window"
require "support.tidy"(before_each, after_each)

local function names(channels)
  local list = {}
  for i, channel in ipairs(channels) do
    list[i] = channel.name
  end
  return list
end

describe("an endpoint's channels", function()
  it("are added, looked up, listed and removed", function()
    local endpoint <close> = copydata.new()
    local a, b, c = unique "a", unique "b", unique "c"
    assert.same({}, endpoint:joined())

    local first = endpoint:channel(a)
    local second = endpoint:channel(b)
    local third = endpoint:channel(c)
    assert.same({ a, b, c }, names(endpoint:joined()))
    assert.equal(second, endpoint:joined(b:upper()))

    second:close()
    assert.is_nil(endpoint:joined(b))
    assert.same({ a, c }, names(endpoint:joined()))
    assert.equal(first, endpoint:joined(a))
    assert.equal(third, endpoint:joined(c))
  end)

  it("are joined once", function()
    local endpoint <close> = copydata.new()
    local name = unique()
    local channel = endpoint:channel(name)
    local ok, message = pcall(endpoint.channel, endpoint, name:upper())
    assert.is_false(ok)
    assert.matches("already on channel", message)
    assert.matches("joined%(name%)", message)

    channel:close()
    assert.truthy(endpoint:channel(name))
  end)

  it("can be joined while some channels that were left are collected and others are not", function()
    local endpoint <close> = copydata.new()
    local left = {}
    for i = 1, 8 do
      left[i] = endpoint:channel(unique())
      left[i]:close()
    end
    for i = 1, 6 do
      left[i] = nil
    end
    collectgarbage()
    collectgarbage()
    for _, name in ipairs { unique(), left[8].name } do
      assert.equal(name, assert(endpoint:channel(name)).name)
    end
  end)

  it("can be joined again after the script has dropped them", function()
    local endpoint <close> = copydata.new()
    local name = unique()
    collectgarbage "stop"
    endpoint:channel(name)
    assert.truthy(endpoint:channel(name))
    collectgarbage "restart"
  end)

  it("are left by <close>", function()
    local endpoint <close> = copydata.new()
    local name = unique()
    do
      local channel <close> = endpoint:channel(name)
      assert.equal(1, window.property(endpoint:hwnd(), "copydata:" .. channel.name))
    end
    assert.equal(0, window.property(endpoint:hwnd(), "copydata:" .. name))
  end)

  it("are left by the collector, unless they have a handler", function()
    local endpoint <close> = copydata.new()
    local dropped, handled = unique "dropped", unique "handled"
    endpoint:channel(dropped)
    endpoint:channel(handled):on(function() end)
    collectgarbage()
    assert.equal(0, window.property(endpoint:hwnd(), "copydata:" .. dropped))
    assert.equal(1, window.property(endpoint:hwnd(), "copydata:" .. handled))

    endpoint:joined(handled):on(nil)
    collectgarbage()
    assert.equal(0, window.property(endpoint:hwnd(), "copydata:" .. handled))
  end)

  it("fail as closed when they are used after close", function()
    local endpoint <close> = copydata.new()
    local channel = endpoint:channel(unique "closed")
    channel:close()
    channel:close()
    for _, method in ipairs { "send", "send_to", "peers", "receive", "on" } do
      local ok, message = pcall(channel[method], channel, 1, 1)
      assert.is_false(ok, method)
      assert.matches('channel "closed[%d.]+" is closed', message)
    end
    assert.matches("closed", tostring(channel))
  end)

  it("are left when their endpoint is closed", function()
    local endpoint = copydata.new()
    local channel = endpoint:channel(unique())
    assert.matches("hwnd 0x%x+", tostring(endpoint))
    endpoint:close()
    endpoint:close()
    assert.matches("closed", tostring(endpoint))
    assert.matches("closed", tostring(channel))
    assert.has_error(function() channel:send(1) end)
    local ok, message = pcall(endpoint.channel, endpoint, "x")
    assert.is_false(ok)
    assert.matches("the endpoint is closed", message)
  end)

  it("keep their endpoint alive, which is collected with them", function()
    local function count()
      return #window.find("copydata.endpoint", true, process.own_pid)
    end
    local before = count()
    local channel = copydata.new():channel(unique())
    collectgarbage()
    assert.equal(before + 1, count())
    assert.equal(0, (channel:send(1)))
    channel = nil -- luacheck: ignore
    collectgarbage()
    assert.equal(before, count())
  end)

  it("accept known options only", function()
    local endpoint <close> = copydata.new()
    local function refusal(...)
      return (select(2, pcall(...)))
    end
    assert.matches("unknown option 'lisen' %(known: accept, listen%)",
      refusal(endpoint.channel, endpoint, "x", { lisen = false }))
    assert.matches("option 'listen': expected boolean, got string",
      refusal(endpoint.channel, endpoint, "x", { listen = "no" }))
    assert.matches("options: expected table, got boolean",
      refusal(endpoint.channel, endpoint, "x", false))
    assert.matches("unknown option 'x' %(known: accept, allow_lower_integrity, class, ",
      refusal(copydata.new, { x = 1 }))
    assert.matches("option 'pump': expected 'thread' or 'script', got 'tread'",
      refusal(copydata.new, { pump = "tread" }))
    assert.matches("option 'queue_bytes': expected a positive integer, got 0",
      refusal(copydata.new, { queue_bytes = 0 }))
    assert.matches("option 'max_frame': must be at least 1024 bytes, got 12",
      refusal(copydata.new, { max_frame = 12 }))
    assert.matches("option 'timeout': must be 0 or more, got %-1",
      refusal(endpoint.send, endpoint, "x", 1, { timeout = -1 }))
    assert.matches("handler: expected function, got string",
      refusal(endpoint:channel(unique()).on, endpoint:joined()[1], "print"))
  end)
end)
