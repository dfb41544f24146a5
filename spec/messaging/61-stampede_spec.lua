-- SPDX-License-Identifier: MIT

-- Many instances of a program that start at the same moment, while the first one is in various
-- states. A child that runs no chunk does not pump messages: it is busy.
local children = require "support.children"
local closing = require "support.closing"
local copydata = require "support.copydata"
local unique = require "support.unique"
require "support.tidy"(before_each, after_each)

local COUNT = 30
local PATIENCE = 60 -- seconds
local HUNG = 5.5 -- seconds without pumping, after which a thread counts as hung

-- Becomes the first instance, which then serves, or hands over its number.
local START = [[
  local name, number, timeout = ...
  first, why, code, peer = copydata.single_instance(name, number, { timeout = timeout })
  if not first then
    return first, why, code, peer and peer.pid
  end
  say "first"
  first:on(function(other) say(other) return number end)
  return copydata.run()
]]

-- Has the first one serve permanently; its number is 0.
local SERVE = [[
  first:on(function(other) say(other) return 0 end)
  return copydata.run()
]]

local function start_first(name)
  local first = children.start()
  first:run("first = assert(copydata.single_instance(...))", name)
  return first
end

-- Processes that have done what a test began, for the next one.
local idle = {}

local function close_idle()
  local list <close> = closing(idle) -- luacheck: ignore
  idle = {}
end

local function start_others()
  local others = closing {}
  for i = 1, COUNT do
    others[i] = table.remove(idle) or children.start()
  end
  return others
end

-- Keeps them for the next test, but for one that is the first now.
local function dismiss(others, first)
  for i = COUNT, 1, -1 do
    if i ~= first then
      idle[#idle + 1] = table.remove(others, i):stay()
    end
  end
end

local function stampede(name, others, timeout)
  for i, other in ipairs(others) do
    other:begin(START, name, i, timeout)
  end
end

-- The outcome for each of the others: `{ first =, answer =, code =, pid = }`; for one that is the
-- first now, `{ first = true }`.
local function outcomes(others)
  local list = {}
  for i, other in ipairs(others) do
    local kind, first, answer, code, pid = other:told(PATIENCE)
    list[i] = kind == "say" and { first = true }
      or { first = first, answer = answer, code = code, pid = pid }
  end
  return list
end

-- The first `count` values that a first instance reports.
local function received(first, count)
  local list = {}
  for i = 1, count do
    list[i] = first:said(PATIENCE)
  end
  table.sort(list)
  return list
end

local function all()
  local list = {}
  for i = 1, COUNT do
    list[i] = i
  end
  return list
end

-- All of them learn that the first one, whose number is 0, has their arguments; and it does.
local function assert_handed_over(first, others)
  for i, outcome in ipairs(outcomes(others)) do
    assert.same({ first = false, answer = 0 }, outcome, i)
  end
  assert.same(all(), received(first, COUNT))
  dismiss(others)
end

-- None of them is the first, and each learns why, and from which process.
local function assert_failed(first, others)
  for i, outcome in ipairs(outcomes(others)) do
    assert.is_nil(outcome.first, i)
    assert.is_true(outcome.code == "HUNG" or outcome.code == "TIMEOUT", outcome.answer)
    assert.equal(outcome.code .. ": ", outcome.answer:sub(1, #outcome.code + 2))
    assert.truthy(outcome.answer:find(("process %d "):format(first.pid), 1, true), outcome.answer)
    assert.equal(first.pid, outcome.pid)
  end
  dismiss(others)
end

-- The next one hands over, and nothing else has been handed over.
local function assert_next(first, name)
  local child <close> = children.start()
  assert.same({ false, 0 }, { child:run(START, name, "next", 20) })
  assert.equal("next", first:said(PATIENCE))
end

-- One of them is the first now. Each of the others learns that it, or the one before it, has its
-- arguments; and it does.
local function assert_one_first(name, others)
  local first, handed = nil, { [0] = {} } -- by first instance: the numbers that it has answered
  for i, outcome in ipairs(outcomes(others)) do
    if outcome.first then
      assert.is_nil(first)
      first = i
    else
      assert.is_number(outcome.answer, ("%d: %s"):format(i, outcome.code))
      handed[outcome.answer] = handed[outcome.answer] or {}
      table.insert(handed[outcome.answer], i)
    end
  end
  local own = assert(handed[first])
  assert.equal(COUNT - 1, #handed[0] + #own)
  assert.same(own, received(others[first], #own))
  local child <close> = children.start()
  assert.same({ false, first }, { child:run(START, name, "next", 20) })
  assert.equal("next", others[first]:said(PATIENCE))
  dismiss(others, first)
end

describe("thirty instances that start while the first one", function()
  teardown(close_idle)

  it("is idle hand over their arguments", function()
    local name = unique "stampede"
    local others <close> = start_others()
    local first <close> = start_first(name)
    first:begin(SERVE)
    stampede(name, others)
    assert_handed_over(first, others)
  end)

  it("is busy for 3 seconds hand over after that", function()
    local name = unique "stampede"
    local others <close> = start_others()
    local first <close> = start_first(name)
    stampede(name, others)
    copydata.sleep(3)
    first:begin(SERVE)
    assert_handed_over(first, others)
  end)

  it("is busy until it counts as hung hand over after that", function()
    local name = unique "stampede"
    local others <close> = start_others()
    local first <close> = start_first(name)
    stampede(name, others)
    copydata.sleep(HUNG)
    first:begin(SERVE)
    assert_handed_over(first, others)
  end)

  it("counts as hung already hand over later", function()
    local name = unique "stampede"
    local others <close> = start_others()
    local first <close> = start_first(name)
    copydata.sleep(HUNG)
    stampede(name, others)
    copydata.sleep(1)
    first:begin(SERVE)
    assert_handed_over(first, others)
  end)

  it("is busy for too long fail, and none of their arguments are handled later", function()
    local name = unique "stampede"
    local others <close> = start_others()
    local first <close> = start_first(name)
    first:run [[first:on(function(other) say(other) return 0 end)]]
    stampede(name, others, 1)
    assert_failed(first, others)
    first:begin(SERVE)
    assert_next(first, name)
  end)

  it("is suspended for ever fail, and none of their arguments are handled later", function()
    local name = unique "stampede"
    local others <close> = start_others()
    local first <close> = start_first(name)
    first:begin(SERVE)
    first.process:suspend()
    stampede(name, others, 2)
    assert_failed(first, others)
    first.process:resume()
    assert_next(first, name)
  end)

  it("is killed meanwhile get another first instance", function()
    local name = unique "stampede"
    local others <close> = start_others()
    local first <close> = start_first(name)
    first:begin(SERVE)
    stampede(name, others)
    for _ = 1, COUNT // 3 do
      first:said(PATIENCE)
    end
    first.process:kill()
    assert_one_first(name, others)
  end)

  it("is busy, then killed, get another first instance", function()
    local name = unique "stampede"
    local others <close> = start_others()
    local first <close> = start_first(name)
    stampede(name, others)
    copydata.sleep(1)
    first.process:kill()
    assert_one_first(name, others)
  end)
end)

describe("thirty instances that start while there is no first one", function()
  teardown(close_idle)

  it("get one first instance, to which the others hand over", function()
    local name = unique "stampede"
    local others <close> = start_others()
    stampede(name, others)
    assert_one_first(name, others)
  end)
end)
