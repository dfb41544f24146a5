-- SPDX-License-Identifier: MIT

-- How joining and leaving a channel is reported.
local children = require "support.children"
local copydata = require "support.copydata"
local eventually = require "support.eventually"
local fibers = require "copydata.fibers"
local recorder = require "support.recorder"
local unique = require "support.unique"
local window = require "support.window"
require "support.tidy"(before_each, after_each)

local WATCH = "copydata.watch"

-- A handler that records events as "joined 0x1234", and their list.
local function notes()
  local list = {}
  return function(peer, event)
    list[#list + 1] = ("%s 0x%X"):format(event, peer.hwnd)
  end, list
end

local function joined(hwnd)
  return ("joined 0x%X"):format(hwnd)
end

local function left(hwnd)
  return ("left 0x%X"):format(hwnd)
end

-- Waits until a list has the expected items, in this order, and no more.
local function becomes(expected, list)
  eventually(function() return #list >= #expected end)
  assert.same(expected, list)
end

-- Waits until an endpoint that watches has checked again.
local function looked(endpoint)
  local news = endpoint._presence.news
  assert.is_true(eventually(function() return endpoint._presence.news > news end))
end

-- A normal request is still answered.
local function works(endpoint)
  local name = unique "works"
  local server <close> = copydata.new()
  server:channel(name):serve(function(data) return data + 1 end)
  assert.equal(2, endpoint:request(name, 1))
end

describe("channel:on_peers", function()
  local name, endpoint

  before_each(function() name, endpoint = unique(), copydata.new() end)
  after_each(function() endpoint:close() end)

  it("reports the present peers, then those that join and leave, each once and in order", function()
    local one <close> = children.join(name)
    local handler, list = notes()
    local channel = endpoint:channel(name)
    assert.equal(channel, channel:on_peers(handler))
    assert.same({}, list) -- the loop calls it
    local expected = { joined(one:hwnd()) }
    becomes(expected, list)

    local two <close> = children.join(name)
    local hwnd = two:hwnd()
    table.insert(expected, joined(hwnd))
    becomes(expected, list)
    two:run "channel:close()"
    table.insert(expected, left(hwnd))
    becomes(expected, list)
    two:run("channel = copydata.channel(...)", name:upper())
    table.insert(expected, joined(hwnd))
    becomes(expected, list)
    two:run "copydata.close()"
    table.insert(expected, left(hwnd))
    becomes(expected, list)
    table.insert(expected, left(one:hwnd()))
    one:kill()
    becomes(expected, list)
    copydata.poll(0.05)
    becomes(expected, list)
    works(endpoint)
  end)

  it("uses the same peer objects as other functions", function()
    local other <close> = copydata.new()
    other:channel(name):on(print)
    local told = copydata.event()
    endpoint:channel(name, { listen = false }):on_peers(function(peer) told:set(peer) end)
    assert.equal(endpoint:peers(name)[1], told:wait(10))
  end)

  it("reports each endpoint of a process", function()
    local handler, list = notes()
    endpoint:channel(name):on_peers(handler)
    local child <close> = children.join(name)
    local first = child:hwnd()
    becomes({ joined(first) }, list)
    local second = child:run([[
      second = copydata.new()
      second:channel(...):on(print)
      return second:hwnd()
    ]], name)
    becomes({ joined(first), joined(second) }, list)
    child:run "channel:close()"
    becomes({ joined(first), joined(second), left(first) }, list)
    child:kill()
    becomes({ joined(first), joined(second), left(first), left(second) }, list)
  end)

  it("makes the next event wait until the handler has returned", function()
    local one <close> = copydata.new()
    local other <close> = copydata.new()
    local go_on, list = copydata.event(), {}
    endpoint:channel(name):on_peers(function(peer, event)
      list[#list + 1] = event .. " begins"
      if peer.hwnd == one:hwnd() then
        go_on:wait(10)
      end
      list[#list + 1] = event .. " ends"
    end)
    one:channel(name):on(print)
    becomes({ "joined begins" }, list)
    other:channel(name):on(print)
    looked(endpoint)
    becomes({ "joined begins" }, list)
    go_on:set()
    becomes({ "joined begins", "joined ends", "joined begins", "joined ends" }, list)
  end)

  it("does not report peers that joined and left while the handler waited", function()
    local one <close> = copydata.new()
    local other <close> = copydata.new()
    local handler, list = notes()
    local go_on = copydata.event()
    endpoint:channel(name):on_peers(function(peer, event)
      handler(peer, event)
      go_on:wait(10)
    end)
    local first = one:channel(name)
    becomes({ joined(one:hwnd()) }, list)
    local short = other:channel(name)
    looked(endpoint)
    short:close()
    first:close()
    looked(endpoint)
    one:channel(name):on(print)
    looked(endpoint)
    go_on:set()
    becomes({ joined(one:hwnd()), left(one:hwnd()), joined(one:hwnd()) }, list)
  end)

  it("continues after an error in the handler, which is reported to on_error", function()
    local one <close> = copydata.new()
    local handler, list = notes()
    local problems = {}
    copydata.on_error(function(problem) problems[#problems + 1] = problem end)
    endpoint:channel(name):on_peers(function(...)
      handler(...)
      error "oops"
    end)
    local channel = one:channel(name)
    becomes({ joined(one:hwnd()) }, list)
    channel:close()
    becomes({ joined(one:hwnd()), left(one:hwnd()) }, list)
    copydata.on_error(nil)
    assert.equal(2, #problems)
    assert.matches("55%-presence_spec.lua:%d+: oops", problems[1])
    works(endpoint)
  end)

  it("keeps the channel, whatever the collector does, until it is removed", function()
    local other <close> = copydata.new()
    local handler, list = notes()
    endpoint:channel(name):on_peers(handler)
    collectgarbage()
    local channel = other:channel(name)
    becomes({ joined(other:hwnd()) }, list)
    endpoint:joined(name):on_peers(nil)
    collectgarbage()
    collectgarbage()
    assert.is_nil(endpoint:joined(name))
    channel:close()
    copydata.poll(0.05)
    becomes({ joined(other:hwnd()) }, list)
  end)

  it("starts again with another handler", function()
    local other <close> = copydata.new()
    other:channel(name):on(print)
    local first, one = notes()
    local second, two = notes()
    local channel = endpoint:channel(name):on_peers(first)
    becomes({ joined(other:hwnd()) }, one)
    channel:on_peers(second)
    becomes({ joined(other:hwnd()) }, two)
    becomes({ joined(other:hwnd()) }, one)
  end)

  it("may close the channel, and the endpoint", function()
    local other <close> = copydata.new()
    other:channel(name):on(print)
    for _, what in ipairs { "channel", "endpoint" } do
      local channel = endpoint:channel(name)
      local closed = false
      channel:on_peers(function()
        if what == "channel" then channel:close() else endpoint:close() end
        closed = true
      end)
      assert.is_true(eventually(function() return closed end))
    end
  end)

  it("raises for invalid handlers, and on a closed channel", function()
    local channel = endpoint:channel(unique())
    assert.has_error(function() channel:on_peers(1) end)
    channel:close()
    assert.has_error(function() channel:on_peers(print) end)
    assert.has_error(function() channel:presence() end)
    assert.has_error(function() channel:wait_for_peer() end)
  end)
end)

describe("channel:presence", function()
  it("iterates over events until the channel is closed", function()
    local name = unique()
    local endpoint <close> = copydata.new()
    local one <close> = copydata.new()
    local other <close> = copydata.new()
    one:channel(name):on(print)
    local channel = endpoint:channel(name)
    local handler, list = notes()
    local ended = copydata.event()
    local first, second = one:hwnd(), other:hwnd()
    copydata.spawn(function()
      for peer, event in channel:presence() do
        handler(peer, event)
      end
      ended:set(true)
    end)
    becomes({ joined(first) }, list)
    other:channel(name):on(print)
    becomes({ joined(first), joined(second) }, list)
    one:close()
    becomes({ joined(first), joined(second), left(first) }, list)
    channel:close()
    assert.is_true(ended:wait(10))
    assert.equal(0, window.property(endpoint:hwnd(), WATCH))
  end)

  it("keeps the channel, whatever the collector does, until the loop is left", function()
    local name = unique()
    local other <close> = copydata.new()
    local endpoint <close> = copydata.new()
    local channel = other:channel(name)
    local handler, list = notes()
    for peer, event in endpoint:channel(name, { listen = false }):presence() do
      handler(peer, event)
      if event == "left" then
        break
      end
      collectgarbage()
      collectgarbage()
      channel:close()
    end
    assert.same({ joined(other:hwnd()), left(other:hwnd()) }, list)
    collectgarbage()
    assert.is_nil(endpoint:joined(name))
  end)

  it("works in the main program too", function()
    local name = unique()
    local child <close> = children.join(name)
    local endpoint <close> = copydata.new()
    local list = {}
    for peer, event in endpoint:channel(name):presence() do
      list[#list + 1] = event .. " " .. peer.pid
      if event == "left" then
        break
      end
      child:kill()
    end
    assert.same({ "joined " .. child.pid, "left " .. child.pid }, list)
  end)

  it("costs nothing more once the loop is left, in whatever way", function()
    local name = unique()
    local other <close> = copydata.new()
    other:channel(name):on(print)
    local endpoint <close> = copydata.new()
    local channel = endpoint:channel(name)
    local function watches() return window.property(endpoint:hwnd(), WATCH) end
    for _, event in channel:presence() do
      assert.equal(1, watches())
      if event == "joined" then
        break
      end
    end
    assert.equal(0, watches())
    pcall(function()
      for _ in channel:presence() do
        error "oops"
      end
    end)
    assert.equal(0, watches())
    local task = copydata.spawn(function()
      for _ in channel:presence() do
        copydata.sleep(60)
      end
    end)
    copydata.sleep(0.05)
    assert.equal(1, watches())
    task:cancel()
    assert.equal(0, watches())
    local iterator = channel:presence() -- not by `for`
    assert.equal(other:hwnd(), iterator().hwnd)
    assert.equal(1, watches())
    iterator = nil -- luacheck: ignore
    collectgarbage()
    assert.equal(0, watches())
  end)
end)

describe("wait_for_peer", function()
  it("returns a peer that is present, or that joins", function()
    local name = unique()
    local endpoint <close> = copydata.new()
    local other <close> = copydata.new()
    local channel = endpoint:channel(name)
    local waiting = {
      copydata.spawn(function() return endpoint:wait_for_peer(name, 10) end),
      copydata.spawn(function() return channel:wait_for_peer(10) end),
    }
    copydata.sleep(0.01)
    other:channel(name):on(print)
    for _, task in ipairs(waiting) do
      assert.equal(other:hwnd(), task:wait(10).hwnd)
    end
    assert.equal(other:hwnd(), channel:wait_for_peer(0).hwnd)
    assert.equal(other:hwnd(), endpoint:wait_for_peer(name, 0).hwnd)
    assert.equal(0, window.property(endpoint:hwnd(), WATCH))
  end)

  it("fails as TIMEOUT if no peer joins, as CLOSED if the channel is closed", function()
    local name = unique()
    local endpoint <close> = copydata.new()
    local channel = endpoint:channel(name)
    local _, message, code = channel:wait_for_peer(0.02)
    assert.equal("TIMEOUT", code)
    assert.equal("TIMEOUT: no other peer joined the channel", message)
    assert.equal("TIMEOUT", select(3, channel:wait_for_peer(0)))
    local waiting = copydata.spawn(channel.wait_for_peer, channel)
    copydata.sleep(0.01)
    channel:close()
    assert.equal("CLOSED", select(3, waiting:wait(10)))
  end)
end)

describe("an endpoint that joins or leaves", function()
  it("posts copydata.presence to all watchers, with its window", function()
    local message = window.registered "copydata.presence"
    local watcher <close> = recorder("copydata.endpoint", 1)
    local blind <close> = recorder("copydata.endpoint.blind", 1, "", true)
    window.set_property(watcher:hwnd(), WATCH, 7)
    window.set_property(blind:hwnd(), WATCH, 1) -- of another class
    local endpoint <close> = copydata.new()
    local hwnd = endpoint:hwnd()
    local function told(what)
      window.pump()
      watcher:posted()
      what()
      window.pump()
      local count, posted, from = watcher:posted()
      assert.is_true(count == 0 or posted == message and from == hwnd)
      return count
    end
    local name = unique()
    local channel
    assert.equal(1, told(function() channel = endpoint:channel(name) end))
    assert.equal(0, told(function() endpoint:channel(name .. ".quiet", { listen = false }) end))
    assert.equal(1, told(function() channel:close() end))
    endpoint:channel(name):on(print)
    assert.equal(1, told(function() endpoint:close() end))
    assert.equal(0, blind:posted())
    window.set_property(watcher:hwnd(), WATCH, 0)
    local other <close> = copydata.new()
    hwnd = other:hwnd()
    assert.equal(0, told(function() other:channel(name):on(print) end))
  end)

  it("posts it also when another program destroys its window", function()
    local name = unique()
    local watcher <close> = recorder("copydata.endpoint", 1)
    window.set_property(watcher:hwnd(), WATCH, 1)
    local child <close> = children.join(name)
    local hwnd = child:hwnd()
    child:begin "copydata.run()"
    window.pump()
    watcher:posted()
    window.post(hwnd, 0x10) -- WM_CLOSE
    local from
    assert.is_true(eventually(function()
      local count, _, sender = watcher:posted()
      from = sender
      return count > 0
    end))
    assert.equal(hwnd, from)
    assert.equal(0, window.property(hwnd, "copydata:" .. name))
  end)

  it("learns when another program destroys its window", function()
    local name = unique()
    local endpoint <close> = copydata.new()
    local handler, list = notes()
    endpoint:channel(name):on_peers(handler)
    local child <close> = children.join(name)
    local hwnd = child:hwnd()
    becomes({ joined(hwnd) }, list)
    child:begin "copydata.run()"
    window.post(hwnd, 0x10) -- WM_CLOSE
    becomes({ joined(hwnd), left(hwnd) }, list)
  end)

  it("is noticed within a second if it posts nothing", function()
    local name = unique()
    local endpoint <close> = copydata.new()
    local handler, list = notes()
    endpoint:channel(name):on_peers(handler)
    local quiet <close> = recorder("copydata.endpoint", 1)
    window.set_property(quiet:hwnd(), "copydata:" .. name, 1)
    becomes({ joined(quiet:hwnd()) }, list)
    window.set_property(quiet:hwnd(), "copydata:" .. name, 0)
    becomes({ joined(quiet:hwnd()), left(quiet:hwnd()) }, list)
  end)
end)

describe("without a check once a second,", function()
  local TIMES = 3

  -- Stops the checks of an endpoint that watches: from now on only notifications make it look, as
  -- long as it watches.
  local function blind(endpoint)
    local timers = endpoint._presence._timers
    fibers.forget(timers.second)
    timers.second = fibers.at(math.huge, {})
  end

  it("joining and leaving is reported", function()
    local name = unique()
    local endpoint <close> = copydata.new()
    local handler, list = notes()
    endpoint:channel(name):on_peers(handler)
    blind(endpoint)
    local child <close> = children.start()
    for i = 1, TIMES do
      child:run("channel = copydata.channel(...)", name)
      assert.is_true(eventually(function() return #list == 2 * i - 1 end))
      child:run "channel:close()"
      assert.is_true(eventually(function() return #list == 2 * i end))
    end
  end)

  it("the end of a program is reported, and ends requests to it", function()
    local name = unique()
    local endpoint <close> = copydata.new()
    local handler, list = notes()
    endpoint:channel(name .. ".told"):on_peers(handler)
    blind(endpoint)
    for i = 1, TIMES do
      local child <close> = children.join(name .. ".told")
      child:begin([[
        silent = copydata.channel(...)
        silent:serve(function()
          say "asked"
          copydata.event():wait()
        end)
        say "serving"
        copydata.run()
      ]], name)
      child:said()
      local waiting = copydata.spawn(function()
        return select(3, endpoint:request(name, 1, { timeout = 60 }))
      end)
      assert.is_true(eventually(function()
        return #list == 2 * i - 1 and endpoint._window:watched() == 1 and child:ready()
      end))
      child:said()
      child:kill()
      assert.equal("GONE", waiting:wait(10))
      assert.is_true(eventually(function() return #list == 2 * i end))
    end
  end)

  it("calls with wait = true find peers that join, and peers that begin to serve", function()
    local name = unique()
    local endpoint <close> = copydata.new()
    endpoint:channel(name .. ".watched"):on_peers(print)
    blind(endpoint)
    local child <close> = children.start()
    child:run("name = ...", name)
    for i = 1, TIMES do
      local calls = {
        copydata.spawn(endpoint.request, endpoint, name, i, { wait = true, timeout = 60 }),
        copydata.spawn(endpoint.send, endpoint, name, i, { wait = true, timeout = 60 }),
        copydata.spawn(endpoint.wait_for_peer, endpoint, name, 60),
      }
      copydata.sleep(0.01)
      child:begin [[
        channel = assert(copydata.channel(name))
        asked = copydata.event()
        say "there"
        copydata.sleep(0.05)
        channel:serve(function(data) asked:set() return data + 1 end)
        asked:wait()
        copydata.sleep(0.05)
        channel:close()
      ]]
      child:said()
      assert.equal(i + 1, calls[1]:wait(10))
      assert.equal(1, (calls[2]:wait(10)))
      assert.equal(child.pid, calls[3]:wait(10).pid)
      child:result()
    end
  end)
end)

describe("an endpoint that watches nothing", function()
  local function costs(endpoint)
    return { window.property(endpoint:hwnd(), WATCH), endpoint._window:watched() }
  end

  it("gets no posts, and waits for no process", function()
    local name = unique()
    local endpoint <close> = copydata.new()
    local child <close> = children.join(name)
    local channel = endpoint:channel(name)
    channel:on(print)
    channel:serve(print)
    works(endpoint)
    assert.same({ 0, 0 }, costs(endpoint))

    channel:on_peers(function() end)
    assert.is_true(eventually(function() return endpoint._window:watched() == 1 end))
    assert.same({ 1, 1 }, costs(endpoint))
    channel:on_peers(nil)
    assert.same({ 0, 0 }, costs(endpoint))
    child:kill()
    assert.equal(0, (copydata.poll(0.1))) -- nothing wakes it
  end)

  it("waits for the end of a process only while that owes an answer", function()
    local name = unique()
    local endpoint <close> = copydata.new()
    local child <close> = children.join(name)
    child:begin [[
      channel:serve(function(data)
        if data == "wait" then
          copydata.event():wait()
        end
        return data
      end)
      say "serving"
      copydata.run()
    ]]
    child:said()
    assert.equal(1, endpoint:request(name, 1))
    assert.same({ 0, 0 }, costs(endpoint))
    local waiting = copydata.spawn(function()
      return select(3, endpoint:request(name, "wait", { timeout = 60 }))
    end)
    assert.is_true(eventually(function() return endpoint._window:watched() == 1 end))
    child:kill()
    assert.equal("GONE", waiting:wait(10))
    assert.is_true(eventually(function() return endpoint._window:watched() == 0 end))
    assert.same({ 0, 0 }, costs(endpoint))
    works(endpoint)
  end)
end)
