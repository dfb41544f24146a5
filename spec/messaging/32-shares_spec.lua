-- SPDX-License-Identifier: MIT

-- What one sender may use of a receiver's queue, so that others have room.
local children = require "support.children"
local closing = require "support.closing"
local copydata = require "support.copydata"
local frames = require "support.frames"
local recorder = require "support.recorder"
local unique = require "support.unique"
local window = require "support.window"
require "support.tidy"(before_each, after_each)

local ACCEPTED, BUSY, TOO_LARGE = frames.ACCEPTED, frames.BUSY, frames.TOO_LARGE
local fragment, notification, receiver = frames.fragment, frames.notification, frames.receiver
local MiB = 1024 * 1024

local SHARE = 32768 -- messages of one process, by default

-- A message with a body of that many bytes
local function sized(channel, bytes)
  return notification(channel.name, "\xc6" .. string.pack(">s4", ("x"):rep(bytes)))
end

describe("a frame of several messages", function()
  it("that could never fit into its sender's share is too large, even if there is room", function()
    local sender <close> = recorder("sender", 0)
    local endpoint <close>, channel, answer = receiver { -- luacheck: ignore endpoint
      queue_messages = 8, sender_messages = 4,
    }
    local one = notification(channel.name, "\x01")
    for _, hwnd in ipairs { sender:hwnd(), 0 } do -- a sender without a window has a share too
      assert.equal(TOO_LARGE, answer(one:rep(8), hwnd))
      assert.equal(TOO_LARGE, answer(one:rep(5), hwnd))
      assert.equal(ACCEPTED, answer(one:rep(4), hwnd)) -- as much as the options allow each sender
      assert.equal(TOO_LARGE, answer(one:rep(5), hwnd))
    end
    local count = 0
    channel:on(function() count = count + 1 end)
    assert.equal(8, copydata.poll(0))
    assert.equal(8, count)
  end)

  it("is busy if it could fit into its sender's share later", function()
    local sender <close> = recorder("sender", 0)
    local endpoint <close>, channel, answer = receiver { -- luacheck: ignore endpoint
      queue_messages = 8, sender_messages = 4,
    }
    local one = notification(channel.name, "\x01")
    assert.equal(ACCEPTED, answer(one:rep(2), sender:hwnd()))
    assert.equal(BUSY, answer(one:rep(3), sender:hwnd()))
    assert.equal(BUSY, answer(one:rep(4), sender:hwnd()))
    assert.equal(ACCEPTED, answer(one:rep(2), sender:hwnd()))
    for _ = 1, 3 do
      assert.equal(1, channel:receive(0).data)
    end
    assert.equal(ACCEPTED, answer(one:rep(3), sender:hwnd()))
    assert.equal(BUSY, answer(one, sender:hwnd()))
  end)

  it("is limited in bytes as well", function()
    local sender <close> = recorder("sender", 0)
    local endpoint <close>, channel, answer = receiver { -- luacheck: ignore endpoint
      queue_bytes = 8000, sender_bytes = 4000,
    }
    assert.equal(TOO_LARGE, answer(sized(channel, 2500):rep(2), sender:hwnd()))
    assert.equal(ACCEPTED, answer(sized(channel, 1500):rep(2), sender:hwnd()))
    assert.equal(BUSY, answer(sized(channel, 1000), sender:hwnd()))
    assert.equal(1500, #channel:receive(0).data)
    assert.equal(1500, #channel:receive(0).data)
    assert.equal(ACCEPTED, answer(sized(channel, 1000), sender:hwnd()))
  end)

  it(("has at most %d of them, unless the receiver allows more"):format(SHARE), function()
    local sender <close> = recorder("sender", 0)
    local endpoint <close>, channel, answer = receiver() -- luacheck: ignore endpoint
    local one = notification(channel.name, "\x01")
    assert.equal(TOO_LARGE, answer(one:rep(65536), sender:hwnd()))
    assert.equal(TOO_LARGE, answer(one:rep(SHARE + 1), sender:hwnd()))
    assert.equal(ACCEPTED, answer(one:rep(SHARE), sender:hwnd()))
    assert.equal(BUSY, answer(one, sender:hwnd()))
    assert.equal(ACCEPTED, answer(one, 0)) -- another's share
    local count = 0
    channel:on(function() count = count + 1 end)
    assert.equal(SHARE + 1, copydata.poll(0))
    assert.equal(SHARE + 1, count)
  end)
end)

describe("processes that send at the same time", function()
  -- Programs, with a window each
  local function programs(count)
    local list, hwnds = closing {}, {}
    for i = 1, count do
      list[i] = children.start()
      hwnds[i] = list[i]:hwnd()
    end
    return list, hwnds
  end

  it("each have less the more of them there are, but always something", function()
    local list <close>, hwnds = programs(4) -- luacheck: ignore list
    local endpoint <close>, channel, answer = receiver { -- luacheck: ignore endpoint
      queue_messages = 120,
    }
    local one = notification(channel.name, "\x01")
    for i, share in ipairs { 60, 20, 10, 6 } do -- of the rest: a half, a third, ...
      for _ = 1, share do
        assert.equal(ACCEPTED, answer(one, hwnds[i]))
      end
      assert.equal(BUSY, answer(one, hwnds[i]))
    end
    assert.equal(TOO_LARGE, answer(one:rep(61), hwnds[1]))
    assert.equal(BUSY, answer(one:rep(60), hwnds[1]))
    for _ = 1, 61 do
      assert.equal(1, channel:receive(0).data)
    end
    assert.equal(ACCEPTED, answer(one:rep(7), hwnds[2])) -- 26: a quarter of the 104 left by two
    assert.equal(BUSY, answer(one, hwnds[2]))
  end)

  -- A program that never receives its messages, but answers requests.
  local function idle(options)
    local child = children.start()
    return child, child:run([[
      endpoint = assert(copydata.new(...))
      channel = endpoint:channel(select(2, ...))
      channel:serve(function(data) return data + 1 end)
      return endpoint:hwnd()
    ]], options, unique "idle"), child:run "return channel.name"
  end

  it("can be eight that flood it with messages: a ninth is accepted at once", function()
    local child <close>, hwnd, name = idle { queue_messages = 900 }
    child:begin "copydata.run()"
    local frame = notification(name, "\x01")
    local floods <close>, hwnds = programs(8)
    for i, flood in ipairs(floods) do
      flood:begin([[
        local forger = require "support.forger"
        local counts = forger.frames(...)
        say(counts[2])
        local hwnd, tag, frame, own = ...
        forger.frames(hwnd, tag, frame, own, 0)
      ]], hwnd, frames.MPK1, frame, hwnds[i], 600)
    end
    for _, flood in ipairs(floods) do
      assert.is_true(flood:said(60) > 0) -- has got BUSY
    end
    local sender <close> = recorder("copydata.endpoint", 0)
    for _ = 1, 6 do
      assert.equal(ACCEPTED, window.copydata(hwnd, frames.MPK1, frame, sender:hwnd(), 20))
    end
    for _, flood in ipairs(floods) do
      flood:kill()
    end
    local endpoint <close> = copydata.new()
    assert.equal(42, endpoint:request(name, 41, { timeout = 20 }))
  end)

  it("can be eight that announce what they never send: a ninth is accepted at once", function()
    local child <close>, hwnd, name = idle { max_message = MiB, transfer_bytes = 4 * MiB }
    child:begin "copydata.run()"
    local floods <close>, hwnds = programs(8)
    for i, flood in ipairs(floods) do
      local busy = flood:run([[
        local frames, window = require "support.frames", require "support.window"
        local hwnd, own, size = ...
        local busy = 0
        for transfer = 1, 60 do
          local frame = frames.fragment(transfer, 1, 2, size, "x")
          busy = busy + (window.copydata(hwnd, frames.MPK1, frame, own, 20) == 2 and 1 or 0)
        end
        return busy
      ]], hwnd, hwnds[i], 40 * 1024)
      assert.is_true(busy > 0)
    end
    local sender <close> = recorder("copydata.endpoint", 0)
    local whole = notification(name, "\xc6" .. string.pack(">s4", ("x"):rep(30 * 1024)))
    for transfer = 1, 10 do
      for index, piece in ipairs { whole:sub(1, 1000), whole:sub(1001) } do
        local frame = fragment(transfer, index, 2, #whole, piece)
        assert.equal(ACCEPTED, window.copydata(hwnd, frames.MPK1, frame, sender:hwnd(), 20))
      end
    end
    local endpoint <close> = copydata.new()
    assert.equal(42, endpoint:request(name, 41, { timeout = 20 }))
  end)
end)

describe("a single message", function()
  it("may be larger than its sender's share if none of its other messages wait", function()
    local sender <close> = recorder("sender", 0)
    local endpoint <close>, channel, answer = receiver { -- luacheck: ignore endpoint
      queue_bytes = 8000, sender_bytes = 4000,
    }
    assert.equal(ACCEPTED, answer(sized(channel, 1000), sender:hwnd()))
    assert.equal(BUSY, answer(sized(channel, 5000), sender:hwnd()))
    assert.equal(1000, #channel:receive(0).data)
    assert.equal(ACCEPTED, answer(sized(channel, 5000), sender:hwnd()))
    assert.equal(BUSY, answer(sized(channel, 1), sender:hwnd()))
    assert.equal(5000, #channel:receive(0).data)
    assert.equal(TOO_LARGE, answer(sized(channel, 8000), sender:hwnd()))
    assert.equal(ACCEPTED, answer(sized(channel, 1), sender:hwnd()))
  end)
end)

describe("messages that a program announces and does not send", function()
  -- A program, with its windows
  local function announcer()
    local child = children.start()
    return child, child:run [[
      local recorder = require "support.recorder"
      list, hwnds = {}, {}
      for i = 1, 3 do
        list[i] = recorder("announcer", 0)
        hwnds[i] = list[i]:hwnd()
      end
      return hwnds
    ]]
  end

  it("leave room for another program's large one, however long they are", function()
    local child <close>, hwnds = announcer() -- luacheck: ignore child
    local endpoint <close>, channel, answer = receiver() -- luacheck: ignore endpoint
    assert.equal(ACCEPTED, answer(fragment(1, 1, 2, 64 * MiB, "x"), hwnds[1]))
    for transfer = 2, 4 do
      for _, hwnd in ipairs(hwnds) do
        answer(fragment(transfer, 1, 2, 64 * MiB, "x"), hwnd)
      end
    end
    local sender <close> = copydata.new()
    for _, size in ipairs { MiB, 60 * MiB } do
      local recipients, failures = sender:send(channel.name, ("x"):rep(size), { timeout = 1 })
      assert.equal(1, recipients, failures[1] and failures[1].message)
      assert.equal(size, #channel:receive(5).data)
    end
  end)

  it("leave room for another program's large one, however many they are", function()
    local child <close>, hwnds = announcer() -- luacheck: ignore child
    local endpoint <close>, channel, answer = receiver() -- luacheck: ignore endpoint
    for transfer = 1, 100 do
      for _, hwnd in ipairs(hwnds) do
        answer(fragment(transfer, 1, 2, 10, "x"), hwnd)
      end
    end
    local sender <close> = copydata.new()
    local recipients, failures = sender:send(channel.name, ("x"):rep(MiB), { timeout = 1 })
    assert.equal(1, recipients, failures[1] and failures[1].message)
    assert.equal(MiB, #channel:receive(5).data)
  end)

  it("may include one that is larger than the program's share", function()
    local child <close>, hwnds = announcer() -- luacheck: ignore child
    local endpoint <close>, channel, answer = receiver { -- luacheck: ignore endpoint
      max_message = 10000, transfer_bytes = 12000,
    }
    local whole = sized(channel, 9000)
    assert.equal(ACCEPTED, answer(fragment(1, 1, 2, #whole, whole:sub(1, 5000)), hwnds[1]))
    assert.equal(BUSY, answer(fragment(2, 1, 2, 100, "x"), hwnds[2]))
    assert.equal(ACCEPTED, answer(fragment(1, 2, 2, #whole, whole:sub(5001)), hwnds[1]))
    assert.equal(9000, #channel:receive(5).data)
    assert.equal(ACCEPTED, answer(fragment(2, 1, 2, 100, "x"), hwnds[2]))
  end)
end)
