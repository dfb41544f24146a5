-- SPDX-License-Identifier: MIT

-- What other libraries' callbacks report, and tasks wait for.
local copydata = require "support.copydata"
require "support.tidy"(before_each, after_each)

describe("an event", function()
  it("wakes all waiting calls, in order, with its values", function()
    local event = copydata.event()
    local order = {}
    for i = 1, 3 do
      copydata.spawn(function()
        local values = { i, event:wait() }
        order[#order + 1] = values
      end)
    end
    assert.same({}, order)
    assert.equal("copydata.event (not set)", tostring(event))
    event:set("a", nil, false)
    assert.same({}, order) -- setting it runs nothing
    assert.equal("copydata.event (set)", tostring(event))
    copydata.poll(0)
    assert.same({ { 1, "a", nil, false }, { 2, "a", nil, false }, { 3, "a", nil, false } }, order)
  end)

  it("that was set stays so: later waits return at once, with the newest values", function()
    local event = copydata.event()
    event:set()
    assert.equal(0, select("#", event:wait()))
    event:set(1)
    event:set(2, nil)
    assert.equal(2, select("#", event:wait(0)))
    assert.equal(2, (event:wait()))
    local waited = true
    copydata.spawn(function()
      event:wait()
      waited = false
    end)
    assert.is_false(waited)
  end)

  it("can be waited for with a timeout", function()
    local event = copydata.event()
    for _, seconds in ipairs { 0, 0.01 } do
      local value, message, code = event:wait(seconds)
      assert.is_nil(value)
      assert.equal("TIMEOUT", code)
      assert.matches("^TIMEOUT: ", message)
    end
    assert.equal("TIMEOUT", (copydata.spawn(function()
      return (select(3, event:wait(0.01)))
    end):wait()))
    event:set "now"
    assert.equal("now", (event:wait(0)))
  end)

  it("may be set by a handler, a task, or in a generator", function()
    local event = copydata.event()
    copydata.spawn(function()
      copydata.sleep(0.001)
      coroutine.wrap(function() event:set "from a coroutine" end)()
    end)
    assert.equal("from a coroutine", (event:wait(5)))
  end)

  it("forgets calls that have given up waiting", function()
    local event = copydata.event()
    local task = copydata.spawn(function() event:wait() end)
    local weak = setmetatable({ task }, { __mode = "v" })
    task:cancel()
    event:wait(0)
    task = nil -- luacheck: ignore
    collectgarbage()
    collectgarbage()
    assert.is_nil(weak[1])
    assert.same({}, rawget(event, "_waits"))
    event:set "still works"
    assert.equal("still works", (event:wait(0)))
  end)

  it("refuses invalid times, and unknown fields", function()
    local event = copydata.event()
    for call, pattern in pairs {
      [function() event:wait "soon" end] = "seconds to wait: expected number of seconds",
      [function() event:wait(-1) end] = "seconds to wait: must be 0 or more",
      [function() event.value = 1 end] = "copydata%.event: field 'value' cannot be set",
    } do
      local ok, message = pcall(call)
      assert.is_false(ok)
      assert.matches("^spec/messaging[\\/]42%-events_spec%.lua:%d+: " .. pattern, message)
    end
  end)
end)
