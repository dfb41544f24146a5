-- SPDX-License-Identifier: MIT

-- The ids of requests and of messages in pieces. A program that could guess them could answer in
-- another's name, or put its own piece into a message.
local children = require "support.children"
local closing = require "support.closing"
local copydata = require "support.copydata"
local frames = require "support.frames"
local stranger = require "support.stranger"
local unique = require "support.unique"
local window = require "support.window"
require "support.tidy"(before_each, after_each)

local COUNT = 64 -- of one program

-- What a program runs to send something with such a number.
local SOURCES = {
  { "of requests", "copydata.spawn(endpoint.request, endpoint, name, 1):cancel()" },
  { "of messages in pieces", "endpoint:send(name, ('x'):rep(2000))" },
}

-- A peer on a channel, which keeps what it gets.
local function join(name)
  local peer = stranger(name)
  peer:keep()
  return peer
end

-- Has new endpoints, each in its own program, send `count` times each.
-- @return the numbers, in order
local function numbers(source, programs, count)
  local name = unique()
  local peer <close> = join(name)
  local list <close> = closing {}
  local seen = {}
  for i = 1, programs do
    list[i] = children.start()
    list[i]:run(([[
      local name, count = ...
      local endpoint <close> = copydata.new { max_frame = 1024 }
      for _ = 1, count do
        %s
      end
    ]]):format(source), name, count)
  end
  for _, frame in ipairs(peer:kept()) do
    local message = copydata.msgpack.decode(frame)
    if message[1] == 0 or message[1] == 3 and message[3] == 1 then -- its first piece
      seen[#seen + 1] = message[2]
    end
  end
  assert.equal(programs * count, #seen)
  return seen
end

local function distinct(list)
  local seen, count = {}, 0
  for _, item in ipairs(list) do
    count = count + (seen[item] and 0 or 1)
    seen[item] = true
  end
  return count
end

describe("the numbers", function()
  for _, case in ipairs(SOURCES) do
    local what, source = table.unpack(case)

    it(what .. " begin at random, in every program", function()
      local first = numbers(source, 4, 1)
      assert.equal(4, distinct(first))
      assert.is_true(math.max(table.unpack(first)) > 0xFFFFFF) -- by chance only once in 2^32
    end)

    it(what .. " do not follow from each other", function()
      local all = numbers(source, 1, COUNT)
      local differences, changes, lower, upper = {}, {}, {}, {}
      for i, number in ipairs(all) do
        differences[i] = (number - (all[i - 1] or 0)) & 0xFFFFFFFF
        changes[i] = number ~ (all[i - 1] or 0)
        lower[i], upper[i] = number & 0xFFFF, number >> 16
      end
      assert.equal(COUNT, distinct(all))
      assert.equal(COUNT, distinct(differences))
      assert.equal(COUNT, distinct(changes))
      -- Not even one half follows, which would leave the other half to try.
      assert.is_true(distinct(lower) > COUNT - 8)
      assert.is_true(distinct(upper) > COUNT - 8)
    end)
  end

  it("of requests in progress are all different, and each gets its answer", function()
    local name = unique()
    local peer <close> = join(name)
    local endpoint <close> = copydata.new()
    local answers = 0
    for i = 1, 500 do
      copydata.spawn(function()
        local answer, message = endpoint:request(name, i)
        assert(answer == i, message)
        answers = answers + 1
      end)
    end
    local msgids = {}
    for i, frame in ipairs(peer:kept()) do
      msgids[i] = frames.msgid(frame)
    end
    assert.equal(500, #msgids)
    assert.equal(500, distinct(msgids))
    for i = #msgids, 1, -1 do
      local response = frames.response(msgids[i], nil, copydata.msgpack.encode(i))
      assert.equal(frames.ACCEPTED,
        window.copydata(endpoint:hwnd(), frames.MPK1, response, peer:hwnd(), 5))
    end
    copydata.poll(5)
    assert.equal(500, answers)
    assert.equal(0, endpoint.ignored_answers)
  end)
end)
