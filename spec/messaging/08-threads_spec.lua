-- SPDX-License-Identifier: MIT
local children = require "support.children"
local closing = require "support.closing"
local copydata = require "support.copydata"
local unique = require "support.unique"
require "support.tidy"(before_each, after_each)

describe("several Lua states in one process", function()
  -- Runs a script of spec/support in four threads of a child.
  local function in_threads(script, ...)
    local child <close> = children.start()
    local failed = child:run("return require('support.threads').run(4, ...)",
      package.searchpath(script, package.path), package.path, package.cpath, ...)
    assert.equal(0, failed)
    assert.equal(0, child:finish())
  end

  it("exchange messages, each in its own thread", function()
    in_threads("support.thread", unique(), "4", "100")
  end)

  it("may open and close endpoints", function()
    in_threads("support.churn", "100")
  end)
end)

describe("several endpoints in one state", function()
  it("have their own windows, channels and queues", function()
    local name = unique()
    local endpoints <close> = closing {}
    local got = {}
    for i = 1, 5 do
      endpoints[i] = copydata.new()
      got[i] = {}
      endpoints[i]:channel(name):on(function(data) table.insert(got[i], data) end)
    end
    for i = 1, 5 do
      assert.equal(4, (endpoints[i]:send(name, i)))
    end
    assert.equal(20, copydata.poll(0)) -- one loop for all
    for i = 1, 5 do
      local others = {}
      for j = 1, 5 do
        others[#others + 1] = j ~= i and j or nil
      end
      assert.same(others, got[i])
    end
  end)

  it("continue when others close: the window class outlives them", function()
    for _ = 1, 3 do
      local one <close> = copydata.new()
      local other = copydata.new()
      other:close()
      local name = unique()
      local channel = one:channel(name)
      local third <close> = copydata.new()
      assert.equal(1, (third:send(name, "still here")))
      assert.equal("still here", channel:receive(0).data)
    end
    local child <close> = children.join(unique())
    assert.equal(0, child:finish())
  end)
end)
