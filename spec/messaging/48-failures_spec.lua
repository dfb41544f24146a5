-- SPDX-License-Identifier: MIT

-- What becomes of posts that fail, and of the endpoint, when the handler for failures raises, waits
-- or closes things.
local children = require "support.children"
local closing = require "support.closing"
local copydata = require "support.copydata"
local frames = require "support.frames"
local stranger = require "support.stranger"
local unique = require "support.unique"
require "support.tidy"(before_each, after_each)

-- Collects unhandled errors while a function runs.
local function told_while(f, ...)
  local told = {}
  copydata.on_error(function(problem)
    told[#told + 1] = problem
  end)
  local ok, problem = pcall(f, ...)
  copydata.on_error(nil)
  assert.is_true(ok, problem)
  return told
end

-- An endpoint that has posted `count` messages to a peer that refuses them.
local function posted(count)
  local name = unique()
  local refuses = stranger(name, frames.REFUSED)
  local endpoint = copydata.new()
  for i = 1, count do
    endpoint:post(name, i)
  end
  return endpoint, closing { endpoint, refuses }
end

describe("an error in on_failure", function()
  it("loses no other failure", function()
    local endpoint, both = posted(3)
    local held <close> = both -- luacheck: ignore
    local seen = {}
    endpoint:on_failure(function(failure)
      seen[#seen + 1] = failure.post
      error("number " .. failure.post)
    end)
    local told = told_while(function()
      assert.same({ 0, {} }, { endpoint:flush() })
    end)
    assert.same({ 1, 2, 3 }, seen)
    assert.equal(3, #told)
    for i, problem in ipairs(told) do
      assert.matches(("48%%-failures_spec.lua:%%d+: number %d\nstack traceback"):format(i), problem)
    end
    endpoint:on_failure(nil)
    endpoint:post(unique(), 1)
    assert.equal(0, (endpoint:flush()))
  end)

  it("neither keeps close from closing, nor is raised there", function()
    local endpoint, both = posted(2)
    local held <close> = both -- luacheck: ignore
    local channel = endpoint:channel(unique())
    endpoint:on_failure(function()
      error "on purpose"
    end)
    local told = told_while(function()
      endpoint:close()
    end)
    assert.equal(2, #told)
    assert.matches("on purpose", told[1])
    assert.equal("copydata.endpoint (closed)", tostring(endpoint))
    assert.matches("closed", tostring(channel))
    endpoint:close()
  end)

  it("does not keep the collector from closing", function()
    local weak = setmetatable({}, { __mode = "v" })
    local told = told_while(function()
      do
        local endpoint, both = posted(2)
        weak[1] = endpoint
        endpoint:on_failure(function()
          error "on purpose"
        end)
        both[2]:close() -- only the stranger
      end
      for _ = 1, 3 do
        collectgarbage()
      end
    end)
    assert.is_nil(weak[1])
    assert.is_true(#told <= 2) -- a window that is gone is not a peer, so there may be no failure
  end) -- tidy checks that the window is closed

  it("without on_error is raised by the waiting call, and every failure is reported", function()
    local endpoint, both = posted(3)
    local held <close> = both -- luacheck: ignore
    local seen = 0
    endpoint:on_failure(function()
      seen = seen + 1
      error "on purpose"
    end)
    endpoint:flush()
    for _ = 1, 3 do
      local ok, problem = pcall(copydata.poll, 0)
      assert.is_false(ok)
      assert.matches("on purpose", problem)
    end
    assert.equal(3, seen)
    assert.equal(0, copydata.poll(0))
  end)
end)

describe("the handler for failures", function()
  it("may wait, and flush", function()
    local endpoint, both = posted(3)
    local held <close> = both -- luacheck: ignore
    local seen = {}
    endpoint:on_failure(function(failure)
      copydata.sleep(0.01)
      endpoint:flush()
      seen[#seen + 1] = failure.post
    end)
    endpoint:flush()
    assert.same({ 1, 2, 3 }, seen)
  end)

  it("is called for each program that did not get a post, and only for those", function()
    local name = unique()
    local refuses <close> = stranger(name, frames.REFUSED) -- luacheck: ignore
    local child <close> = children.join(name)
    child:begin "return assert(channel:receive(20)).data, assert(channel:receive(20)).data"
    local endpoint <close> = copydata.new()
    local seen = {}
    endpoint:on_failure(function(failure)
      seen[#seen + 1] = { failure.post, failure.code, failure.peer.hwnd, failure.channel }
    end)
    endpoint:post(name, "a")
    endpoint:post(name, "b")
    assert.equal(2, (endpoint:flush { timeout = 20 }))
    assert.same({ { 1, "REFUSED", refuses:hwnd(), name }, { 2, "REFUSED", refuses:hwnd(), name } },
      seen)
    assert.same({ "a", "b" }, { child:result() })
  end)
end)
