-- SPDX-License-Identifier: MIT

-- On a console: the monitor's screen, Ctrl+C, and text that is in no code page.
local children = require "support.children"
local copydata = require "support.copydata"
local dkjson = require "dkjson"
local eventually = require "support.eventually"
local program = require "support.program"
local terminal = require "support.terminal"
local unique = require "support.unique"
require "support.tidy"(before_each, after_each)
local run = program.run

local function start(words)
  return terminal.start(program.command(words), 120, 30)
end

describe("copydata monitor", function()
  it("shows channels, peers and messages, and what changes", function()
    local name = unique "überwacht"
    local child <close> = children.start()
    child:run("channel = copydata.new({ pump = 'thread' }):channel(...)", name)
    local screen <close> = start { "monitor", "--interval", "0.2" }
    local pattern = name:gsub("%p", "%%%0")
    -- One after the other, since the screen may be read while it is being drawn.
    screen:shows("\n" .. pattern .. " +1 +0%.0 +0 +0\n")
    screen:shows "^ copydata monitor   %d+ channels?   %d+ peers?   %d+ messages?"
    screen:shows "\nCHANNEL +PEERS +MSG/S +BYTES/S +MESSAGES +LAST MESSAGE\n"
    screen:shows(("\n0x%%x+ +%d +lua%%S* +%%S+ +%%l+ +%s"):format(child.pid, pattern))
    screen:shows "\n q or Ctrl%+C ends$"

    -- It is a recipient itself, and does not count itself.
    assert.equal(2, (copydata.send(name, { text = "Grüße \27[2J" })))
    screen:shows(pattern .. ' +1 +[%d.]+ +%d+ +1 .*{ text = "Grüße \\x1B%[2J" }')
    child:run "channel:send(7)"
    screen:shows(pattern .. " +1 +[%d.]+ +%d+ +2 .* " .. child.pid .. "  7\n")

    local later = unique "later"
    child:run("other = copydata.channel(...)", later)
    screen:shows("\n" .. later:gsub("%p", "%%%0") .. " +1 ")
    screen:shows "\nCHANNEL +PEERS .*\n q or Ctrl%+C ends$"
    child:finish()
    local text
    for _ = 1, 200 do
      text = screen:text()
      if not text:find(name, 1, true) then
        break
      end
      copydata.poll(0.05)
    end
    assert.is_nil(text:find(name, 1, true), "it keeps a channel that no other peer is on")
    assert.is_nil(text:find(later, 1, true))
    screen:press "xq"
    assert.equal(0, screen:ended())
    assert.equal(0, #copydata.peers(name))
  end)

  it("follows the size of the console", function()
    local screen <close> = start { "monitor", "--interval", "0.1" }
    screen:shows "copydata monitor.*\n q or Ctrl%+C ends$"
    screen.child:run "console.resize(60, 12)"
    screen:shows("^" .. ("[^\n]*\n"):rep(11) .. " q or Ctrl%+C ends$") -- 12 rows
    screen:press "Q"
    assert.equal(0, screen:ended())
  end)

  it("ends at Ctrl+C", function()
    local name = unique()
    local screen <close> = start { "monitor", name, "--interval", "60" }
    screen:shows("\n" .. name:gsub("%p", "%%%0"))
    screen:interrupt()
    assert.equal(0, screen:ended())
  end)

  it("neither counts other monitors nor keeps a channel for them", function()
    local name = unique()
    local child <close> = children.join(name)
    local one <close> = start { "monitor", "--interval", "0.1" }
    local other <close> = start { "monitor", "--interval", "0.1" }
    local pattern = "\n" .. name:gsub("%p", "%%%0") .. " +1 "
    one:shows(pattern)
    other:shows(pattern)
    child:finish()
    for _ = 1, 200 do
      if #copydata.peers(name) == 0 then
        break
      end
      copydata.poll(0.05)
    end
    assert.equal(0, #copydata.peers(name))
    for _, screen in ipairs { one, other } do
      screen:press "q"
      assert.equal(0, screen:ended())
    end
  end)

  it("prints one interval if there is no console", function()
    local name = unique()
    local child <close> = children.join(name)
    child:begin [[
      for i = 1, math.huge do
        channel:send { i = i }
        copydata.poll(0.02)
      end
    ]]
    local status, output, errors = run { "monitor", name, "--interval", "0.5" }
    assert.equal(0, status)
    assert.equal("", errors)
    assert.matches("^CHANNEL +PEERS +MSG/S", output)
    assert.matches(name:gsub("%p", "%%%0") .. " +1 +[%d.]+ +%d+ +%d+  %d%d:%d%d:%d%d  lua.*i = ",
      output)
    assert.matches("HWND +PID", output)

    status, output = run { "monitor", name, "--interval", "0.5", "--once", "--json" }
    child:kill()
    assert.equal(0, status)
    local snapshot = dkjson.decode(output)
    local channel = snapshot.channels[1]
    assert.equal(1, #snapshot.channels)
    assert.equal(name, channel.name)
    assert.equal(1, channel.peers)
    assert.is_true(channel.messages > 0 and channel.messages_per_second > 0)
    assert.is_true(channel.bytes > channel.messages and channel.bytes_per_second > 0)
    assert.equal(child.pid, channel.last.sender.pid)
    assert.equal("number", type(channel.last.data.i))
    assert.equal(1, #snapshot.peers)
    assert.equal(child.pid, snapshot.peers[1].pid)
    assert.same({ name }, setmetatable(snapshot.peers[1].channels, nil))
  end)

  it("joins new channels at once, and misses none of their messages", function()
    local name = unique()
    local endpoint <close> = copydata.new()
    local monitor <close> = program.start { "monitor", "--interval", "3", "--json", "--once" }
    copydata.wait_for_peer "copydata.monitor"
    local channel = endpoint:channel(name)
    assert.is_truthy(channel:wait_for_peer(10)) -- the monitor
    channel:send "seen"
    local snapshot, found = dkjson.decode(monitor:line()), nil
    for _, seen in ipairs(snapshot.channels) do
      found = seen.name == name and seen or found
    end
    assert.equal("seen", found.last.data)
    assert.equal(1, found.peers)
  end)

  it("prints JSON again and again", function()
    local name = unique()
    local child <close> = children.join(name)
    local monitor <close> = program.start { "monitor", name, "--interval", "0.1", "--json" }
    for i = 1, 3 do
      local snapshot = dkjson.decode(monitor:line())
      assert.equal(name, snapshot.channels[1].name)
      if i == 2 then
        child:run "channel:send(1)"
      end
    end
    child:finish()
  end)
end)

describe("Ctrl+C", function()
  it("ends peers --watch with 0", function()
    local screen <close> = start { "peers", unique(), "--watch" }
    screen:shows "watching "
    screen:interrupt()
    assert.equal(0, screen:ended())
  end)

  it("ends listen with 0, and with 130 if --count is not reached", function()
    for status, words in pairs { [0] = {}, [130] = { "--count", "2" } } do
      local name = unique()
      local screen <close> = start { "listen", name, table.unpack(words) }
      screen:shows "listening on "
      assert.equal(1, (copydata.send(name, "日本 ä")))
      screen:shows '"日'
      screen:interrupt()
      assert.equal(status, screen:ended())
    end
  end)

  it("ends send with 130", function()
    local name = unique()
    local full <close> = copydata.new { pump = "thread", queue_messages = 1 }
    local channel = full:channel(name) -- luacheck: ignore
    assert.equal(1, (copydata.send(name, "fills it")))
    local known = {} -- a set: processes that have windows
    local function is_there()
      for _, each in ipairs(copydata.raw.find { class = "copydata.endpoint" }) do
        if not known[each.pid] then
          return true
        end
      end
    end
    for _, each in ipairs(copydata.raw.find { class = "copydata.endpoint" }) do
      known[each.pid] = true
    end
    local screen <close> = start { "send", name, "1", "--timeout", "60" }
    known[screen.child.pid] = true
    assert.is_true(eventually(is_there)) -- so it is about to send
    screen:interrupt()
    assert.equal(130, screen:ended())
  end)
end)

describe("a large send on a console", function()
  it("shows its progress if it takes longer than a second", function()
    local name = unique()
    local child <close> = children.start()
    local file = ("%s\\%s.txt"):format(os.getenv "TEMP", unique "copydata")
    local bytes <close> = assert(io.open(file, "wb"))
    bytes:write(("x"):rep(8 * 1024 * 1024))
    bytes:close()
    child:begin([[
      local window = require "support.window"
      local slow = require "support.recorder"("copydata.endpoint", 1)
      slow:delay(0.1) -- for each of 64 pieces
      window.set_property(slow:hwnd(), "copydata:" .. ..., 1)
      say "there"
      while true do window.pump() end
    ]], name)
    child:said()
    local screen <close> = start { "send", name, "--file", file, "--string", "--timeout", "20" }
    screen:shows "%[#+%.*%] %d of 8 MB, %d+ s left"
    screen:interrupt()
    assert.equal(130, screen:ended())
    child:kill()
    os.remove(file)
  end)
end)
