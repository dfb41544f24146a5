-- SPDX-License-Identifier: MIT

-- The length of frames.
local children = require "support.children"
local copydata = require "support.copydata"
local frames = require "support.frames"
local stranger = require "support.stranger"
local unique = require "support.unique"
require "support.tidy"(before_each, after_each)

local KiB, MiB = 1024, 1024 * 1024
local LONGEST = 256 * KiB -- as copydata sends them

describe("a frame", function()
  -- Sends a text to a peer that keeps the frames that it gets.
  -- @return these frames
  local function sent(size)
    local name = unique()
    local peer <close> = stranger(name)
    peer:keep()
    local endpoint <close> = copydata.new()
    assert.equal(1, (endpoint:send(name, ("x"):rep(size))))
    return peer:kept()
  end

  it("has at most 256 KiB, and a piece fills it", function()
    local list = sent(3 * MiB)
    assert.is_true(#list >= 12)
    for i, frame in ipairs(list) do
      assert.is_true(#frame <= LONGEST)
      assert.is_true(#frame > LONGEST - KiB or i == #list)
    end
  end)

  it("holds a message of nearly 256 KiB; a longer one takes two frames", function()
    assert.equal(1, #sent(LONGEST - KiB))
    assert.equal(2, #sent(LONGEST))
  end)

  it("is accepted at any length up to the receiver's limit", function()
    local endpoint <close>, channel, answer = frames.receiver() -- luacheck: ignore endpoint
    local function text(size)
      return frames.notification(channel.name, "\xc6" .. string.pack(">s4", ("x"):rep(size)))
    end
    for _, size in ipairs { 1, 128 * KiB, LONGEST, LONGEST + 1, MiB, 16 * MiB, 64 * MiB - 5 } do
      assert.equal(frames.ACCEPTED, answer(text(size)))
      assert.equal(size, #channel:receive(5).data)
    end
    assert.equal(frames.TOO_LARGE, answer(text(64 * MiB + KiB)))
  end)

  it("of any length that the sender chooses reaches another process", function()
    local name = unique()
    local child <close> = children.join(name)
    child:begin "return #assert(channel:receive(20)).data, #assert(channel:receive(20)).data"
    for _, max_frame in ipairs { 4 * KiB, 512 * KiB } do
      local endpoint <close> = copydata.new { max_frame = max_frame }
      assert.equal(1, (endpoint:send(name, ("x"):rep(500 * KiB))))
    end
    assert.same({ 500 * KiB, 500 * KiB }, { child:result() })
  end)
end)
