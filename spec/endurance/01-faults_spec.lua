-- SPDX-License-Identifier: MIT

-- Processes that die under traffic, and floods of rubbish. Takes a minute: `make endurance`.
local children = require "support.children"
local copydata = require "support.copydata"
local process = require "support.process"
local recorder = require "support.recorder"
local unique = require "support.unique"
local window = require "support.window"
require "support.tidy"(before_each, after_each)

local MPK1 = 0x314B504D
local SEED = 20261122

describe("processes killed at random", function()
  it("as senders: everything accepted arrives, once and in order", function()
    math.randomseed(SEED)
    local name = unique()
    local endpoint <close> = copydata.new()
    local channel = endpoint:channel(name)
    local seen = {} -- by process: the newest number
    local function take(seconds)
      local message = channel:receive(seconds)
      if message then
        local pid, number = message.data[1], message.data[2]
        assert.equal((seen[pid] or 0) + 1, number)
        seen[pid] = number
      end
      return message
    end
    for _ = 1, 100 do
      local child <close> = children.start()
      child:begin([[
        local name, pid = ...
        local i = 0
        while true do
          i = i + 1
          -- Every seventh is sent in several frames.
          local filler = i % 7 == 0 and ("x"):rep(300000) or nil
          assert(copydata.send(name, { pid, i, filler }, { timeout = 20 }) == 1)
          say(i)
        end
      ]], name, child.pid)
      for _ = 1, math.random(1, 30) do
        assert(take(10))
      end
      child.process:kill()
      local accepted = 0
      pcall(function()
        while true do
          accepted = child:said(5)
        end
      end)
      while take(0) do end
      assert.is_true((seen[child.pid] or 0) >= accepted, "lost")
      assert.is_true(seen[child.pid] <= accepted + 2)
    end
  end)

  it("as receivers: they delay no sender, and the others get everything", function()
    math.randomseed(SEED)
    local name = unique()
    local endpoint <close> = copydata.new()
    local stays = copydata.new()
    local survivor <close> = stays
    local channel = survivor:channel(name)
    local victim = children.join(name)
    local expected = 0
    for round = 1, 100 do
      victim:begin "channel:on(function() end) copydata.run()"
      local killer_round = math.random(1, 20)
      for i = 1, 20 do
        if i == killer_round then
          victim.process:kill()
        end
        local recipients, failures = endpoint:send(name, { round, i, ("x"):rep(i * 10000) })
        assert.is_true(recipients >= 1)
        for _, failure in ipairs(failures) do
          assert.not_equal(survivor:hwnd(), failure.peer.hwnd)
          assert.is_true(failure.code == "GONE" or failure.code == "ABSENT", failure.code)
        end
        expected = expected + 1
        assert.same({ round, i }, { table.unpack(channel:receive(5).data, 1, 2) })
      end
      victim:close()
      victim = children.join(name)
    end
    victim:close()
    assert.equal(2000, expected)
  end)
end)

describe("ten thousand malformed frames", function()
  it("each get a verdict, leave memory bounded, and the endpoint still serves", function()
    math.randomseed(SEED)
    local endpoint <close> = copydata.new()
    local channel = endpoint:channel(unique())
    local sender <close> = recorder("stranger", 0)
    local encode = copydata.msgpack.encode
    local function value()
      return encode { 2, channel.name, { { a = { 1, 2.5, "x" }, b = true } } }
    end
    local function fragment()
      return encode { 3, math.random(1, 5), math.random(0, 4), math.random(0, 3),
        math.random(0, 100000), copydata.msgpack.bin(("x"):rep(math.random(0, 200))) }
    end
    local function damage(bytes)
      if bytes == "" then
        return bytes
      end
      local at = math.random(1, #bytes)
      local how = math.random(1, 4)
      if how == 1 then
        return bytes:sub(1, at - 1)
      elseif how == 2 then
        return bytes:sub(1, at - 1) .. string.char(math.random(0, 255)) .. bytes:sub(at + 1)
      elseif how == 3 then
        return bytes:sub(1, at) .. bytes:sub(at)
      end
      return bytes .. bytes:sub(at)
    end
    local accepted, delivered = 0, 0
    channel:on(function() delivered = delivered + 1 end)
    local before = process.memory()
    for i = 1, 10000 do
      local bytes = i % 2 == 0 and damage(value()) or fragment()
      if i % 5 == 0 then
        bytes = damage(bytes)
      end
      local verdict = window.copydata(endpoint:hwnd(), MPK1, bytes, sender:hwnd(), 5)
      assert.is_true(verdict >= 1 and verdict <= 6, verdict)
      accepted = accepted + (verdict == 1 and 1 or 0)
      if i % 100 == 0 then
        copydata.poll(0)
      end
    end
    copydata.poll(0)
    assert.is_true(delivered <= accepted)
    assert.is_true(process.memory() - before < 150 * 1024 * 1024)
    local other <close> = copydata.new()
    local count = delivered
    assert.equal(1, (other:send(channel.name, "still serving")))
    copydata.poll(5)
    assert.equal(count + 1, delivered)
  end)
end)
