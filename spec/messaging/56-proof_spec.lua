-- SPDX-License-Identifier: MIT

-- Proof of the sender, from both sides, and programs that would do without.
local children = require "support.children"
local copydata = require "support.copydata"
local eventually = require "support.eventually"
local forger = require "support.forger"
local frames = require "support.frames"
local recorder = require "support.recorder"
local stranger = require "support.stranger"
local tidy = require "support.tidy"
local unique = require "support.unique"
local window = require "support.window"

local ACCEPTED, BUSY, REFUSED, UNPROVEN =
  frames.ACCEPTED, frames.BUSY, frames.REFUSED, frames.UNPROVEN
local notification, prove, receiver = frames.notification, frames.prove, frames.receiver

local POSTS_AT_ONCE = 8
local POST_PAUSE = 1.2 -- seconds after which one more is posted, and a little
local KiB = 1024

-- A window that others take for an endpoint's.
local function peer()
  return recorder("copydata.endpoint", ACCEPTED)
end

-- What a guard was asked, and what was handled.
local function watched(accept)
  local seen = { asked = {}, got = {} }
  function seen.guard(sender)
    table.insert(seen.asked, sender)
    return accept == nil or accept(sender)
  end
  function seen.handler(data, message)
    table.insert(seen.got, { data = data, sender = message.sender })
  end
  return seen
end

-- Asserts that a program that may send gets an answer, while the loop runs.
local function answers(channel, child)
  channel:serve(function(data) return data + 1 end)
  child:begin([[
    local answer, message = copydata.request(..., 41, { timeout = 20 })
    return answer, message
  ]], channel.name)
  assert.is_true(eventually(function() return child:ready() end))
  assert.same({ 42 }, { child:result() })
  channel:serve(nil)
end

