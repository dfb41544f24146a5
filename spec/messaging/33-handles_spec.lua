-- SPDX-License-Identifier: MIT

-- What scripts pass as a window.
local copydata = require "support.copydata"
local recorder = require "support.recorder"
local unique = require "support.unique"
require "support.tidy"(before_each, after_each)

local raw = copydata.raw

local EVERYBODY = { 0xFFFF, -1, 0xFFFFFFFF } -- what may mean all windows to Windows

local NO_HANDLES = {
  { "more than 32 bits", 1 << 40 },
  { "the largest integer", math.maxinteger },
  { "the smallest integer", math.mininteger },
  { "a fraction", 1.5 },
  { "a float", 2.0 ^ 40 },
  { "infinity", math.huge },
  { "a string", "x" },
  { "a number in a string", "65536" },
  { "a table", {} },
  { "a boolean", true },
}

-- Calls with an invalid window; the error must name the argument, and the line here.
local function refuses(argument, call, value)
  local ok, message = pcall(call, value)
  assert.is_false(ok)
  assert.matches("^spec[/\\]messaging[/\\]33%-handles_spec%.lua:%d+: " .. argument .. ": ", message)
end

describe("raw.send", function()
  local class, stranger

  before_each(function()
    class = unique()
    stranger = recorder(class, 1)
  end)

  -- The window got nothing that was refused, and gets what is valid.
  after_each(function()
    local got = stranger:newest()
    local answer = raw.send(stranger:hwnd(), 7, "for you")
    local another = raw.send(raw.find { class = class }[1], 7, "for you", { sender = 0 })
    stranger:close()
    assert.is_nil(got)
    assert.equal(1, answer)
    assert.equal(1, another)
  end)

  local function send_to(value)
    raw.send(value, 7, "for everybody")
  end

  for _, hwnd in ipairs(EVERYBODY) do
    it(("does not send to all windows: 0x%X"):format(hwnd), function()
      refuses("window", send_to, hwnd)
    end)

    it(("does not send to an object that claims to be all windows: 0x%X"):format(hwnd), function()
      local ok, answer = pcall(raw.send, { hwnd = hwnd }, 7, "for everybody")
      assert.is_falsy(ok and answer)
    end)
  end

  it("accepts neither 0 nor nil as a window", function()
    refuses("window", send_to, 0)
    refuses("window", send_to, nil)
  end)

  for _, case in ipairs(NO_HANDLES) do
    local what, value = table.unpack(case)

    it("does not accept as a window " .. what, function()
      refuses("window", send_to, value)
    end)

    it("does not accept as its sender " .. what, function()
      refuses("option 'sender'", function()
        raw.send(stranger:hwnd(), 7, "", { sender = value })
      end)
    end)
  end
end)
