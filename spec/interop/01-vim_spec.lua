-- SPDX-License-Identifier: MIT

-- The real Vim: it replies with a WM_COPYDATA, before it answers the request or later.
local children = require "support.children"
local copydata = require "support.copydata"
local real = require "spec.interop.real"
local unique = require "support.unique"
local window = require "support.window"
require "support.tidy"(before_each, after_each)

local raw = copydata.raw

local KEYS, REPLY, EXPRESSION, RESULT, FAILURE, ENCODING = 0, 1, 10, 11, 12, 20
local QUESTIONS = 10000

-- A name that Vim does not change
local function name()
  return (unique("VIM"):upper():gsub("%.", "_"))
end

-- Asks for the value of an expression, in UTF-8.
local function evaluate(vim, expression, timeout)
  assert(raw.send(vim.window, ENCODING, "utf-8\0"))
  return raw.request(vim.window, EXPRESSION, expression .. "\0",
    { reply = { RESULT, FAILURE }, timeout = timeout })
end

-- An expression that takes Vim that many seconds, without pumping messages
local function busy(seconds)
  return ("execute('let t = reltime() | while reltimefloat(reltime(t)) < %s | endwhile')")
    :format(seconds)
end

describe("Vim", function()
  it("replies before it answers the request", function()
    local vim <close> = real.vim(name())
    local bytes, message = assert(evaluate(vim, "6 * 7"))
    assert.equal("42\0", bytes)
    assert.equal(RESULT, message.tag)
    assert.equal(vim.window.hwnd, message.sender.hwnd)
    bytes, message = assert(evaluate(vim, "nothing("))
    assert.equal('E449: Invalid expression received: "nothing("\0', bytes)
    assert.equal(FAILURE, message.tag)
  end)

  it("gets requests from several tasks at once, and each task gets its own reply", function()
    local vim <close> = real.vim(name())
    local tasks = {}
    for i = 1, 50 do
      tasks[i] = copydata.spawn(evaluate, vim, tostring(i))
    end
    for i, task in ipairs(tasks) do
      assert.equal(i .. "\0", (task:wait(20)))
    end
  end)

  it("answers 10,000 requests in a row", function()
    local vim <close> = real.vim(name())
    for i = 1, QUESTIONS do
      local bytes, why = raw.request(vim.window, EXPRESSION, i .. "\0", { reply = RESULT })
      if bytes ~= i .. "\0" then
        error(("question %d: %s"):format(i, bytes or why))
      end
    end
  end)

  it("replies later, too", function()
    local vim <close> = real.vim(name())
    local later = "timer_start(300, {-> server2client('0x%x', 'later')})"
    local bytes, message = raw.request(vim.window, EXPRESSION, function(hwnd)
      return later:format(hwnd) .. "\0"
    end, { reply = REPLY })
    assert.equal("later\0", bytes)
    assert.equal(vim.window.hwnd, message.sender.hwnd)
  end)

  for where, own in pairs { ["a window of the request's"] = true, ["our endpoint's"] = false } do
    it("replies too late, and not to the next request, at " .. where, function()
      local vim <close> = real.vim(name())
      local endpoint <close> = copydata.new()
      local function ask(text, seconds, timeout)
        return raw.request(vim.window, EXPRESSION, function(hwnd)
          return ("timer_start(%d, {-> server2client('0x%x', '%s')})\0"):format(seconds * 1000,
            hwnd, text)
        end, { reply = REPLY, timeout = timeout, sender = not own and endpoint or nil })
      end
      local _, why, code = ask("first", 1.5, 0.5)
      assert.equal("TIMEOUT", code, why)
      assert.equal("second\0", (ask("second", 2.5, 20)))
      assert.equal("third\0", (ask("third", 0, 20)))
    end)

    it("computes for too long, and does not reply to the next request, at " .. where, function()
      local vim <close> = real.vim(name())
      local endpoint <close> = copydata.new()
      local options = { reply = RESULT, timeout = 0.3, sender = not own and endpoint or nil }
      local slow = ("[%s, 'first'][1]\0"):format(busy(1))
      local _, why, code = raw.request(vim.window, EXPRESSION, slow, options)
      assert.equal("TIMEOUT", code, why)
      options.timeout = 10
      assert.equal("second\0", (raw.request(vim.window, EXPRESSION, "'second'\0", options)))
      assert.equal("third\0", (raw.request(vim.window, EXPRESSION, "'third'\0", options)))
    end)
  end

  it("takes long to reply, and does not count as hung afterwards", function()
    local vim <close> = real.vim(name())
    assert.equal("0\0", (evaluate(vim, ("[%s, 0][1]"):format(busy(6)), 20)))
    assert.equal("1\0", (evaluate(vim, "1")))
  end)

  it("ends in the middle of a request", function()
    local vim <close> = real.vim(name())
    local _, why, code = evaluate(vim, "execute('qa!')")
    assert.equal("GONE", code, why)
    local another <close> = real.vim(name())
    assert.equal("42\0", (evaluate(another, "42")))
  end)

  it("is killed in the middle of a request", function()
    local vim <close> = real.vim(name())
    local killer <close> = children.start()
    killer:begin("return require('support.process').terminate(...)", vim.window.pid, 0.5)
    local _, why, code = evaluate(vim, busy(30), 20)
    assert.equal("GONE", code, why)
    assert.is_true(killer:result())
  end)

  it("ends before it replies", function()
    local vim <close> = real.vim(name())
    local _, why, code = raw.request(vim.window, EXPRESSION,
      "timer_start(300, {-> execute('qa!')})\0", { reply = REPLY, timeout = 20 })
    assert.equal("GONE", code, why)
  end)

  it("hangs, and recovers", function()
    local vim <close> = real.vim(name())
    local _, why, code = evaluate(vim, busy(9), 0.3)
    assert.equal("TIMEOUT", code, why)
    repeat -- it is silent, but not for long yet
      _, why, code = raw.send(vim.window, ENCODING, "utf-8\0", { timeout = 0.3 })
    until code ~= "TIMEOUT"
    assert.equal("HUNG", code, why)
    _, why, code = raw.request(vim.window, EXPRESSION, "1\0", { reply = RESULT })
    assert.equal("HUNG", code, why)
    repeat
      copydata.sleep(0.1)
      _, why, code = raw.send(vim.window, ENCODING, "utf-8\0")
    until code ~= "HUNG"
    assert.is_nil(code, why)
    assert.equal("2\0", (evaluate(vim, "2")))
  end)

  it("is suspended, and resumed", function()
    local vim <close> = real.vim(name())
    window.suspend(vim.window.hwnd)
    for _ = 1, 3 do
      local _, why, code = raw.request(vim.window, EXPRESSION, "1\0",
        { reply = RESULT, timeout = 0.3 })
      assert.equal("TIMEOUT", code, why)
    end
    window.resume(vim.window.hwnd)
    assert.equal("2\0", (evaluate(vim, "2")))
    assert.equal("3\0", (evaluate(vim, "3")))
  end)

  it("accepts keys", function()
    local vim <close> = real.vim(name())
    assert.equal(1, raw.send(vim.window, KEYS, "ihello, world<Esc>\0"))
    vim.handle:shows "hello, world"
    assert.equal("hello, world\0", (evaluate(vim, "getline(1)")))
  end)
end)
