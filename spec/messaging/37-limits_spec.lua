-- SPDX-License-Identifier: MIT

-- The limits of an endpoint, and their valid values.
local copydata = require "support.copydata"
local unique = require "support.unique"
require "support.tidy"(before_each, after_each)

local COUNTS = {
  "queue_messages", "queue_bytes", "sender_messages", "sender_bytes", "transfers", "transfer_bytes",
}
local HUGE = {
  math.maxinteger, 1 << 33, 2.0 ^ 31, 2.0 ^ 32, 2.0 ^ 33, 2.0 ^ 53, 2.0 ^ 63, 2.0 ^ 64, 2.0 ^ 70,
  math.huge,
}
local NAN = 0 / 0
local NO_COUNTS = { NAN, 0, -1, 0.5, 1.5, -math.huge, -2.0 ^ 70, math.mininteger }

describe("limits", function()
  -- Makes an endpoint with options; sends it small messages, large ones and many.
  local function receives_with(options)
    local name = unique()
    local one <close> = copydata.new()
    local other <close> = copydata.new(options)
    local channel = other:channel(name)
    for _, size in ipairs { 1, 3 * 1024 * 1024 } do
      local recipients, failures = one:send(name, ("x"):rep(size), { timeout = 1 })
      assert.equal(1, recipients, failures[1] and failures[1].message)
      assert.equal(size, #channel:receive(5).data)
    end
    local posts = one:channel(name, { listen = false })
    for i = 1, 100 do
      posts:post(i)
    end
    assert.equal(100, (one:flush { timeout = 1 }))
    for i = 1, 100 do
      assert.equal(i, channel:receive(5).data)
    end
  end

  for _, option in ipairs(COUNTS) do
    it(option .. " may be as large as you like", function()
      for _, value in ipairs(HUGE) do
        receives_with { [option] = value }
      end
    end)
  end

  it("may all be as large as you like", function()
    for _, value in ipairs(HUGE) do
      local options = { transfer_silence = value, timeout = value }
      for _, option in ipairs(COUNTS) do
        options[option] = value
      end
      receives_with(options)
    end
  end)

  it("are integers from 1", function()
    for _, option in ipairs(COUNTS) do
      for _, value in ipairs(NO_COUNTS) do
        local ok, message = pcall(function()
          copydata.new { [option] = value }
        end)
        assert.is_false(ok)
        assert.matches(("37%%-limits_spec%%.lua:%%d+: option '%s': "):format(option), message)
      end
    end
  end)

  it("of time cannot be NaN", function()
    for _, option in ipairs { "timeout", "transfer_silence" } do
      local ok, message = pcall(function()
        copydata.new { [option] = NAN }
      end)
      assert.is_false(ok)
      assert.matches(("37%%-limits_spec%%.lua:%%d+: option '%s': must be 0 or more"):format(option),
        message)
    end
  end)
end)
