-- SPDX-License-Identifier: MIT

-- What many repetitions must not use up.
local children = require "support.children"
local copydata = require "support.copydata"
local frames = require "support.frames"
local process = require "support.process"
local stranger = require "support.stranger"
local unique = require "support.unique"
require "support.tidy"(before_each, after_each)

local MiB = 1024 * 1024

describe("a million small messages", function()
  it("do not increase memory", function()
    local name = unique()
    local one <close> = copydata.new()
    local other <close> = copydata.new()
    local channel = one:channel(name, { listen = false })
    local count = 0
    other:channel(name):on(function() count = count + 1 end)
    local before
    for i = 1, 1000000 do
      channel:post { i }
      if i % 1000 == 0 then
        one:flush()
        copydata.poll(0)
      end
      if i == 100000 then
        collectgarbage()
        before = process.memory()
      end
    end
    one:flush()
    copydata.poll(0)
    assert.equal(1000000, count)
    collectgarbage()
    assert.is_true(process.memory() - before < 10 * MiB)
  end)
end)

describe("1.2 million posts that fail", function()
  it("are all counted, and 10,000 of them reported", function()
    local COUNT, TOLD = 1200000, 10000
    local name = unique()
    local refuses <close> = stranger(name, frames.REFUSED) -- luacheck: ignore
    local endpoint <close> = copydata.new()
    for i = 1, COUNT do
      endpoint:post(name, i)
    end
    local accepted, failures = endpoint:flush { timeout = 60 }
    assert.equal(0, accepted)
    assert.equal(TOLD, #failures)
    assert.equal(COUNT - TOLD, failures.more)
    assert.equal("REFUSED", failures[TOLD].code)
    assert.equal(TOLD, failures[TOLD].post)
  end)
end)

describe("joining and leaving", function()
  it("twenty thousand times, with as many names, leaks no atom, handle or memory", function()
    local endpoint <close> = copydata.new()
    local handles, before
    for i = 1, 20000 do -- a session has room for 16,384 names
      assert(endpoint:channel(unique())):close()
      if i == 1000 then
        collectgarbage()
        handles, before = process.handle_count(), process.memory()
      end
    end
    collectgarbage()
    assert.equal(handles, process.handle_count())
    assert.is_true(process.memory() - before < 10 * MiB)
  end)
end)

describe("endpoints", function()
  it("opened and closed a thousand times leak no handle", function()
    local handles
    for i = 1, 1000 do
      local endpoint <close> = assert(copydata.new())
      endpoint:channel "x"
      if i == 100 then
        collectgarbage()
        handles = process.handle_count()
      end
    end
    collectgarbage()
    assert.is_true(process.handle_count() <= handles + 2)
  end)
end)

describe("a message of 1 GiB", function()
  it("arrives when both sides allow it", function()
    local name = unique()
    local child <close> = children.start()
    child:run([[
      endpoint = copydata.new { max_message = 1100 * 1024 * 1024 }
      channel = endpoint:channel(...)
    ]], name)
    child:begin "local data = assert(channel:receive(300)).data return #data, data:sub(-3)"
    local endpoint <close> = copydata.new { max_message = 1100 * MiB }
    local text = ("x"):rep(1024 * MiB - 3) .. "end"
    local recipients, failures = endpoint:send(name, text, { timeout = 60 })
    assert.equal(1, recipients, failures and failures[1] and failures[1].message)
    local size, ending = child:result(300)
    assert.equal(1024 * MiB, size)
    assert.equal("end", ending)
  end)
end)