describe("a sender", function()
  tidy(before_each, after_each)

  it("proves itself where a guard is set, and not elsewhere", function()
    local seen = watched()
    local endpoint <close>, channel = receiver()
    local guarded = endpoint:channel(unique "guarded")
    guarded:guard(seen.guard)
    guarded:on(seen.handler)
    channel:on(seen.handler)
    local child <close> = children.start()
    for i, name in ipairs { channel.name, guarded.name, channel.name } do
      child:begin("return copydata.send(..., 1)", name)
      assert.is_true(eventually(function() return #seen.got == i end))
      assert.equal(1, (child:result()))
    end
    assert.is_false(seen.got[1].sender.proven)
    assert.is_true(seen.got[2].sender.proven)
    assert.is_true(seen.got[3].sender.proven) -- shows it everywhere from now on
    assert.equal(1, #seen.asked)
    assert.is_true(seen.asked[1].proven)
    assert.equal(child.pid, seen.asked[1].pid)
    assert.equal(seen.asked[1], seen.got[3].sender)
    assert.not_equal(seen.got[1].sender, seen.got[2].sender)
    assert.equal(seen.got[2].sender, endpoint:peers(guarded.name)[1] or seen.got[2].sender)
    answers(guarded, child)
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

  it("may show a proof where none is wanted, also a false one", function()
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

  it("shows one proof, in front of what it sends", function()
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

  it("without a window, or with one of another kind: the guard is asked, or it is refused", function()
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

  it("proves itself when it asks and when it answers", function()
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

  it("proves itself again to a receiver that closed and comes back", function()
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

  it("tries four tokens that somebody posts in the receiver's name", function()
    local name = unique "tries"
    local other <close> = stranger(name, UNPROVEN)
    other:keep()
    local endpoint <close> = copydata.new()
    local channel = endpoint:channel(name, { listen = false })
    assert.equal(50, forger.tokens(endpoint:hwnd(), other:hwnd(), 50))
    assert.equal(50, forger.tokens(endpoint:hwnd(), endpoint:hwnd(), 50)) -- not this receiver's
    assert.equal("UNPROVEN", select(3, channel:send_to(other:hwnd(), 1, { timeout = 0.5 })))
    local tried = {}
    for _, bytes in ipairs(other:kept()) do
      local token = bytes:match "^\x93\x04\xcf........(\xcd..)" -- of 16 bits
      if token then
        tried[token] = true
      end
    end
    local count = 0
    for _ in pairs(tried) do
      count = count + 1
    end
    assert.equal(4, count)
  end)

  it("does not pass on to others what it was posted", function()
    -- The stranger gets a frame, and forwards it in the sender's name to the real receiver.
    local seen = watched()
    local real <close>, channel, answer = receiver()
    real:guard(seen.guard)
    channel:on(seen.handler)
    local name = unique "false"
    local between <close> = stranger(name, UNPROVEN)
    between:keep()
    local victim <close> = copydata.new()
    local sending <close> = victim:channel(name, { listen = false })
    assert.equal("UNPROVEN", select(3, sending:send_to(between:hwnd(), 1, { timeout = 0.1 })))
    local frame = notification(channel.name, "\x01")
    for _, bytes in ipairs(between:kept()) do
      local proof = bytes:match "^\x93\x04\xcf........\x00"
      if proof then -- has the real one post its token, and hopes that it comes here
        assert.equal(UNPROVEN, answer(proof .. frame, victim:hwnd()))
      end
    end
    between:keep()
    assert.equal("UNPROVEN", select(3, sending:send_to(between:hwnd(), 1, { timeout = 0.1 })))
    for _, bytes in ipairs(between:kept()) do
      local token = bytes:match "^\x93\x04\xcf........(.)"
      assert.is_true(token == nil or token == "\x00")
    end
    assert.same({}, seen.got)
    assert.same({}, seen.asked)
    assert.equal(1, (victim:send(channel.name, 2)))
    assert.is_true(eventually(function() return #seen.got == 1 end))
  end)
end)

describe("a program that means ill:", function()
  tidy(before_each, after_each)

  describe("a forger", function()
    local seen, endpoint, channel, answer, friend

    before_each(function()
      friend = children.start()
      seen = watched(function(sender) return sender.pid == friend.pid end)
      endpoint, channel, answer = receiver()
      channel:guard(seen.guard)
      channel:on(seen.handler)
    end)

    after_each(function()
      endpoint:close()
      friend:close()
    end)

    -- Has the friend send, which gets through.
    local function let_through()
      local before = #seen.got
      friend:begin("return copydata.send(..., 'friend', { timeout = 20 })", channel.name)
      assert.is_true(eventually(function() return #seen.got > before end))
      local accepted, failures = friend:result()
      assert.equal(1, accepted, failures[1] and failures[1].message)
      assert.equal("friend", seen.got[#seen.got].data)
      assert.is_true(seen.got[#seen.got].sender.proven)
    end

    it("is told that it has to prove what it claims, and nothing of it is handled", function()
      local claimed = friend:hwnd()
      local frame = notification(channel.name, "\x01")
      for _ = 1, 2 do -- before and after the friend has proven itself
        assert.equal(UNPROVEN, answer(frame, claimed))
        assert.equal(UNPROVEN, answer(frames.proof(5, 0) .. frame, claimed))
        assert.equal(UNPROVEN, answer(frames.proof(5, 1) .. frame, claimed))
        for token = 2, 300 do
          assert.equal(UNPROVEN, answer(frames.proof(token, token) .. frame, claimed))
        end
        assert.equal(UNPROVEN, answer(frames.request(1, channel.name, "\x01"), claimed) == REFUSED
          and UNPROVEN)
        copydata.poll(0)
        let_through()
      end
      for _, each in ipairs(seen.got) do
        assert.equal("friend", each.data)
      end
      assert.equal(1, #seen.asked)
      answers(channel, friend)
    end)

    it("gets nothing by a token of another window, process or receiver", function()
      local claimed = friend:hwnd()
      local frame = notification(channel.name, "\x01")
      local own <close> = peer()
      local proof = prove(endpoint:hwnd(), frame, own)
      assert.equal(UNPROVEN, answer(proof .. frame, claimed))
      local second <close> = peer()
      assert.equal(UNPROVEN, answer(proof .. frame, second:hwnd()))
      assert.equal(UNPROVEN, answer(proof .. frame, endpoint:hwnd()))
      assert.equal(BUSY, answer(proof .. frame, own:hwnd()))
      copydata.poll(0)
      assert.equal(REFUSED, answer(proof .. frame, own:hwnd()))

      local other <close>, other_channel, other_answer = receiver()
      other_channel:guard(seen.guard)
      frame = notification(other_channel.name, "\x01")
      assert.equal(UNPROVEN, other_answer(proof .. frame, own:hwnd()))
      assert.is_true(frames.proof(1, 2) ~= prove(other:hwnd(), frame, own))
      let_through()
    end)

    it("gets nothing by an old token", function()
      local own <close> = peer()
      local proof = prove(endpoint:hwnd(), notification(channel.name, "\x01"), own)
      endpoint:close()
      endpoint, channel, answer = receiver()
      channel:guard(seen.guard)
      channel:on(seen.handler)
      assert.equal(UNPROVEN, answer(proof .. notification(channel.name, "\x01"), own:hwnd()))
      assert.same({}, seen.asked)
      let_through()
    end)

    it("sends frames without end, and the one it claims to be gets through", function()
      local forging <close> = children.start()
      local frame = notification(channel.name, "\x01")
      for _, bytes in ipairs { frame, frames.proof(5, 0) .. frame, frames.proof(5, 6) .. frame } do
        local claimed = friend:hwnd()
        local one <close> = children.start()
        one:begin("say(1) require 'support.forger'.frames(...)", endpoint:hwnd(), frames.MPK1, bytes,
          claimed, 0)
        one:said()
        let_through()
        one:kill()
      end
      forging:begin("return require 'support.forger'.frames(...)", endpoint:hwnd(), frames.MPK1,
        frames.proof(5, 0) .. frame, friend:hwnd(), 2000)
      assert.is_true(eventually(function() return forging:ready() end))
      assert.same({ [UNPROVEN] = 2000 }, forging:result())
      let_through()
      for _, each in ipairs(seen.got) do
        assert.equal("friend", each.data)
      end
      assert.equal(1, #seen.asked)
      answers(channel, friend)
    end)

    it("posts false tokens without end, and the one that they are for gets through", function()
      local forging <close> = children.start()
      forging:begin("say(1) require 'support.forger'.tokens(...)", friend:hwnd(), endpoint:hwnd(), 0)
      forging:said()
      for _ = 1, 5 do
        let_through()
      end
      forging:kill()
      answers(channel, friend)
    end)

    it("does both at once, and the one it claims to be gets through afterwards", function()
      local one <close> = children.start()
      local other <close> = children.start()
      local frame = frames.proof(5, 0) .. notification(channel.name, "\x01")
      one:begin("say(1) require 'support.forger'.tokens(...)", friend:hwnd(), endpoint:hwnd(), 0)
      other:begin("say(1) require 'support.forger'.frames(...)", endpoint:hwnd(), frames.MPK1, frame,
        friend:hwnd(), 0)
      one:said()
      other:said()
      for _ = 1, 20 do
        copydata.poll(0.05)
      end
      one:kill()
      other:kill()
      let_through()
      answers(channel, friend)
    end)

    it("has the receiver post no more than eight tokens, and then one a second", function()
      local victim <close> = peer()
      local frame = frames.proof(5, 0) .. notification(channel.name, "\x01")
      assert.same({ [UNPROVEN] = 500 },
        forger.frames(endpoint:hwnd(), frames.MPK1, frame, victim:hwnd(), 500))
      local count = #victim:tokens()
      assert.is_true(count >= POSTS_AT_ONCE and count <= POSTS_AT_ONCE + 1, count)
      copydata.poll(0)
      local done = false
      copydata.spawn(function()
        copydata.sleep(POST_PAUSE)
        done = true
      end)
      assert.is_true(eventually(function() return done end))
      forger.frames(endpoint:hwnd(), frames.MPK1, frame, victim:hwnd(), 50)
      assert.equal(1, #victim:tokens())
      assert.same({}, seen.asked)
      let_through()
    end)

    it("cannot answer a request on a guarded channel for who was asked", function()
      local asked <close> = peer()
      window.set_property(asked:hwnd(), "copydata:" .. channel.name, 1)
      local result
      copydata.spawn(function()
        result = table.pack(channel:request("?", { to = asked:hwnd(), timeout = 0.4 }))
      end)
      assert.is_true(eventually(function() return asked:newest() ~= nil end))
      local _, _, request = asked:newest()
      local bytes = frames.response(frames.msgid(request), nil, "\x07")
      assert.equal(UNPROVEN, answer(bytes, asked:hwnd()))
      copydata.poll(0)
      assert.is_nil(result)
      local proof = prove(endpoint:hwnd(), bytes, asked)
      assert.is_nil(result)
      assert.equal(ACCEPTED, answer(proof .. bytes, asked:hwnd()))
      assert.is_true(eventually(function() return result ~= nil end))
      assert.equal(7, result[1])
    end)

    it("cannot join in a message that comes in pieces", function()
      local whole = notification(channel.name, "\xda" .. string.pack(">s2", ("x"):rep(900)))
      local function piece(index)
        return frames.fragment(9, index, 3, #whole,
          whole:sub(300 * (index - 1) + 1, index < 3 and 300 * index or nil))
      end
      local own <close> = peer()
      assert.equal(UNPROVEN, answer(piece(1), own:hwnd())) -- at once: it tells the channel
      local proof = prove(endpoint:hwnd(), piece(1), own)
      assert.equal(ACCEPTED, answer(proof .. piece(1), own:hwnd()))
      assert.equal(frames.MALFORMED, answer(piece(2), own:hwnd()))
      assert.equal(frames.MALFORMED, answer(piece(3), own:hwnd()))
      assert.equal(ACCEPTED, answer(proof .. piece(2), own:hwnd()))
      assert.equal(BUSY, answer(proof .. piece(3), own:hwnd())) -- the guard is to be asked
      copydata.poll(0)
      assert.equal(1, #seen.asked)
      assert.equal(REFUSED, answer(proof .. piece(3), own:hwnd()))
      let_through()
    end)

    it("gets nothing through when the guard comes after the first pieces", function()
      channel:guard(nil)
      local own <close> = peer()
      local whole = notification(channel.name, "\xda" .. string.pack(">s2", ("x"):rep(900)))
      local first = frames.fragment(9, 1, 2, #whole, whole:sub(1, 300))
      local second = frames.fragment(9, 2, 2, #whole, whole:sub(301))
      for _, by in ipairs { "claim", "proof" } do
        assert.equal(ACCEPTED, answer(first, own:hwnd()))
        channel:guard(seen.guard)
        local proof = by == "proof"
          and prove(endpoint:hwnd(), notification(channel.name, "\x01"), own) or ""
        assert.equal(REFUSED, answer(proof .. second, own:hwnd()))
        channel:guard(nil)
      end
      copydata.poll(0)
      assert.same({}, seen.got)
      channel:guard(seen.guard)
      let_through()
    end)

    it("takes nothing from the share of the one it claims to be, once that is proven", function()
      endpoint:close()
      endpoint, channel, answer = receiver { queue_messages = 200 }
      local guarded = endpoint:channel(unique "guarded")
      guarded:guard(function() return true end)
      local own <close> = peer()
      local frame, proven = notification(channel.name, "\x01"), notification(guarded.name, "\x02")
      local proof = prove(endpoint:hwnd(), proven, own)
      assert.equal(BUSY, answer(proof .. proven, own:hwnd()))
      copydata.poll(0)
      local counts = forger.frames(endpoint:hwnd(), frames.MPK1, frame, own:hwnd(), 200)
      assert.same({ [ACCEPTED] = 100, [BUSY] = 100 }, counts)
      counts = forger.frames(endpoint:hwnd(), frames.MPK1, proof .. proven, own:hwnd(), 50)
      assert.same({ [ACCEPTED] = 33, [BUSY] = 17 }, counts) -- a third of what is left
    end)
  end)
end)
