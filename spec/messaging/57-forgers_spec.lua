-- SPDX-License-Identifier: MIT

-- Programs that send in another one's name, or post false proofs to it.
local children = require "support.children"
local copydata = require "support.copydata"
local eventually = require "support.eventually"
local forger = require "support.forger"
local frames = require "support.frames"
local guarded = require "support.guarded"
local recorder = require "support.recorder"
local unique = require "support.unique"
local window = require "support.window"
require "support.tidy"(before_each, after_each)

local ACCEPTED, BUSY, REFUSED, UNPROVEN =
  frames.ACCEPTED, frames.BUSY, frames.REFUSED, frames.UNPROVEN
local notification, prove, receiver = frames.notification, frames.prove, frames.receiver
local answers, watched = guarded.answers, guarded.watched

local POSTS_AT_ONCE = 8
local POST_PAUSE = 1.2 -- a little more than the seconds after which another is posted

-- What children run until they are killed.
local FORGE_FRAMES = "say(1) require 'support.forger'.frames(...)"
local FORGE_TOKENS = "say(1) require 'support.forger'.tokens(...)"

-- A window that other programs take for an endpoint's.
local function peer()
  return recorder("copydata.endpoint", ACCEPTED)
end

describe("a forger", function()
  describe("that claims to be an allowed sender", function()
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

    -- Has the allowed sender send, which gets through.
    local function let_through()
      local before = #seen.got
      friend:begin("return copydata.send(..., 'friend', { timeout = 20 })", channel.name)
      assert.is_true(eventually(function() return #seen.got > before end))
      local accepted, failures = friend:result()
      assert.equal(1, accepted, failures[1] and failures[1].message)
      assert.equal("friend", seen.got[#seen.got].data)
      assert.is_true(seen.got[#seen.got].sender.proven)
    end

    it("must prove its claim, and nothing that it sends is handled", function()
      local claimed = friend:hwnd()
      local frame = notification(channel.name, "\x01")
      for _ = 1, 2 do -- before and after the allowed sender has proven itself
        assert.equal(UNPROVEN, answer(frame, claimed))
        assert.equal(UNPROVEN, answer(frames.proof(5, 0) .. frame, claimed))
        assert.equal(UNPROVEN, answer(frames.proof(5, 1) .. frame, claimed))
        for token = 2, 300 do
          assert.equal(UNPROVEN, answer(frames.proof(token, token) .. frame, claimed))
        end
        channel:serve(seen.handler)
        assert.equal(UNPROVEN, answer(frames.request(1, channel.name, "\x01"), claimed))
        channel:serve(nil)
        copydata.poll(0)
        let_through()
      end
      for _, each in ipairs(seen.got) do
        assert.equal("friend", each.data)
      end
      assert.equal(1, #seen.asked)
      answers(channel, friend)
    end)

    it("gets nothing through with the token of another window, process or receiver", function()
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

    it("gets nothing through with a token of which one bit is wrong", function()
      local own <close> = peer()
      local claimed, frame = friend:hwnd(), notification(channel.name, "\x01")
      local proof, token = prove(endpoint:hwnd(), frame, own)
      for bit = 0, 63 do
        local wrong = frames.proof(5, token ~ 1 << bit) .. frame
        assert.equal(UNPROVEN, answer(wrong, own:hwnd()))
        assert.equal(UNPROVEN, answer(wrong, claimed))
      end
      copydata.poll(0)
      assert.same({}, seen.asked)
      assert.equal(BUSY, answer(proof .. frame, own:hwnd())) -- the guard is still to be called
      let_through()
    end)

    it("gets nothing through with an old token", function()
      local own <close> = peer()
      local proof = prove(endpoint:hwnd(), notification(channel.name, "\x01"), own)
      endpoint:close()
      endpoint, channel, answer = receiver()
      channel:guard(seen.guard)
      channel:on(seen.handler)
      local frame = notification(channel.name, "\x01")
      assert.equal(UNPROVEN, answer(proof .. frame, own:hwnd()))
      local other <close> = peer()
      prove(endpoint:hwnd(), frame, other) -- it posts tokens, too
      assert.equal(UNPROVEN, answer(proof .. frame, own:hwnd()))
      assert.not_equal(proof, prove(endpoint:hwnd(), frame, own))
      assert.same({}, seen.asked)
      let_through()
    end)

    it("keeps sending frames, and the sender that it claims to be gets through", function()
      local forging <close> = children.start()
      local frame = notification(channel.name, "\x01")
      for _, bytes in ipairs { frame, frames.proof(5, 0) .. frame, frames.proof(5, 6) .. frame } do
        local claimed = friend:hwnd()
        local one <close> = children.start()
        one:begin(FORGE_FRAMES, endpoint:hwnd(), frames.MPK1, bytes, claimed, 0)
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

    it("keeps posting false tokens, and the sender that gets them still gets through", function()
      local forging <close> = children.start()
      forging:begin(FORGE_TOKENS, friend:hwnd(), endpoint:hwnd(), 0)
      forging:said()
      for _ = 1, 5 do
        let_through()
      end
      forging:kill()
      answers(channel, friend)
    end)

    it("does both at once, and the sender that it claims to be gets through afterwards", function()
      local one <close> = children.start()
      local other <close> = children.start()
      local frame = frames.proof(5, 0) .. notification(channel.name, "\x01")
      one:begin(FORGE_TOKENS, friend:hwnd(), endpoint:hwnd(), 0)
      other:begin(FORGE_FRAMES, endpoint:hwnd(), frames.MPK1, frame,
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

    it("makes the receiver post at most eight tokens, then one a second", function()
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

    it("cannot make it post more by writing the handle in another way", function()
      local victim <close> = peer()
      local frame = frames.proof(5, 0) .. notification(channel.name, "\x01")
      local hwnd = victim:hwnd() & 0xFFFFFFFF
      for i = 1, 100 do
        assert.equal(UNPROVEN, answer(frame, hwnd | i << 32))
      end
      for _, upper in ipairs { 0, 0xFFFF } do -- Windows takes these for the same window
        assert.equal(REFUSED, answer(frame, hwnd & 0xFFFF | upper << 16))
      end
      local count = #victim:tokens()
      assert.is_true(count >= POSTS_AT_ONCE and count <= POSTS_AT_ONCE + 1, count)
      let_through()
    end)

    it("gets nothing through while a channel with a guard is being joined", function()
      local pumped <close> = copydata.new { pump = "thread" }
      local name = unique "joined"
      local forging <close> = children.start()
      forging:begin(FORGE_FRAMES, pumped:hwnd(), frames.MPK1, notification(name, "\x01"), 0, 0)
      forging:said()
      for _ = 1, 100 do
        local joined <close> = pumped:channel(name, { accept = function() return false end })
        assert.is_nil((joined:receive(0)))
      end
      forging:kill()
      let_through()
    end)

    it("cannot answer a request on a guarded channel for the peer that was asked", function()
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

    it("cannot call an object, nor hand over arguments to a first instance", function()
      endpoint:guard(seen.guard)
      local name, called = unique "object", {}
      local function note(what)
        called[#called + 1] = what
        return true
      end
      local object <close> = assert(endpoint:publish(name, { -- luacheck: ignore object
        call = function(_, what) return note(what) end,
      }))
      local instance <close> = assert(endpoint:single_instance(name))
      instance:on(note)
      local claimed, encode = friend:hwnd(), copydata.msgpack.encode
      local call = encode { "call", 1, "call", copydata.msgpack.bin(encode { "forged", 1 }) }
      local offer = encode { id = 1, deadline = 1e9, gives_up = 1e9, arguments = "forged" }
      for _, frame in ipairs {
        frames.request(1, "copydata.remote:" .. name, "\xc0"),
        frames.request(2, "copydata.remote", call), notification("copydata.remote", call),
        frames.request(3, "copydata.single." .. name, offer),
      } do
        for _, proof in ipairs { "", frames.proof(5, 0), frames.proof(5, 6) } do
          assert.equal(UNPROVEN, answer(proof .. frame, claimed))
        end
      end
      copydata.poll(0)
      assert.same({}, called)
      friend:begin([[
        assert(assert(copydata.remote.connect(..., { timeout = 20 })):call "friend")
        return copydata.single_instance(..., "friend", { timeout = 20 })
      ]], name)
      assert.is_true(eventually(function() return friend:ready() end))
      assert.same({ false, true }, { friend:result() })
      assert.same({ "friend", "friend" }, called)
    end)

    it("cannot add to a message that arrives in pieces", function()
      local whole = notification(channel.name, "\xda" .. string.pack(">s2", ("x"):rep(900)))
      local function piece(index)
        return frames.fragment(9, index, 3, #whole,
          whole:sub(300 * (index - 1) + 1, index < 3 and 300 * index or nil))
      end
      local own <close> = peer()
      assert.equal(UNPROVEN, answer(piece(1), own:hwnd())) -- at once: it names the channel
      local proof = prove(endpoint:hwnd(), piece(1), own)
      assert.equal(ACCEPTED, answer(proof .. piece(1), own:hwnd()))
      assert.equal(frames.MALFORMED, answer(piece(2), own:hwnd()))
      assert.equal(frames.MALFORMED, answer(piece(3), own:hwnd()))
      assert.equal(ACCEPTED, answer(proof .. piece(2), own:hwnd()))
      assert.equal(BUSY, answer(proof .. piece(3), own:hwnd())) -- the guard is still to be called
      copydata.poll(0)
      assert.equal(1, #seen.asked)
      assert.equal(REFUSED, answer(proof .. piece(3), own:hwnd()))
      let_through()
    end)

    it("gets nothing through if the guard is set after the first pieces", function()
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

    it("uses up none of the claimed sender's share, once that sender is proven", function()
      endpoint:close()
      endpoint, channel, answer = receiver { queue_messages = 200 }
      local closed = endpoint:channel(unique "guarded")
      closed:guard(function() return true end)
      local own <close> = peer()
      local frame, proven = notification(channel.name, "\x01"), notification(closed.name, "\x02")
      local proof = prove(endpoint:hwnd(), proven, own)
      assert.equal(BUSY, answer(proof .. proven, own:hwnd()))
      copydata.poll(0)
      local counts = forger.frames(endpoint:hwnd(), frames.MPK1, frame, own:hwnd(), 200)
      assert.same({ [ACCEPTED] = 100, [BUSY] = 100 }, counts)
      counts = forger.frames(endpoint:hwnd(), frames.MPK1, proof .. proven, own:hwnd(), 50)
      assert.same({ [ACCEPTED] = 33, [BUSY] = 17 }, counts) -- a third of the rest
    end)
  end)
end)
