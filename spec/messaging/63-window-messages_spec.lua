-- SPDX-License-Identifier: MIT

-- Window messages other than WM_COPYDATA, to and from other programs.
local blames_here = require "support.blames"
local broadcast = require "support.broadcast"
local children = require "support.children"
local copydata = require "support.copydata"
local recorder = require "support.recorder"
local unique = require "support.unique"
require "support.tidy"(before_each, after_each)

local raw = copydata.raw

local WM_USER, WM_COMMAND, WM_APP = 0x400, 0x111, 0x8000

-- A child that gets messages, and returns them on request.
local function start(...)
  local child = children.start()
  local hwnd = child:run([[
    got = {}
    handlers = {}
    for i, message in ipairs { ... } do
      handlers[i] = assert(copydata.raw.on_message(message, function(wparam, lparam)
        got[#got + 1] = { i, wparam, lparam }
      end, { result = 10 * i }))
    end
    return copydata.hwnd()
  ]], ...)
  return child, hwnd
end

describe("raw.message", function()
  setup(copydata.hwnd)
  it("sends any message, by number or name, and returns the answer", function()
    local name = unique "Message"
    local child <close>, hwnd = start(WM_USER + 75, WM_COMMAND, name)
    child:begin "while #got < 4 do copydata.poll(20) end return got"
    assert.equal(10, raw.message(hwnd, WM_USER + 75, 1, -1))
    assert.equal(20, raw.message(hwnd, WM_COMMAND, 0x10001))
    assert.equal(30, raw.message(hwnd, name, math.mininteger, math.maxinteger))
    assert.equal(0, raw.message(hwnd, WM_APP, 1, 2)) -- which nothing handles
    assert.equal(30, raw.message(hwnd, name))
    assert.same({
      { 1, 1, -1 }, { 2, 0x10001, 0 }, { 3, math.mininteger, math.maxinteger }, { 3, 0, 0 },
    }, (child:result()))
  end)

  it("posts a message, and does not wait", function()
    local child <close>, hwnd = start(WM_USER)
    assert.is_true(raw.message(hwnd, WM_USER, 7, 8, { post = true })) -- it reads its input
    child:begin "while #got < 1 do copydata.poll(20) end return got"
    assert.same({ { 1, 7, 8 } }, (child:result()))
  end)

  it("fails as a send does", function()
    local child <close>, hwnd = start(WM_USER)
    child.process:suspend()
    assert.equal("TIMEOUT", (select(3, raw.message(hwnd, WM_USER, 0, 0, { timeout = 0.1 }))))
    child.process:resume()
    child:kill()
    for _, options in ipairs { {}, { post = true } } do
      local result, message, code = raw.message(hwnd, WM_USER, 0, 0, options)
      assert.is_nil(result)
      assert.equal("GONE: the window is gone", message)
      assert.equal("GONE", code)
      for _, everybody in ipairs { 0xFFFF, -1, 0xFFFFFFFF } do
        assert.equal("GONE", (select(3, raw.message({ hwnd = everybody }, WM_USER, 0, 0, options))))
      end
    end
  end)

  it("fails as BUSY when the window's queue is full", function()
    local stranger <close> = recorder(unique "class", 1)
    local result, why, code
    for _ = 1, 70000 do -- Windows: 10,000 by default; Wine: none
      result, why, code = raw.message(stranger:hwnd(), WM_USER, 0, 0, { post = true })
      if not result then
        break
      end
    end
    assert.is_true(result == true or code == "BUSY", why)
    repeat until copydata.poll(0) == 0
    assert.is_true(raw.message(stranger:hwnd(), WM_USER, 0, 0, { post = true }))
    copydata.poll(0)
  end)

  it("refuses invalid messages, and memory addresses", function()
    local stranger <close> = recorder(unique "class", 1)
    local hwnd = stranger:hwnd()
    blames_here(function() raw.message("x", 1) end, "window: expected window or window handle")
    blames_here(function() raw.message(0xFFFF, 1) end, "window: 0xFFFF means all windows")
    blames_here(function() raw.message(hwnd) end, "message: expected integer or name, got nil")
    blames_here(function() raw.message(hwnd, 1.5) end, "message: expected integer or name")
    blames_here(function() raw.message(hwnd, 0x10000) end, "message: no window message has the")
    blames_here(function() raw.message(hwnd, -1) end, "message: no window message has the number")
    blames_here(function() raw.message(hwnd, "") end, "message: expected a name of 1 to 255 bytes")
    blames_here(function() raw.message(hwnd, ("x"):rep(256)) end, "message: expected a name of 1")
    blames_here(function() raw.message(hwnd, "\xff") end, "message: not valid UTF%-8 at byte 1")
    blames_here(function() raw.message(hwnd, 1024, "x") end, "wparam: expected integer, got string")
    blames_here(function() raw.message(hwnd, 1024, 1, 0.5) end, "lparam: expected integer, got the")
    blames_here(function() raw.message(hwnd, 1024, 1, 1, { past = 1 }) end, "unknown option 'past'")
    blames_here(function() raw.message(hwnd, 1024, 1, 1, { post = true, timeout = 1 }) end,
      "option 'timeout': a posted message is not waited for")
    for _, message in ipairs { 0x0C, 0x0D, 0x4A, 0x4E, 0x189, 0x143, 0x1A, 0x3E8 } do
      blames_here(function() raw.message(hwnd, message, 1, 0x1000) end,
        ("message: 0x%X carries a memory address"):format(message))
    end
    blames_here(function() raw.message(hwnd, 0xB0, 0x1000, 0) end, "message: 0xB0 carries a mem")
    assert.equal(0, raw.message(hwnd, 0x1A)) -- WM_SETTINGCHANGE without text
    assert.is_nil(stranger:newest())
  end)
end)

describe("endpoint:on_message", function()
  setup(copydata.hwnd)
  it("calls its handler for sent and posted messages, in order, until it is closed", function()
    local endpoint <close> = copydata.new()
    local child <close> = children.start()
    local got = {}
    local handler = endpoint:on_message(WM_USER, function(...) got[#got + 1] = { ... } end)
    assert.equal("copydata.raw.handler (open)", tostring(handler))
    child:begin([[
      local hwnd, message = ...
      local answers = {}
      for i = 1, 10 do
        answers[i] = copydata.raw.message(hwnd, message, i, -i, { post = i % 2 == 0 or nil })
      end
      return answers
    ]], endpoint:hwnd(), WM_USER)
    while #got < 10 do
      copydata.poll(20)
    end
    assert.same({ 0, true, 0, true, 0, true, 0, true, 0, true }, (child:result()))
    local odd = {}
    for _, it in ipairs(got) do
      assert.equal(it[1], -it[2])
      if it[1] % 2 == 1 then
        odd[#odd + 1] = it[1]
      end
    end
    assert.same({ 1, 3, 5, 7, 9 }, odd)
    handler:close()
    handler:close()
    assert.equal("copydata.raw.handler (closed)", tostring(handler))
    child:run([[copydata.raw.message(..., 0x400, 0, 0, { post = true })]], endpoint:hwnd())
    copydata.poll(0)
    assert.equal(10, #got)
    endpoint:on_message(WM_USER, print, { result = -5 })
    child:begin("return copydata.raw.message(..., 0x400)", endpoint:hwnd())
    assert.equal(-5, child:result())
  end)

  it("gets broadcasts if the window is a top-level one", function()
    local name = unique "Notice"
    local endpoint <close> =
      copydata.new { class = unique "class", top_level = true, pump = "thread" }
    local hidden <close> = copydata.new { class = unique "class", pump = "thread" }
    local got = {}
    endpoint:on_message(name, function(...) got[#got + 1] = { ... } end)
    hidden:on_message(name, function() error "a broadcast" end)
    broadcast.post(name, 5, 6)
    while #got < 1 do
      copydata.poll(20)
    end
    assert.same({ { 5, 6 } }, got)
  end)

  it("asks a guard about a sender without a window", function()
    local endpoint <close> = copydata.new()
    local asked = {}
    endpoint:on_message(WM_USER, print, { result = 1 })
    endpoint:guard(function(peer)
      asked[#asked + 1] = peer.hwnd
      return false
    end)
    assert.equal(0, raw.message(endpoint:hwnd(), WM_USER))
    copydata.poll(0)
    assert.equal(0, raw.message(endpoint:hwnd(), WM_USER))
    assert.same({ 0 }, asked)
    endpoint:guard(nil)
    assert.equal(1, raw.message(endpoint:hwnd(), WM_USER))
  end)

  it("refuses messages that Windows or the endpoint needs itself", function()
    local endpoint <close> = copydata.new()
    for message, name in pairs {
      [0x00] = "WM_NULL", [0x01] = "WM_CREATE", [0x02] = "WM_DESTROY", [0x10] = "WM_CLOSE",
      [0x11] = "WM_QUERYENDSESSION", [0x12] = "WM_QUIT", [0x16] = "WM_ENDSESSION",
      [0x4A] = "WM_COPYDATA", [0x81] = "WM_NCCREATE", [0x82] = "WM_NCDESTROY", [0x113] = "WM_TIMER",
      [0x0C] = "WM_SETTEXT", [0x0D] = "WM_GETTEXT", [0x24] = "WM_GETMINMAXINFO",
    } do
      blames_here(function() endpoint:on_message(message, print) end, "message: " .. name .. " ")
    end
    for _, name in ipairs { "copydata.proof", "Copydata.anything" } do
      blames_here(function() endpoint:on_message(name, print) end,
        "message: names that begin with \"copydata.\" are copydata's own")
    end
    local name = unique()
    local sender <close> = copydata.new()
    local channel = endpoint:channel(name)
    assert.equal(1, (sender:send(name, "and it still works")))
    assert.equal("and it still works", channel:receive(5).data)
  end)

  it("refuses a second handler, and invalid ones", function()
    local endpoint <close> = copydata.new()
    local name = unique "Message"
    endpoint:on_message(WM_USER, print)
    endpoint:on_message(name, print)
    blames_here(function() endpoint:on_message(WM_USER, print) end, "there is already a")
    blames_here(function() endpoint:on_message(name:upper(), print) end, "there is already a")
    blames_here(function() endpoint:on_message(WM_APP) end, "handler: expected function, got nil")
    blames_here(function() endpoint:on_message(WM_APP, 1) end, "handler: expected function")
    blames_here(function() endpoint:on_message(nil, print) end, "message: expected integer or name")
    blames_here(function() endpoint:on_message(WM_APP, print, { tag = 1 }) end, "unknown option")
    endpoint:close()
    blames_here(function() endpoint:on_message(WM_APP, print) end, "the endpoint is closed")
  end)
end)
