-- SPDX-License-Identifier: MIT
local children = require "support.children"
local copydata = require "support.copydata"
local recorder = require "support.recorder"
local unique = require "support.unique"
local window = require "support.window"
require "support.tidy"(before_each, after_each)

local function hwnds(peers)
  local list = {}
  for i, peer in ipairs(peers) do
    list[i] = peer.hwnd
  end
  table.sort(list)
  return list
end

-- A channel's entry in copydata.channels
local function seen(name)
  for _, channel in ipairs(copydata.channels()) do
    if channel.name == name then
      return channel.peers
    end
  end
end

describe("discovery", function()
  it("identifies a peer", function()
    local name = unique()
    local child <close> = children.join(name)
    local endpoint <close> = copydata.new()
    local peers = endpoint:peers(name)
    assert.equal(1, #peers)
    local peer = peers[1]
    assert.equal("integer", math.type(peer.hwnd))
    assert.equal(child:run "return copydata.hwnd()", peer.hwnd)
    assert.equal(child.pid, peer.pid)
    assert.matches("[/\\]lua[^/\\]*%.exe$", peer.exe)
    assert.matches(("peer 0x%%x+ %%(pid %d, .*lua"):format(child.pid), tostring(peer))
  end)

  -- Whether a window is among the class's ordinary windows, or its message-only ones
  local function is_listed(hwnd, message_only)
    for _, other in ipairs(window.find("copydata.endpoint", message_only)) do
      if other == hwnd then
        return true
      end
    end
    return false
  end

  it("finds a message-only window of the class copydata.endpoint with a property of 1", function()
    local name = unique()
    local child <close> = children.join(name)
    local hwnd = child:hwnd()
    assert.is_true(is_listed(hwnd, true))
    assert.is_false(is_listed(hwnd, false))
    assert.is_false(window.visible(hwnd))
    assert.equal(1, window.property(hwnd, "copydata:" .. name))
  end)

  it("finds no ordinary window, whatever its class and properties", function()
    local name = unique()
    local endpoint <close> = copydata.new()
    local ordinary <close> = recorder("copydata.endpoint", 1, "", false)
    window.set_property(ordinary:hwnd(), "copydata:" .. name, 1)
    assert.is_true(is_listed(ordinary:hwnd(), false))
    assert.same({}, endpoint:peers(name))
    assert.is_nil(seen(name))
    assert.equal(0, (endpoint:send(name, "nobody")))
  end)

  it("follows joining and leaving, by close and by the end of the process", function()
    local name = unique()
    local endpoint <close> = copydata.new()
    assert.same({}, endpoint:peers(name))
    local one <close> = children.join(name)
    local two <close> = children.join(name)
    local here = { one:hwnd(), two:hwnd() }
    table.sort(here)
    assert.same(here, hwnds(endpoint:peers(name)))

    one:run "channel:close()"
    assert.same({ two:hwnd() }, hwnds(endpoint:peers(name)))
    one:run("channel = copydata.channel(...)", name)
    assert.same(here, hwnds(endpoint:peers(name)))
    local last = one:hwnd()
    assert.equal(0, two:finish())
    assert.same({ last }, hwnds(endpoint:peers(name)))
  end)

  it("forgets a killed process at once", function()
    local name = unique()
    local endpoint <close> = copydata.new()
    local child <close> = children.join(name)
    assert.equal(1, #endpoint:peers(name))
    child:kill()
    assert.same({}, endpoint:peers(name))
    assert.is_nil(seen(name))
    assert.equal(0, (endpoint:send(name, "anyone?")))
  end)

  it("leaves out the endpoint itself, but not another one in the process", function()
    local name = unique()
    local one <close> = copydata.new()
    local other <close> = copydata.new()
    local channel = one:channel(name)
    other:channel(name):on(function() end)
    assert.same({ other:hwnd() }, hwnds(channel:peers()))
    assert.same({ other:hwnd() }, hwnds(one:peers(name)))
    assert.equal(1, (channel:send "not to me"))
    assert.is_nil((channel:receive(0)))
  end)

  it("does not show an endpoint that only sends", function()
    local name = unique()
    local sender <close> = copydata.new()
    local other <close> = copydata.new()
    local channel = sender:channel(name, { listen = false })
    assert.same({}, other:peers(name))
    assert.is_nil(seen(name))

    local listener = other:channel(name)
    assert.equal(1, (channel:send "heard"))
    assert.equal("heard", listener:receive(5).data)
    assert.equal(0, (listener:send "not heard"))
    local ok, _, code = listener:send_to(sender:hwnd(), "not heard either")
    assert.is_nil(ok)
    assert.equal("ABSENT", code)
  end)

  it("lists the channels of the desktop, with the number of their peers", function()
    local name, alone = unique "Täglich", unique "alone"
    local endpoint <close> = copydata.new()
    endpoint:channel(alone):on(function() end)
    local one <close> = children.join(name)
    local two <close> = children.join(name:lower())
    one:run("copydata.channel(...)", unique())
    assert.equal(2, seen(name))
    assert.equal(1, seen(alone))
    two:kill()
    assert.equal(1, seen(name))
  end)

  it("ignores other properties, and a property of 0", function()
    local name = unique()
    local endpoint <close> = copydata.new()
    local hwnd = endpoint:hwnd()
    window.set_property(hwnd, "copydata:", 1)
    window.set_property(hwnd, "another:" .. name, 1)
    for _, channel in ipairs(copydata.channels()) do
      assert.not_equal("", channel.name)
      assert.is_nil(channel.name:find(name, 1, true))
    end
    window.set_property(hwnd, "copydata:", 0)
    window.set_property(hwnd, "another:" .. name, 0)
  end)

  it("sees any endpoint with the property, whatever bits are set beside bit 0", function()
    local name = unique()
    local endpoint <close> = copydata.new()
    local other <close> = copydata.new()
    window.set_property(other:hwnd(), "copydata:" .. name, 0x7F)
    assert.same({ other:hwnd() }, hwnds(endpoint:peers(name)))
    -- It has the property, but does not know of it.
    local recipients, failures = endpoint:send(name, 1)
    assert.equal(0, recipients)
    assert.equal("ABSENT", failures[1].code)
    window.set_property(other:hwnd(), "copydata:" .. name, 0)
  end)

  it("sees peers that keep the membership counter at once, others in time", function()
    local name = unique()
    local sender <close> = copydata.new()
    local one <close> = copydata.new()
    local other <close> = copydata.new()
    local channel = one:channel(name)
    assert.equal(1, (sender:send(name, "a"))) -- caches the peers
    local second = other:channel(name)
    assert.equal(2, (sender:send(name, "b")))
    second:close()
    local recipients, failures = sender:send(name, "c")
    assert.equal(1, recipients)
    assert.same({}, failures)
    for _, data in ipairs { "a", "b", "c" } do
      assert.equal(data, channel:receive(5).data)
    end

    window.set_property(other:hwnd(), "copydata:" .. name, 1) -- posts no hint
    repeat
      recipients, failures = sender:send(name, "d")
      assert.equal("d", channel:receive(5).data)
    until #failures > 0
    assert.equal(other:hwnd(), failures[1].peer.hwnd)
    assert.equal(1, recipients)
    window.set_property(other:hwnd(), "copydata:" .. name, 0)
  end)

  it("counts joins and leaves in the membership section", function()
    local endpoint <close> = copydata.new()
    local witness <close> = copydata.new() -- luacheck: ignore (keeps the section)
    local function moved(what)
      local before = window.membership()
      what()
      return window.membership() - before
    end
    -- Others on the desktop may count at the same time, so it is at least this much.
    local channel
    assert.is_true(moved(function() channel = endpoint:channel(unique()) end) >= 1)
    assert.is_true(moved(function() channel:close() end) >= 1)
    endpoint:channel(unique()):on(print)
    assert.is_true(moved(function() endpoint:close() end) >= 1)
  end)
end)
