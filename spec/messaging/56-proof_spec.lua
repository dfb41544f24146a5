-- SPDX-License-Identifier: MIT

-- Which senders must prove who they are, and how.
local children = require "support.children"
local copydata = require "support.copydata"
local eventually = require "support.eventually"
local forger = require "support.forger"
local frames = require "support.frames"
local guarded = require "support.guarded"
local recorder = require "support.recorder"
local stranger = require "support.stranger"
local unique = require "support.unique"
local window = require "support.window"
require "support.tidy"(before_each, after_each)

local ACCEPTED, BUSY, REFUSED, UNPROVEN =
  frames.ACCEPTED, frames.BUSY, frames.REFUSED, frames.UNPROVEN
local notification, prove, receiver = frames.notification, frames.prove, frames.receiver
local answers, watched = guarded.answers, guarded.watched

local KiB = 1024

-- A window that other programs take for an endpoint's.
local function peer()
  return recorder("copydata.endpoint", ACCEPTED)
end

describe("a sender", function()
  it("proves itself where a guard is set, and not elsewhere", function()
    local seen = watched()
    local endpoint <close>, channel = receiver()
    local closed = endpoint:channel(unique "guarded")
    closed:guard(seen.guard)
    closed:on(seen.handler)
    channel:on(seen.handler)
    local child <close> = children.start()
    for i, name in ipairs { channel.name, closed.name, channel.name } do
      child:begin("return copydata.send(..., 1)", name)
      assert.is_true(eventually(function() return #seen.got == i end))
      assert.equal(1, (child:result()))
    end
    assert.is_false(seen.got[1].sender.proven)
    assert.is_true(seen.got[2].sender.proven)
    assert.is_true(seen.got[3].sender.proven) -- uses it everywhere from now on
    assert.equal(1, #seen.asked)
    assert.is_true(seen.asked[1].proven)
    assert.equal(child.pid, seen.asked[1].pid)
    assert.equal(seen.asked[1], seen.got[3].sender)
    assert.not_equal(seen.got[1].sender, seen.got[2].sender)
    local there = unique "there" -- a peer that is looked up is the proven one too
    child:run("assert(copydata.channel(...))", there)
    assert.equal(seen.got[2].sender, endpoint:peers(there)[1])
    answers(closed, child)
  end)

  it("proves itself with allow_lower_integrity, without a guard", function()
    local endpoint <close>, channel, answer = receiver { allow_lower_integrity = true }
    local sender <close> = peer()
    local frame = notification(channel.name, "\x01")
    assert.equal(UNPROVEN, answer(frame, sender:hwnd()))
    local proof = prove(endpoint:hwnd(), frame, sender)
    assert.equal(ACCEPTED, answer(proof .. frame, sender:hwnd()))
    assert.is_true(channel:receive(0).sender.proven)
    assert.equal(ACCEPTED, answer(frame, 0))
    assert.is_false(channel:receive(0).sender.proven)
    local other <close> = copydata.new()
    assert.equal(1, (other:send(channel.name, 2)))
    assert.is_true(channel:receive(5).sender.proven)
  end)

  it("may send a proof where none is required, even a false one", function()
    local endpoint <close>, channel, answer = receiver() -- luacheck: ignore endpoint
    local sender <close> = peer()
    local frame = notification(channel.name, "\x01")
    for _, hwnd in ipairs { sender:hwnd(), 0 } do
      for _, token in ipairs { 0, 1, -1 } do
        assert.equal(ACCEPTED, answer(frames.proof(7, token) .. frame, hwnd))
        assert.is_false(channel:receive(0).sender.proven)
      end
    end
    assert.equal(ACCEPTED, answer("\x93\x04\x00\x00" .. frame:rep(2), sender:hwnd()))
    assert.same({}, sender:tokens())
  end)

  it("sends one proof, in front of its messages", function()
    local endpoint <close>, channel, answer = receiver() -- luacheck: ignore endpoint
    local sender <close> = peer()
    local frame, proof = notification(channel.name, "\x01"), frames.proof(7, 9)
    for _, bytes in ipairs {
      proof, proof .. proof .. frame, frame .. proof, "\x93\x04\x01" .. frame,
      "\x94\x04\x01\x01\x01" .. frame, "\x92\x04\x01" .. frame, "\x93\x04\xff\x01" .. frame,
      "\x93\x04\xc0\x01" .. frame, "\x93\x04\x01\xa1x" .. frame, "\x93\x04\xcf\x01\x01",
      proof .. frames.fragment(1, 1, 1, #frame, frame) .. frame,
    } do
      assert.equal(frames.MALFORMED, answer(bytes, sender:hwnd()))
    end
    assert.is_nil((channel:receive(0)))
    assert.equal(ACCEPTED, answer(proof .. frame, sender:hwnd()))
  end)

  it("without a window is passed to the guard; with another kind of window, refused", function()
    local seen = watched()
    local endpoint <close>, channel, answer = receiver() -- luacheck: ignore endpoint
    channel:guard(seen.guard)
    channel:on(seen.handler)
    local frame = notification(channel.name, "\x01")
    assert.equal(BUSY, answer(frame, 0))
    copydata.poll(0)
    assert.equal(ACCEPTED, answer(frame, 0))
    copydata.poll(0)
    assert.is_false(seen.asked[1].proven)
    assert.is_false(seen.got[1].sender.proven)
    local other <close> = recorder("stranger", 0) -- nothing is posted to it
    for _, hwnd in ipairs { other:hwnd(), 0x70000000 } do
      assert.equal(REFUSED, answer(frame, hwnd))
      assert.equal(REFUSED, answer(frames.proof(1, 0) .. frame, hwnd))
    end
    assert.same({}, other:tokens())
    assert.equal(1, #seen.asked)
  end)

  it("proves itself in requests and in answers", function()
    local seen = watched()
    local endpoint <close>, channel = receiver()
    endpoint:guard(seen.guard)
    channel:serve(function(data, message)
      return { data + 1, message.sender.proven }
    end)
    local child <close> = children.join(unique "answers")
    local name = child:run [[
      channel:serve(function(data, message) return { data * 2, message.sender.proven } end)
      channel:guard(function() return true end)
      return channel.name
    ]]
    child:begin("return table.unpack((copydata.request(..., 41)))", channel.name)
    assert.is_true(eventually(function() return child:ready() end))
    assert.same({ 42, true }, { child:result() })
    child:begin "return copydata.run(function() copydata.sleep(2) end)"
    assert.same({ 20, true }, endpoint:request(name, 10))
    child:result()
  end)

  it("proves itself when it calls a remote object", function()
    local name = unique "object"
    local child <close> = children.start()
    child:begin([[
      copydata.guard(function(peer) return peer.proven end)
      assert(copydata.remote.publish(..., {
        who = function() return copydata.remote.caller().proven end,
      }))
      say "published"
      copydata.run()
    ]], name)
    child:said()
    local endpoint <close> = copydata.new()
    local proxy = assert(endpoint:connect(name, { timeout = 20 }))
    assert.is_true(proxy:who())
  end)

  it("proves itself for a message in pieces", function()
    local seen = watched()
    local endpoint <close>, channel = receiver() -- luacheck: ignore endpoint
    channel:guard(seen.guard)
    channel:on(seen.handler)
    local child <close> = children.start()
    for i, size in ipairs { 700 * KiB, 300 * KiB, 3000 * KiB } do
      child:begin("return copydata.send(..., ('x'):rep(select(2, ...)))", channel.name, size)
      assert.is_true(eventually(function() return #seen.got == i end))
      assert.equal(1, (child:result()))
      assert.equal(size, #seen.got[i].data)
      assert.is_true(seen.got[i].sender.proven)
    end
    assert.equal(1, #seen.asked)
  end)

  it("proves itself again to a receiver that was closed and opened again", function()
    local name = unique "back"
    local child <close> = children.start()
    for _ = 1, 3 do
      local seen = watched()
      local endpoint <close> = copydata.new()
      local channel = endpoint:channel(name)
      channel:guard(seen.guard)
      channel:on(seen.handler)
      child:begin("return copydata.send(..., 1)", name)
      assert.is_true(eventually(function() return #seen.got == 1 end))
      assert.equal(1, (child:result()))
      assert.is_true(seen.got[1].sender.proven)
    end
  end)

  for _, sends in ipairs { "script", "thread" } do
    for _, receives in ipairs { "script", "thread" } do
      it(("proves itself with pump = %q to one with pump = %q"):format(sends, receives), function()
        local seen = watched()
        local endpoint <close> = copydata.new { pump = receives }
        local channel = endpoint:channel(unique "pumped")
        channel:guard(seen.guard)
        channel:on(seen.handler)
        local here <close> = copydata.new { pump = sends }
        local child <close> = children.start()
        child:run("other = assert(copydata.new { pump = ... })", sends)
        for i = 1, 20 do
          child:begin("return other:send(..., 1)", channel.name)
          assert.is_true(eventually(function() return #seen.got == 2 * i - 1 end))
          assert.equal(1, (child:result()))
          assert.equal(1, (here:send(channel.name, 2)))
          assert.is_true(eventually(function() return #seen.got == 2 * i end))
        end
        for _, each in ipairs(seen.got) do
          assert.is_true(each.sender.proven)
        end
        assert.equal(2, #seen.asked)
      end)
    end
  end

  it("follows the protocol, byte by byte", function()
    local name = unique "protocol"
    local other <close> = stranger(name, UNPROVEN)
    other:keep()
    local endpoint <close> = copydata.new()
    local channel = endpoint:channel(name, { listen = false })
    local accepted, message, code = channel:send_to(other:hwnd(), 1, { timeout = 0.3 })
    assert.is_nil(accepted)
    assert.equal("UNPROVEN", code)
    assert.truthy(message:find "^UNPROVEN: ")
    local kept = other:kept()
    assert.equal("\x93\x02", kept[1]:sub(1, 2))
    local nonces = {}
    for i = 2, #kept do
      if kept[i] ~= kept[1] then
        local nonce, frame = kept[i]:match "^\x93\x04\xcf(........)\x00(.*)$"
        assert.equal(kept[1], frame)
        assert.is_nil(nonces[nonce]) -- a new one each time
        nonces[nonce] = true
      end
    end
    assert.truthy(next(nonces))
  end)

  it("keeps the right token, as long as it is right", function()
    local name = unique "kept"
    local other <close> = stranger(name, ACCEPTED)
    local endpoint <close> = copydata.new()
    local channel = endpoint:channel(name, { listen = false })
    local function send(size)
      other:keep()
      assert(channel:send_to(other:hwnd(), ("x"):rep(size), { timeout = 20 }))
      local kinds = {}
      for i, bytes in ipairs(other:kept()) do
        local proof, rest = bytes:match "^(\x93\x04\xcf........)(.*)$"
        kinds[i] = not proof and "plain" or rest:sub(1, 1) == "\0" and "asks" or rest:sub(2, 9)
      end
      return kinds
    end
    local first, second = string.pack(">i8", 0x1122334455667788), string.pack(">i8", -5)
    assert.same({ "plain" }, send(1))
    other:want(0x1122334455667788)
    assert.same({ "plain", "asks", first }, send(1))
    assert.same({ first }, send(1))
    assert.same({ first, first, first }, send(600 * KiB))
    other:want(-5) -- it has another key
    assert.same({ first, "asks", second }, send(1))
    assert.same({ second }, send(1))
  end)

  it("leaves a WM_QUIT to the loop that it is meant for", function()
    local name = unique "quit"
    local other <close> = stranger(name, ACCEPTED)
    local endpoint <close> = copydata.new { pump = "script" }
    local channel = endpoint:channel(name, { listen = false })
    other:want(7)
    window.post_quit()
    assert(channel:send_to(other:hwnd(), 1, { timeout = 20 }))
    assert.equal("QUIT", select(3, copydata.poll(0)))
    window.pump()
  end)

  it("tries four tokens that another program posts in the receiver's name", function()
    local name = unique "tries"
    local other <close> = stranger(name, UNPROVEN)
    other:keep()
    local endpoint <close> = copydata.new()
    local channel = endpoint:channel(name, { listen = false })
    assert.equal(50, forger.tokens(endpoint:hwnd(), other:hwnd(), 50))
    assert.equal(50, forger.tokens(endpoint:hwnd(), endpoint:hwnd(), 50)) -- not this receiver's
    local child <close> = children.start() -- and continues to do so
    child:begin("say(1) require 'support.forger'.tokens(...)", endpoint:hwnd(), other:hwnd(), 0)
    child:said()
    assert.equal("UNPROVEN", select(3, channel:send_to(other:hwnd(), 1, { timeout = 0.5 })))
    child:kill()
    local tried = 0
    for _, bytes in ipairs(other:kept()) do
      tried = tried + (bytes:find "^\x93\x04\xcf........[^\0]" and 1 or 0)
    end
    assert.equal(4, tried)
  end)

  it("shows no peer what another receiver has posted", function()
    -- The stranger passes on what it gets, in the sender's name, to a receiver with a guard, which
    -- posts its token with the same nonce; the stranger hopes to see it.
    local seen = watched()
    local real <close>, channel = receiver { accept = seen.guard }
    channel:on(seen.handler)
    local between <close> = stranger(channel.name, UNPROVEN)
    between:pass_on(real:hwnd())
    between:keep()
    local victim <close> = copydata.new()
    local sending <close> = victim:channel(channel.name, { listen = false })
    assert.equal("UNPROVEN", select(3, sending:send_to(between:hwnd(), 1, { timeout = 0.3 })))
    assert.equal(UNPROVEN, between:echoed())
    local asked = 0
    for _, bytes in ipairs(between:kept()) do
      local token = bytes:match "^\x93\x04\xcf........(.)"
      asked = asked + (token and 1 or 0)
      assert.is_true(token == nil or token == "\x00")
    end
    assert.is_true(asked > 0)
    copydata.poll(0)
    assert.same({}, seen.got)
    assert.same({}, seen.asked)
    between:pass_on(0)
    assert.is_true((sending:send_to(real:hwnd(), 2, { timeout = 20 })))
    assert.is_true(eventually(function() return #seen.got == 1 end))
  end)
end)
