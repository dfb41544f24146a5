-- SPDX-License-Identifier: MIT

-- The identity behind a peer.
local children = require "support.children"
local copydata = require "support.copydata"
local process = require "support.process"
local recorder = require "support.recorder"
local unique = require "support.unique"
local window = require "support.window"
require "support.tidy"(before_each, after_each)

local FIELDS = { "user", "sid", "integrity", "elevated" }
local LEVELS = { low = true, medium = true, high = true, system = true }

-- What Windows' own program reports about its account, which is also ours
local function whoami()
  local pipe = assert(io.popen "whoami")
  local account = pipe:read "l"
  pipe:close()
  return (account:gsub("%s+$", ""))
end

describe("a peer", function()
  it("has the account, integrity and elevation of its process", function()
    local name = unique()
    local child <close> = children.join(name)
    local endpoint <close> = copydata.new()
    local peer = endpoint:peers(name)[1]
    assert.equal(child.pid, peer.pid)
    assert.equal(whoami():lower(), peer.user:lower())
    assert.matches("^[^\\]+\\[^\\]+$", peer.user)
    assert.matches("^S%-1%-5%-[%d-]+%d$", peer.sid)
    assert.is_true(LEVELS[peer.integrity])
    assert.equal("boolean", type(peer.elevated))
    -- An elevated program has high integrity; ours runs as its child does.
    assert.equal(peer.elevated, peer.integrity == "high" or peer.integrity == "system")
    local ours = copydata.raw.find { pid = process.own_pid, class = "copydata.endpoint" }[1]
    for _, field in ipairs(FIELDS) do
      assert.equal(ours[field], peer[field])
    end
  end)

  it("is looked up on the first read, and only then", function()
    local name = unique()
    local endpoint <close> = copydata.new()
    local child <close> = children.join(name)
    local peer = endpoint:peers(name)[1]
    local other <close> = children.join(name)
    local late = endpoint:peers(name)
    late = late[1] == peer and late[2] or late[1]
    for _, field in ipairs(FIELDS) do
      assert.is_nil(rawget(peer, field))
    end
    local sid = peer.sid
    for _, field in ipairs(FIELDS) do
      assert.is_not_nil(rawget(peer, field))
    end
    child:kill()
    other:kill()
    assert.equal(sid, peer.sid)
    for _, field in ipairs(FIELDS) do
      assert.is_not_nil(peer[field])
      assert.is_nil(late[field]) -- can no longer be determined
    end
    assert.is_nil(peer.nonsense)
  end)

  it("is not taken for another program with the same process id", function()
    local stranger <close> = recorder(unique(), 1)
    local child <close> = children.start()
    local Peer = require "copydata.peer"
    assert.is_nil(Peer.new(stranger:hwnd(), child.pid).sid)
    assert.is_nil(Peer.new(child:hwnd(), process.own_pid).sid)
    assert.is_not_nil(Peer.new(stranger:hwnd(), process.own_pid).sid)
    assert.is_nil(Peer.new(stranger:hwnd(), 0x7ffffff0).sid)
  end)

  it("without a window has no identity", function()
    local endpoint <close> = copydata.new()
    local sender
    endpoint:on_raw(function(_, message) sender = message.sender end)
    copydata.raw.send(endpoint:hwnd(), 1, "")
    assert.equal(1, copydata.poll(0))
    for _, field in ipairs(FIELDS) do
      assert.is_nil(sender[field])
    end
  end)

  it("of a message has them too", function()
    local name = unique()
    local endpoint <close> = copydata.new()
    local channel = endpoint:channel(name)
    local child <close> = children.start()
    child:begin("return copydata.send(..., 1)", name)
    local sender = assert(channel:receive(10)).sender
    child:result()
    assert.equal(whoami():lower(), sender.user:lower())
  end)
end)

describe("allow_lower_integrity", function()
  it("makes an endpoint that exchanges messages like any other", function()
    local name = unique()
    local child <close> = children.start()
    child:run([[
      endpoint = assert(copydata.new { allow_lower_integrity = true })
      channel = endpoint:channel(...)
    ]], name)
    child:begin "return channel:receive(10).data"
    local endpoint <close> = copydata.new { allow_lower_integrity = false }
    assert.equal(1, (endpoint:send(name, "hello")))
    assert.equal("hello", (child:result()))
  end)

  it("lets WM_COPYDATA through; otherwise nothing is let through", function()
    local open <close> = copydata.new { allow_lower_integrity = true }
    local closed <close> = copydata.new()
    local admitted = window.admits(open:hwnd())
    if admitted == nil then
      pending "this system filters no messages by integrity"
      return
    end
    assert.is_true(admitted)
    assert.is_false(window.admits(closed:hwnd()))
  end)

  it("is true or false", function()
    local ok, message = pcall(function() copydata.new { allow_lower_integrity = 1 } end)
    assert.is_false(ok)
    assert.matches("16%-identity_spec%.lua:%d+: option 'allow_lower_integrity': expected boolean",
      message)
  end)
end)
