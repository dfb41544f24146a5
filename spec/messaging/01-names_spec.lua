-- SPDX-License-Identifier: MIT
local copydata = require "support.copydata"
local unique = require "support.unique"
local window = require "support.window"
require "support.tidy"(before_each, after_each)

copydata.hwnd() -- makes the default endpoint, so that it does not count as left open

describe("channel names", function()
  local function refusal(name)
    local endpoint <close> = copydata.new()
    local ok, message = pcall(endpoint.channel, endpoint, name)
    assert.is_false(ok)
    return message
  end

  it("must not be empty", function()
    assert.matches("channel name is empty", refusal "")
  end)

  it("must not contain a NUL byte", function()
    assert.matches("channel name contains a NUL byte", refusal "a\0b")
  end)

  it("must be valid UTF-8", function()
    for _, bytes in ipairs { "\xff", "a\xc3", "\xc0\x80", "\xed\xa0\x80", "\xf4\x90\x80\x80" } do
      assert.matches("channel name is not valid UTF%-8", refusal(bytes))
    end
  end)

  it("must be strings", function()
    assert.matches("channel name: expected string, got number", refusal(12))
    assert.matches("channel name: expected string, got nil", refusal(nil))
  end)

  it("may have up to 246 UTF-16 units", function()
    local endpoint <close> = copydata.new()
    local longest = { ("a"):rep(246), ("\u{20AC}"):rep(246), ("\u{1F600}"):rep(123) }
    for _, name in ipairs(longest) do
      local channel <close> = assert(endpoint:channel(name))
      assert.equal(1, window.property(endpoint:hwnd(), "copydata:" .. name))
      assert.matches("too long %(at most 246 UTF%-16 units%)", refusal(name .. "a"))
      channel:close()
    end
    assert.matches("too long", refusal(("a"):rep(100000)))
  end)

  it("if invalid, raise at the caller's line", function()
    local line = debug.getinfo(1, "l").currentline + 1
    local _, message = pcall(function() copydata.channel "" end)
    assert.matches("01%-names_spec%.lua:" .. line .. ":", message)
    line = line + 3
    _, message = pcall(function() copydata.send("", 1) end)
    assert.matches("01%-names_spec%.lua:" .. line .. ":", message)
  end)

  it("are kept as first written and compared without case", function()
    local one <close> = copydata.new()
    local other <close> = copydata.new()
    local name = unique "Müller-Σίσυφος"
    local channel = one:channel(name)
    local same = other:channel((name:gsub("ü", "Ü"):gsub("Σίσ", "σΊΣ"):gsub("M", "m")))
    assert.equal(name, channel.name)
    assert.equal(other:hwnd(), channel:peers()[1].hwnd)
    assert.equal(one:hwnd(), same:peers()[1].hwnd)

    assert.equal(1, channel:send "hello")
    local message = same:receive(5)
    assert.equal("hello", message.data)
    assert.equal(same.name, message.channel)
  end)

  it("may contain any other character", function()
    local endpoint <close> = copydata.new()
    for _, name in ipairs { "#123", "a:b", "a b", "\u{1F600}", "\n", "copydata:x", "\\", "%s" } do
      name = unique(name)
      endpoint:channel(name)
      assert.equal(name, endpoint:joined(name).name)
      assert.equal(1, window.property(endpoint:hwnd(), "copydata:" .. name))
    end
  end)
end)
