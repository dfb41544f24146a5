-- SPDX-License-Identifier: MIT

-- Harm from other programs, finalizers and bad luck.
local children = require "support.children"
local closing = require "support.closing"
local copydata = require "support.copydata"
local core = require "copydata.core"
local eventually = require "support.eventually"
local frames = require "support.frames"
local process = require "support.process"
local recorder = require "support.recorder"
local unique = require "support.unique"
local window = require "support.window"
require "support.tidy"(before_each, after_each)

local SILENT = 5.5 -- seconds, after which a thread counts as hung
local MOMENT = 0.4 -- seconds, somewhat less than it then gets
local WM_NCCREATE, WM_NCDESTROY = 0x81, 0x82
local MPK1, UNHANDLED, ACCEPTED = frames.MPK1, frames.UNHANDLED, frames.ACCEPTED
local BUSY, REFUSED, MALFORMED = frames.BUSY, frames.REFUSED, frames.MALFORMED
local notification = frames.notification

describe("other programs", function()
  it("that start and end all the time hide no peer", function()
    local name = unique()
    local stays <close> = children.join(name)
    local endpoint <close> = copydata.new()
    local hwnd = stays:hwnd()
    local churners <close> = closing {}
    for i = 1, 3 do
      churners[i] = children.start()
      churners[i]:begin [[
        while true do
          local endpoint <close> = copydata.new()
        end
      ]]
    end
    for _ = 1, 1000 do
      local peers = endpoint:peers(name)
      assert.equal(1, #peers)
      assert.equal(hwnd, peers[1].hwnd)
    end
  end)

  it("cannot fake the creation or destruction of our window", function()
    local endpoint <close> = copydata.new()
    local channel = endpoint:channel(unique())
    local hwnd = endpoint:hwnd()
    window.post(hwnd, WM_NCCREATE)
    copydata.poll(0)
    assert.equal(ACCEPTED, window.copydata(hwnd, MPK1, notification(channel.name, "\x01"), 0, 5))
    assert.equal(1, channel:receive(0).data)

    window.post(hwnd, WM_NCDESTROY)
    local count, _, code = copydata.poll(5)
    assert.is_nil(count)
    assert.equal("CLOSED", code)
    -- Either it is gone, or it no longer belongs to the endpoint.
    local verdict = window.copydata(hwnd, MPK1, notification(channel.name, "\x02"), 0, 5)
    assert.is_true(verdict == nil or verdict == UNHANDLED)
    window.post(hwnd, WM_NCCREATE)
    window.pump()
    endpoint:close()
    assert.is_nil(window.pid(hwnd))
  end)

  it("cannot make us answer all windows, ourselves, or strangers", function()
    local name = unique()
    local stranger <close> = recorder("stranger", ACCEPTED)
    local endpoint <close> = copydata.new()
    local channel = endpoint:channel(name)
    for _, forged in ipairs { 0xFFFF, -1, 0, endpoint:hwnd(), stranger:hwnd() } do
      window.copydata(endpoint:hwnd(), MPK1, notification(name, "\x01"), forged, 5)
      local message = channel:receive(5)
      assert.equal(forged, message.sender.hwnd)
      local ok, _, code = channel:send_to(message.sender, "secret")
      assert.is_nil(ok)
      assert.is_true(code == "ABSENT" or code == "GONE", code)
    end
    assert.is_nil(stranger:newest())
    assert.is_nil((channel:receive(0)))
  end)

  it("are not mistaken for a dead peer with the same window handle", function()
    local name = unique()
    local child <close> = children.join(name)
    local endpoint <close> = copydata.new()
    local channel = endpoint:channel(name, { listen = false })
    local peer = { hwnd = child:hwnd(), pid = child.pid + 4 } -- formerly another process's
    local ok, _, code = channel:send_to(peer, "not for you")
    assert.is_nil(ok)
    assert.equal("ABSENT", code)
  end)

  it("that are killed during a send are gone, whenever that is", function()
    local path = package.cpath:gsub("%.dll", ".exe")
    local member = assert(package.searchpath("support.member", path))
    local name = unique()
    local endpoint <close> = copydata.new()
    local killer <close> = children.start()
    for i = 1, 15 do
      local program <close> = process.spawn(('"%s" %s'):format(member, name))
      local peer = assert(endpoint:wait_for_peer(name, 20))
      killer:begin("require('support.process').terminate(...)", program:pid(), i / 1000)
      local answer, problem, code
      repeat
        answer, problem, code = copydata.raw.send(peer, 1, "x")
      until not answer
      assert.equal("GONE", code, problem)
      killer:result()
    end
  end)

  it("that refuse keep nothing from the peers between them", function()
    local name = unique()
    local first <close> = recorder("copydata.endpoint", REFUSED)
    local one <close> = copydata.new()
    local last <close> = recorder("copydata.endpoint", REFUSED)
    local sender <close> = copydata.new()
    window.set_property(first:hwnd(), "copydata:" .. name, 1)
    window.set_property(last:hwnd(), "copydata:" .. name, 1)
    local channel = one:channel(name)
    local recipients, failures = sender:send(name, "hello")
    assert.equal(1, recipients)
    assert.equal(2, #failures)
    assert.equal("hello", channel:receive(5).data)
  end)

  it("may spell the property in any case, with any value but 0", function()
    local name = unique()
    local stranger <close> = recorder("copydata.endpoint", ACCEPTED)
    window.set_property(stranger:hwnd(), "COPYDATA:" .. name, 77)
    local found = false
    for _, channel in ipairs(copydata.channels()) do
      found = found or channel.name == name
    end
    assert.is_true(found)
    local endpoint <close> = copydata.new()
    assert.equal(1, #endpoint:peers(name))
  end)

  it("that send rubbish after a message we refuse get malformed", function()
    local endpoint <close> = copydata.new()
    local channel = endpoint:channel(unique())
    local request = frames.request(1, channel.name, "\x01")
    assert.equal(REFUSED, window.copydata(endpoint:hwnd(), MPK1, request, 0, 5))
    assert.equal(MALFORMED, window.copydata(endpoint:hwnd(), MPK1, request .. "\xc1", 0, 5))
    for _, bad in ipairs {
      "\x94\x00\xa11\xa1c\x91\x01", "\x94\x00\xcf\0\0\1\0\0\0\0\0\xa1c\x91\x01",
      "\x94\x00\x01\xc0\x91\x01", "\x94\x00\x01\xa1c\x90", "\x94\x01\xa11\xc0\x01",
    } do
      assert.equal(MALFORMED, window.copydata(endpoint:hwnd(), MPK1, bad, 0, 5))
    end
  end)

  it("that were silent for more than 5 s are not waited for", function()
    local name = unique()
    local child <close> = children.start() -- pumps no messages until it gets a chunk
    child:run([[
      endpoint = copydata.new { pump = "script" }
      channel = endpoint:channel(...)
    ]], name)
    local code
    repeat
      local endpoint <close> = copydata.new() -- does not know of earlier attempts
      code = select(2, endpoint:send(name, 1, { timeout = 0.5 }))[1].code
    until code ~= "TIMEOUT"
    assert.equal("HUNG", code)
    local endpoint <close> = copydata.new()
    local _, failures = endpoint:send(name, 1, { timeout = 1000 })
    assert.equal("HUNG", failures[1].code)
    assert.matches("nothing was sent", failures[1].message)
  end)

  it("that a message wakes after 5 s of silence get a moment before they count as hung", function()
    local name = unique()
    local child <close> = children.start()
    child:run([[
      endpoint = copydata.new { pump = "script" }
      channel = endpoint:channel(...)
      copydata.poll(0)]], name)
    child:begin [[
      assert(require("support.window").wait(60))
      say "woken"]]
    local first <close> = children.start()
    first:run "endpoint = copydata.new()"
    copydata.sleep(SILENT)
    first:begin("return endpoint:send(..., 1, { timeout = 60 })", name)
    child:said() -- and pumps no messages until it gets a chunk
    child:result()
    local endpoint <close> = copydata.new()
    local began = core.seconds()
    local code = select(2, endpoint:send(name, 2, { timeout = 60 }))[1].code
    assert.equal("HUNG", code)
    assert(core.seconds() - began >= MOMENT)
    child:begin "return { channel:receive(60).data, channel:receive(60).data }"
    assert.equal(1, (first:result()))
    assert(eventually(function() return endpoint:send(name, 2) == 1 end))
    assert.same({ 1, 2 }, child:result())
  end)
end)

describe("a timeout", function()
  it("of 0 does not wait for ever, and a huge one does not fail", function()
    local name = unique()
    local child <close> = children.join(name)
    local endpoint <close> = copydata.new()
    child.process:suspend()
    local _, failures = endpoint:send(name, 1, { timeout = 0 })
    assert.equal("TIMEOUT", failures[1].code)
    child.process:resume()
    child:begin "return assert(channel:receive(10)).data"
    local other <close> = copydata.new()
    assert.equal(1, (other:send(name, 2, { timeout = 1e12 })))
    child:result()
  end)
end)

describe("finalizers", function()
  it("may close and receive while a message is taken", function()
    for _, act in ipairs { "receive", "close channel", "close endpoint" } do
      local endpoint = copydata.new()
      local channel = endpoint:channel(unique())
      window.copydata(endpoint:hwnd(), MPK1, notification(channel.name, "\x01"), 0, 5)
      collectgarbage "generational"
      collectgarbage "stop"
      setmetatable({}, {
        __gc = function()
          if act == "receive" then
            channel:receive(0)
          elseif act == "close channel" then
            channel:close()
          else
            endpoint:close()
          end
        end,
      })
      collectgarbage "restart"
      pcall(channel.receive, channel, 0)
      collectgarbage "incremental"
      endpoint:close()
    end
  end)

  it("may send while a message is encoded", function()
    local name = unique()
    local one <close> = copydata.new()
    local other <close> = copydata.new()
    local channel = other:channel(name)
    local inner = setmetatable({}, {
      __msgpack = function()
        one:send(name, "inner")
        return "outer"
      end,
    })
    assert.equal(1, (one:send(name, { inner })))
    assert.equal("inner", channel:receive(0).data)
    assert.same({ "outer" }, channel:receive(0).data)
  end)
end)

describe("a mistake", function()
  it("in a value is raised at the line that sends it", function()
    local endpoint <close> = copydata.new()
    local channel = endpoint:channel(unique())
    local line = debug.getinfo(1, "l").currentline
    local calls = {
      function() endpoint:send("x", print) end,
      function() channel:send(print) end,
      function() channel:send_to(1, print) end,
      function() channel:post(print) end,
    }
    for i, call in ipairs(calls) do
      local _, message = pcall(call)
      if i ~= 3 then -- that has no such window
        local place = "13%-adversity_spec%.lua:" .. line + 1 + i
        assert.matches(place .. ": cannot encode a function", message)
      end
    end
  end)

  it("with the colon is reported", function()
    local endpoint <close> = copydata.new()
    local channel = endpoint:channel(unique())
    assert.matches("with a colon", (select(2, pcall(channel.send, "hello"))))
    assert.matches("with a colon", (select(2, pcall(channel.on, print))))
    assert.matches("with a colon", (select(2, pcall(endpoint.send, "name", 1))))
    local ok, problem = pcall(function()
      copydata:send("name", 1)
    end)
    assert.is_false(ok)
    assert.matches("13%-adversity_spec.lua:%d+: call it with a dot, not a colon: copydata.send",
      problem)
  end)

  it("in a value leaks no memory", function()
    local endpoint <close> = copydata.new { max_message = 1024 * 1024 }
    local large = ("x"):rep(10 * 1024 * 1024)
    local before
    for i = 1, 30 do
      pcall(endpoint.send, endpoint, "x", large)
      pcall(endpoint.send, endpoint, "x", { large, print })
      if i == 5 then
        before = process.memory()
      end
    end
    assert.is_true(process.memory() - before < 50 * 1024 * 1024)
  end)
end)

describe("run", function()
  it("in a coroutine of the script's own never yields, whatever a handler does", function()
    local name = unique()
    local one <close> = copydata.new()
    local other <close> = copydata.new()
    local step = 0
    other:channel(name):on(function()
      step = step + 1
      if step == 1 then
        coroutine.yield "to whom?"
      end
      copydata.stop()
    end)
    one:send(name, 1)
    one:send(name, 2)
    local run = coroutine.create(function() return copydata.run() end)
    local ok, problem = coroutine.resume(run)
    assert.is_false(ok)
    assert.equal("dead", coroutine.status(run))
    assert.matches("a task must not yield: .*copydata%.event", problem)
    assert.is_true(copydata.run())
    assert.equal(2, step)
  end)
end)

describe("guards", function()
  it("decide who may send, once for each sender, outside the window procedure", function()
    local name = unique()
    local good <close> = children.start()
    local bad <close> = children.start()
    local asked = {}
    local endpoint <close> = copydata.new {
      accept = function(peer)
        assert.matches("lua[^/\\]*%.exe$", peer.exe)
        asked[peer.pid] = (asked[peer.pid] or 0) + 1
        return peer.pid == good.pid
      end,
    }
    local channel = endpoint:channel(name)
    for _, child in ipairs { good, bad } do
      child:begin([[
        local codes = {}
        for i = 1, 3 do
          local recipients, failures = copydata.send(..., i, { timeout = 20 })
          codes[i] = recipients == 1 and "accepted" or failures[1].code
        end
        say "done"
        return codes
      ]], name)
    end
    for i = 1, 3 do
      local message = assert(channel:receive(10))
      assert.equal(i, message.data)
      assert.equal(good.pid, message.sender.pid)
    end
    good:said()
    assert.same({ "accepted", "accepted", "accepted" }, (good:result()))
    copydata.poll(0.1)
    repeat
      copydata.poll(0.05)
    until asked[bad.pid]
    bad:said()
    assert.same({ "REFUSED", "REFUSED", "REFUSED" }, (bad:result()))
    assert.same({ [good.pid] = 1, [bad.pid] = 1 }, asked)
    assert.is_nil((channel:receive(0)))
  end)

  it("may belong to a channel", function()
    local open, guarded = unique "open", unique "guarded"
    local one <close> = copydata.new()
    local other <close> = copydata.new()
    local free = other:channel(open)
    local channel = other:channel(guarded, { accept = function() return false end })
    assert.equal(1, (one:send(open, 1)))
    local frame = notification(guarded, "\x01")
    assert.equal(BUSY, window.copydata(other:hwnd(), MPK1, frame, 0, 5)) -- no decision yet
    assert.equal(1, free:receive(0).data)
    local _, failures = one:send(guarded, 1, { timeout = 20 }) -- the loop decides during the send
    assert.equal("REFUSED", failures[1].code)
    channel:guard(nil)
    assert.equal(1, (one:send(guarded, 2)))
    assert.equal(2, channel:receive(0).data)
  end)

  it("that raise refuse the sender, and poll raises the error", function()
    local name = unique()
    local other <close> = copydata.new { accept = function() error("no idea", 0) end }
    other:channel(name):on(print)
    local frame = notification(name, "\x01")
    assert.equal(BUSY, window.copydata(other:hwnd(), MPK1, frame, 0, 5))
    assert.matches("^no idea\nstack traceback", (select(2, pcall(copydata.poll, 5))))
    assert.equal(frames.REFUSED, window.copydata(other:hwnd(), MPK1, frame, 0, 5))
    assert.equal(0, copydata.poll(0))
  end)
end)
