-- SPDX-License-Identifier: MIT

-- Endpoints that are closed while something is in progress.
local alive = require "support.alive"
local children = require "support.children"
local copydata = require "support.copydata"
local frames = require "support.frames"
local stranger = require "support.stranger"
local unique = require "support.unique"
local window = require "support.window"
require "support.tidy"(before_each, after_each)

local SOON = 60 -- seconds, for what otherwise takes 1000 s, or for ever

describe("an endpoint that a window's timer procedure closes", function()
  -- Has a child make a call that would wait for a long time, while another library's window has a
  -- timer that closes what the call waits on.
  -- @param verdict that of the only peer, which never answers
  -- @return what the call returned
  local function closed_during(call, closing, verdict)
    local name = unique()
    local peer <close> = stranger(name, verdict) -- luacheck: ignore
    local child <close> = children.start()
    child:begin(([[
      copydata.close() -- so that this is the only one
      local endpoint = assert(copydata.new { timeout = 1000 })
      local channel = assert(endpoint:channel(...))
      local timer <close> = require "support.timer"(0.05, function() %s:close() end)
      return %s
    ]]):format(closing or "endpoint", call), name)
    local results = table.pack(child:result(SOON))
    alive(child)
    return table.unpack(results, 1, results.n)
  end

  for _, call in ipairs {
    "copydata.poll()", "copydata.poll(1000)", "copydata.run()", "channel:receive()",
    "channel:receive(1000)", "channel:request(1)",
    "copydata.spawn(function() return channel:receive() end):wait()",
    "copydata.run(function() return channel:request(1) end)",
  } do
    it("ends its calls at once: " .. call, function()
      local result, message, code = closed_during(call)
      assert.is_nil(result)
      assert.equal("CLOSED", code)
      assert.matches("^CLOSED: ", message)
    end)
  end

  it("ends requests to all peers at once", function()
    local answers, code = closed_during [[(function()
      local answers, failures = channel:request_all(1)
      return #answers, failures[1].code
    end)()]]
    assert.equal(0, answers)
    assert.equal("CLOSED", code)
  end)

  it("may have only its channel closed, with the same effect", function()
    local result, _, code = closed_during("channel:receive()", "channel")
    assert.is_nil(result)
    assert.equal("CLOSED", code)
  end)

  for _, call in ipairs { "channel:send(1)", "endpoint:flush()" } do
    it("ends at once calls that wait for room in a peer's queue: " .. call, function()
      local recipients, code = closed_during(([[(function()
        local posted = %q == "endpoint:flush()" and channel:post "first"
        local recipients, failures, code = %s
        return recipients or 0, code or failures[1].code
      end)()]]):format(call, call), "endpoint", frames.BUSY)
      assert.equal(0, recipients)
      assert.equal("CLOSED", code)
    end)
  end

  it("ends at once calls that wait for room in a peer's queue: send_to(peer, 1)", function()
    local ok, message, code = closed_during("channel:send_to(channel:peers()[1], 1)", "endpoint",
      frames.BUSY)
    assert.is_nil(ok)
    assert.equal("CLOSED", code)
    assert.matches("^CLOSED: ", message)
  end)
end)

describe("an endpoint that is closed before a call waits", function()
  for _, call in ipairs { "run", "poll" } do
    it("ends the next call, once: copydata." .. call, function()
      local child <close> = children.start()
      child:begin([[
        copydata.close()
        copydata.new():close()
        local code = select(3, copydata[...]())
        return code, copydata.poll(0)
      ]], call)
      assert.same({ "CLOSED", 0 }, { child:result(SOON) })
      alive(child)
    end)
  end
end)

describe("an endpoint whose window has a thread of its own", function()
  it("can be closed while that thread's queue is full of other programs' posts", function()
    local child <close> = children.start()
    local hwnd = child:run [[
      endpoint = copydata.new { pump = "thread" }
      return endpoint:hwnd()
    ]]
    local poster <close> = children.start()
    local posted = poster:run([[
      window = require "support.window"
      hwnd = ...
      window.suspend(hwnd)
      local count = 0
      while count < 20000 and window.post(hwnd, 0) do -- Windows has room for 10,000
        count = count + 1
      end
      return count
    ]], hwnd)
    assert.is_true(posted >= 9000)
    child:begin "say 'closing' endpoint:close()"
    child:said()
    poster:run "require 'support.copydata'.poll(0.2) window.resume(hwnd)"
    child:result(SOON)
    assert.is_nil(window.pid(hwnd))
    alive(child)
  end)

  it("can be closed while another program keeps posting to it", function()
    local child <close> = children.start()
    local hwnd = child:run [[
      endpoint = copydata.new { pump = "thread" }
      return endpoint:hwnd()
    ]]
    local poster <close> = children.start()
    poster:begin([[
      local window = require "support.window"
      local hwnd = ...
      for _ = 1, 20000 do
        window.post(hwnd, 0)
      end
      say "posting"
      while window.pid(hwnd) do
        window.post(hwnd, 0)
      end
    ]], hwnd)
    poster:said()
    child:begin "endpoint:close()"
    child:result(SOON)
    poster:result(SOON)
    alive(child)
  end)
end)

describe("a Lua state", function()
  it("can be closed by another thread while its window procedure handles a message", function()
    local name = unique()
    local child <close> = children.start()
    child:begin([[
      local name = ...
      local frames = require "support.frames"
      local hosted = require "support.hosted"
      -- Takes so long to read that it is still being handled when the state is gone.
      local count = 32 * 1024 * 1024
      local frame = frames.notification(name, "\xdd" .. (">I4"):pack(count) .. ("\xc0"):rep(count))
      local script = package.searchpath("support.guest", package.path)
      local windows_left = 0
      for _ = 1, 3 do
        local left = select(3, hosted.close_inside(script, frames.MPK1, frame, package.path,
          package.cpath, name))
        windows_left = windows_left + (left and 1 or 0)
      end
      return windows_left
    ]], name)
    assert.equal(0, child:result())
    alive(child)
  end)
end)

describe("an answer for which there is no memory", function()
  it("leaves nothing behind when its endpoint is closed meanwhile", function()
    local rounds, size, type = 10, 4 * 1024 * 1024, 98
    local name = unique()
    local endpoint <close> = copydata.new()
    local answer = { copydata.msgpack.ext(type, "close it"), ("x"):rep(size) }
    endpoint:channel(name):serve(function() return answer end)
    local child <close> = children.start()
    child:begin([[
      local most, script = ...
      return require("support.threads").run_short(most, package.searchpath(script, package.path),
        package.path, package.cpath, select(3, ...))
    ]], size, "support.short", name, tostring(type), tostring(rounds), tostring(2 * size))
    for _ = 1, rounds do
      assert.equal(1, copydata.poll(20))
    end
    assert.equal(0, child:result())
    alive(child)
  end)
end)
