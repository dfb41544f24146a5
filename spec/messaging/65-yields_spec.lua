-- SPDX-License-Identifier: MIT

-- Handlers that yield, as calls of other loops' libraries do: nothing would resume them. Each ends
-- with an error, and nothing else waits for it.
local children = require "support.children"
local copydata = require "support.copydata"
local eventually = require "support.eventually"
local unique = require "support.unique"
require "support.tidy"(before_each, after_each)

local YIELDED = "a task must not yield: .*copydata%.event"

describe("a handler that yields", function()
  local name, one, other, told

  before_each(function()
    name, told = unique(), {}
    one, other = copydata.new(), copydata.new()
    copydata.on_error(function(problem) told[#told + 1] = problem end)
  end)

  after_each(function()
    copydata.on_error(nil)
    one:close()
    other:close()
  end)

  it("fails the request, at once or after a wait, and is reported", function()
    local closed = 0
    other:channel(name):serve(function(data)
      local _ <close> = setmetatable({}, { __close = function() closed = closed + 1 end })
      if data == "late" then
        copydata.sleep(0)
      elseif data == "well" then
        return data
      end
      coroutine.yield "mine"
    end)
    for i, data in ipairs { "early", "late" } do
      local answer, message, code, details = one:request(name, data, { timeout = 30 })
      assert.is_nil(answer)
      assert.equal("REMOTE", code)
      assert.matches("^REMOTE: " .. YIELDED .. "$", message)
      assert.equal("REMOTE: " .. details.message, message)
      assert.matches("^stack traceback:\n.*65%-yields_spec%.lua:%d+", details.traceback)
      assert.not_matches("serve%.lua", details.traceback)
      assert.equal(i, closed)
      assert.equal(i, #told)
      assert.matches("^" .. YIELDED .. "\nstack traceback:", told[i])
    end
    assert.equal("well", one:request(name, "well"))
    assert.equal(0, one.ignored_answers)
    assert.equal(0, other.lost_answers)
  end)

  it("fails the request even if the answer has to wait, and the loop continues", function()
    other:channel(name):serve(function() coroutine.yield() end)
    local asking <close> = children.start()
    asking:begin([[
      local endpoint = copydata.new { pump = "thread", accept = function() return true end }
      task = copydata.spawn(function(name)
        return (select(3, endpoint:request(name, 1, { timeout = 60 })))
      end, ...)
    ]], name)
    while #told < 1 do
      assert(copydata.poll(5) > 0)
    end
    asking:result() -- its loop does not run until the next chunk, nor does its guard
    asking:begin "return task:wait()"
    assert(eventually(function() return asking:ready() end))
    assert.equal("REMOTE", asking:result())
    assert.equal(0, other.lost_answers)
  end)

  it("does not keep a peer waiting if on_error is not set: it raises from run, once", function()
    copydata.on_error(nil)
    local serving <close> = children.join(name)
    serving:begin [[
      channel:serve(function(data) return data == 1 and coroutine.yield() or data end)
      say "serving"
      local ok, problem = pcall(copydata.run)
      copydata.spawn(function() copydata.sleep(0) say(tostring(ok), problem) end)
      copydata.run()
    ]]
    serving:said()
    local _, _, code, details = one:request(name, 1, { timeout = 30 })
    assert.equal("REMOTE", code)
    assert.matches(YIELDED, details.message)
    assert.matches(YIELDED, select(2, serving:told()) and details.message)
    assert.equal(2, one:request(name, 2))
  end)

  it("fails a call of a remote object's method", function()
    copydata.on_error(nil)
    local owner <close> = children.start()
    owner:begin([[
      copydata.on_error(function() end)
      copydata.remote.publish(..., {
        yields = function(_, late)
          if late then copydata.sleep(0) end
          coroutine.yield()
        end,
        works = function() return "well" end,
      })
      say "published"
      copydata.run()
    ]], name)
    owner:said()
    local object = assert(one:connect(name, { timeout = 30 }))
    for _, late in ipairs { false, true } do
      local ok, problem = pcall(object.yields, object, late)
      assert.is_false(ok)
      assert.matches("^" .. YIELDED .. "\nremote stack traceback:\n.*chunk:%d+", problem)
    end
    assert.equal("well", object:works())
  end)

  it("of on does not hold up its channel", function()
    local got = {}
    other:channel(name):on(function(data)
      got[#got + 1] = data
      if data > 1 then
        copydata.sleep(0)
      end
      if data < 3 then
        coroutine.yield()
      end
    end)
    for i = 1, 3 do
      one:send(name, i)
    end
    while #got < 3 do
      assert(copydata.poll(5) > 0)
    end
    assert.same({ 1, 2, 3 }, got)
    assert.equal(2, #told)
  end)

  it("of on_raw does not hold up the messages after it", function()
    local got = {}
    other:on_raw(function(bytes)
      got[#got + 1] = bytes
      copydata.sleep(0)
      coroutine.yield()
    end)
    for _, bytes in ipairs { "a", "b" } do
      assert.equal(1, copydata.raw.send(other:hwnd(), 1, bytes))
    end
    while #told < 2 do
      assert(copydata.poll(5) > 0)
    end
    assert.same({ "a", "b" }, got)
  end)

  it("of on_peers gets the next event", function()
    local events = {}
    one:channel(name):on_peers(function(_, event)
      events[#events + 1] = event
      coroutine.yield()
    end)
    other:channel(name)
    local third <close> = copydata.new()
    third:channel(name)
    while #events < 2 do
      assert(copydata.poll(5) > 0)
    end
    assert.same({ "joined", "joined" }, events)
    assert.equal(2, #told)
  end)
end)
