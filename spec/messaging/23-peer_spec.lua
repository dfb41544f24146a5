-- SPDX-License-Identifier: MIT

-- examples/peer.c, which uses none of our code, and Lua.
local children = require "support.children"
local closing = require "support.closing"
local copydata = require "support.copydata"
local documented = require "support.documented"
local eventually = require "support.eventually"
local frames = require "support.frames"
local hex = require "spec.msgpack.hex"
local process = require "support.process"
local recorder = require "support.recorder"
local unique = require "support.unique"
local window = require "support.window"
require "support.tidy"(before_each, after_each)

local PATIENCE = 60

-- Where CMake puts it, beside the modules.
local function program()
  local path = package.cpath:gsub("%.dll", ".exe")
  return assert(package.searchpath("examples.peer", path))
end

-- Starts it on a channel.
-- @return the process, its window
local function start(name)
  local peer = process.spawn(('"%s" %s'):format(program(), name))
  local line = assert(peer:line(PATIENCE))
  return peer, assert(tonumber(line:match "^joined, hwnd (0x%x+)$"), line)
end

describe("examples/peer.c", function()
  it("joins, and says hello to the other peers", function()
    local endpoint <close> = copydata.new()
    local channel = endpoint:channel(unique "Peer")
    local peer <close>, hwnd = start(channel.name:lower())
    local message = assert(channel:receive(PATIENCE))
    assert.same({ hello = "from C", pid = peer:pid() }, message.data)
    assert.equal(hwnd, message.sender.hwnd)
    assert.equal(peer:pid(), message.sender.pid)
    assert.truthy(message.sender.exe:find "peer%.exe$")
    assert.is_true(math.abs(message.sent - message.received) < PATIENCE)
    assert.equal("hello accepted by 1 of 1", peer:line(PATIENCE))

    local peers = channel:peers()
    assert.equal(1, #peers)
    assert.equal(hwnd, peers[1].hwnd)
    peer:kill()
    assert.same({}, channel:peers())
  end)

  it("finds every peer, also when windows vanish while it enumerates", function()
    local endpoint <close> = copydata.new()
    local channel = endpoint:channel(unique "Crowd")
    for _ = 1, 3 do
      local crowd <close> = children.start()
      crowd:run [[ -- newer windows than ours, and so listed before it
        local recorder = require "support.recorder"
        windows = {}
        for i = 1, 300 do
          windows[i] = recorder("copydata.endpoint", 1)
        end
      ]]
      local peer <close> = start(channel.name) -- it enumerates next
      crowd:begin "os.exit()"
      assert.equal("hello accepted by 1 of 1", peer:line(PATIENCE))
      assert.equal(peer:pid(), assert(channel:receive(PATIENCE)).sender.pid)
    end
  end)

  it("accepts notifications, in order, and leaves on request", function()
    local endpoint <close> = copydata.new()
    local name = unique "Ünï"
    local peer <close>, hwnd = start(name)
    assert.equal("hello accepted by 0 of 0", peer:line(PATIENCE))
    assert.equal(1, (endpoint:send(name, { 1, "two", { three = 3.5 } })))
    local channel = endpoint:channel((name:gsub("Ünï", "üNÏ")))
    for i = 1, 3 do
      channel:post(i)
    end
    assert.equal(3, (endpoint:flush()))
    assert.is_true(channel:send_to(hwnd, "quit"))
    local from = ("notification from 0x%X: "):format(endpoint:hwnd())
    for _, expected in ipairs { '[1, "two", {"three"=>3.500000}]', "1", "2", "3", '"quit"' } do
      assert.equal(from .. expected, peer:line(PATIENCE))
    end
    assert.equal("left", peer:line(PATIENCE))
    assert.equal(0, peer:wait(PATIENCE))
    assert.same({}, channel:peers())
  end)

  it("proves who it is, to one receiver after another", function()
    local name = unique "Proof"
    local seen = {}
    local list <close> = closing {}
    for i = 1, 3 do
      list[i] = copydata.new { accept = function(peer) return peer.proven end }
      list[i]:channel(name):on(function(data, message)
        table.insert(seen, { data.hello, message.sender.proven })
      end)
    end
    local peer <close>, hwnd = start(name)
    assert.is_true(eventually(function() return #seen == 3 end))
    assert.equal("hello accepted by 3 of 3", peer:line(PATIENCE))
    for _, each in ipairs(seen) do
      assert.same({ "from C", true }, each)
    end
    local channel = list[2]:joined(name)
    assert.equal(42, channel:request({ 40, 2 }, { timeout = PATIENCE, to = hwnd }))
  end)

  it("returns the verdicts that the protocol requires", function()
    local name = unique()
    local peer <close>, hwnd = start(name)
    local notification = frames.notification(name, "\x01")
    local inner = frames.str(name) .. "\x91\x01"
    local expected = {
      { frames.ACCEPTED, notification },
      { frames.ACCEPTED, notification:rep(3) },
      { frames.ABSENT, frames.notification(name .. "x", "\x01") },
      { frames.ABSENT, notification .. frames.notification(name .. "x", "\x01") },
      { frames.REFUSED, "\x94\x01\x01\xc0\x01" }, -- a response
      { frames.TOO_LARGE, "\x96\x03\x01\x01\x02\x09\xc4\x01x" }, -- a piece
      { frames.ACCEPTED, frames.proof(1, 2) .. notification },
      { frames.MALFORMED, frames.proof(1, 2) },
      { frames.MALFORMED, "" },
      { frames.MALFORMED, "\xc1" },
      { frames.MALFORMED, notification .. "\xc1" },
      { frames.MALFORMED, notification:sub(1, -2) },
      { frames.MALFORMED, "\x93\x04" .. inner },
      { frames.MALFORMED, "\x93\x00\x01" .. frames.str(name) },
      { frames.MALFORMED, "\x94\x00\xff" .. inner },
      { frames.MALFORMED, "\x93\x02" .. frames.str(name) .. "\x90" },
      { frames.MALFORMED, frames.notification(name, "\x01", "\x01", 1) },
    }
    for i, case in ipairs(expected) do
      assert.equal(case[1], window.copydata(hwnd, frames.MPK1, case[2], 0, PATIENCE), i)
    end
    assert.equal(frames.UNHANDLED, window.copydata(hwnd, 1, notification, 0, PATIENCE))
    assert.truthy(peer:line(PATIENCE):find "^hello")
    for _ = 1, 5 do
      assert.equal("notification from 0x0: 1", peer:line(PATIENCE))
    end
  end)

  it("answers a request, with a result or an error", function()
    local stranger <close> = recorder("copydata.endpoint", frames.ACCEPTED)
    local peer <close>, hwnd = start "editor" -- the document's channel
    assert.truthy(peer:line(PATIENCE):find "^hello")
    local good = documented.request
    for request, expected in pairs {
      [good] = documented.response,
      [good:sub(1, -2) .. "\xa1x"] = documented.failure, -- not a list of integers
    } do
      assert.equal(frames.ACCEPTED,
        window.copydata(hwnd, frames.MPK1, request, stranger:hwnd(), PATIENCE))
      assert.truthy(peer:line(PATIENCE):find "^request from 0x%x+: %[1, 2, ")
      assert.equal("answer: verdict 1", peer:line(PATIENCE)) -- pumps messages meanwhile
      local _, sender, bytes = stranger:newest()
      assert.equal(hwnd, sender)
      assert.equal(hex.of(expected), hex.of(bytes))
    end
  end)

  it("answers requests from Lua", function()
    local endpoint <close> = copydata.new()
    local name = unique()
    local listener <close> = copydata.new()
    local listening <close> = listener:channel(name) -- luacheck: ignore -- takes no requests
    local peer <close>, hwnd = start(name)
    assert.equal(42, endpoint:request(name, { 40, -1, 3 }))
    assert.equal(6, endpoint:request(name, { 1, 2, 3 }, { to = hwnd }))
    local answer, message, code, details = endpoint:request(name, "what?")
    assert.is_nil(answer)
    assert.equal("REMOTE: expected a list of integers", message)
    assert.equal("REMOTE", code)
    assert.same({ message = "expected a list of integers", name = "BAD_REQUEST" }, details)
    local answers, failures = endpoint:request_all(name, { 7 })
    assert.equal(1, #answers)
    assert.equal(7, answers[1].data)
    assert.equal(hwnd, answers[1].peer.hwnd)
    assert.equal(peer:pid(), answers[1].peer.pid)
    assert.equal("REFUSED", failures[1].code)
  end)

  it("prints its usage", function()
    local peer <close> = io.popen(('""%s" 2>&1"'):format(program()))
    assert.truthy(peer:read("a"):find "^usage: peer CHANNEL")
    assert.same({ nil, "exit", 2 }, { peer:close() })
  end)
end)
