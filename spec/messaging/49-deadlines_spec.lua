-- SPDX-License-Identifier: MIT

-- A timeout is the time of the whole call, however many peers hang.
local children = require "support.children"
local closing = require "support.closing"
local copydata = require "support.copydata"
local core = require "copydata.core"
local unique = require "support.unique"
require "support.tidy"(before_each, after_each)

local HUNG = 6
local TIMEOUT = 2 -- for six peers that would be 12 s
local AT_MOST = 10 -- with a short try for each, on a busy machine

-- Children that are on a channel and do not pump messages.
local function hung(name)
  local list = closing {}
  for i = 1, HUNG do
    list[i] = children.start()
    list[i]:begin([[
      endpoint = copydata.new { pump = "script" }
      channel = endpoint:channel(...)
    ]], name)
  end
  for _, child in ipairs(list) do
    child:result()
  end
  return list
end

-- Windows counts a thread as hung that has pumped no messages for 5 s: these pump now.
local function pump(list)
  for _, child in ipairs(list) do
    child:run "copydata.poll(0)"
  end
end

-- A child that receives and serves until the spec ends it.
local function well(name)
  local child = children.start()
  child:begin([[
    got = 0
    channel = assert(copydata.channel(...))
    channel:on(function() got = got + 1 end)
    channel:serve(function() return got end)
    say "there"
    copydata.run()
  ]], name)
  child:said()
  return child
end

local function seconds_of(f, ...)
  local started = core.seconds()
  local results = table.pack(f(...))
  return core.seconds() - started, table.unpack(results, 1, results.n)
end

local function codes_of(failures)
  local codes = {}
  for _, failure in ipairs(failures) do
    codes[failure.code] = (codes[failure.code] or 0) + 1
  end
  return codes
end

describe("with peers that hang,", function()
  for _, which in ipairs { "first", "last" } do
    it("a message to all takes one timeout, and reaches the peer that came " .. which, function()
      local name = unique()
      local early <close> = closing { which == "first" and well(name) or nil } -- luacheck: ignore
      local list <close> = hung(name)
      local late <close> = closing { which == "last" and well(name) or nil } -- luacheck: ignore
      local endpoint <close> = copydata.new()
      pump(list)
      local took, count, failures =
        seconds_of(endpoint.send, endpoint, name, 1, { timeout = TIMEOUT })
      assert.same({ TIMEOUT = HUNG }, codes_of(failures))
      assert.equal(1, count)
      assert.is_true(took >= TIMEOUT and took < AT_MOST, took)
      -- Now they are known to hang, and nothing is sent to them.
      count, failures = endpoint:send(name, 2, { timeout = TIMEOUT })
      assert.equal(1, count)
      assert.same({ HUNG = HUNG }, codes_of(failures))
      assert.equal(2, endpoint:request(name, "how many?", { timeout = 20 }))
    end)
  end

  it("request_all takes one timeout, and the others answer", function()
    local name = unique()
    local list <close> = hung(name)
    local child <close> = well(name) -- luacheck: ignore
    local endpoint <close> = copydata.new()
    pump(list)
    local took, answers, failures =
      seconds_of(endpoint.request_all, endpoint, name, 1, { timeout = TIMEOUT })
    assert.equal(1, #answers)
    assert.same({ TIMEOUT = HUNG }, codes_of(failures))
    assert.is_true(took < AT_MOST, took)
  end)

  it("flush takes one timeout", function()
    local name = unique()
    local list <close> = hung(name)
    local child <close> = well(name) -- luacheck: ignore
    local endpoint <close> = copydata.new { timeout = TIMEOUT }
    endpoint:post(name, 1)
    pump(list)
    local took, count, failures = seconds_of(endpoint.flush, endpoint)
    assert.equal(1, count)
    assert.same({ TIMEOUT = HUNG }, codes_of(failures))
    assert.is_true(took < AT_MOST, took)
    assert.equal(1, endpoint:request(name, "how many?", { timeout = 20 }))
  end)
end)
