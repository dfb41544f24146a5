-- SPDX-License-Identifier: MIT

-- Answers: how they travel, which of them count, and what becomes of the others.
local closing = require "support.closing"
local copydata = require "support.copydata"
local frames = require "support.frames"
local recorder = require "support.recorder"
local server = require "support.server"
local stranger = require "support.stranger"
local unique = require "support.unique"
local window = require "support.window"
require "support.tidy"(before_each, after_each)

local MPK1, ACCEPTED, REFUSED = frames.MPK1, frames.ACCEPTED, frames.REFUSED

describe("on the wire", function()
  it("a request is [0, msgid, channel, [body, sent]], each with its own msgid", function()
    local name = unique()
    local peer <close> = stranger(name)
    local endpoint <close> = copydata.new()
    local seen = {}
    for i = 1, 3 do
      copydata.spawn(function()
        endpoint:request(name, i)
      end)
      local tag, sender, bytes = peer:newest()
      assert.equal(MPK1, tag)
      assert.equal(endpoint:hwnd(), sender)
      local msgid = frames.msgid(bytes)
      assert.is_nil(seen[msgid])
      seen[msgid] = true
      local head = "\x94\x00\xce" .. string.pack(">I4", msgid) .. string.char(0xa0 + #name) .. name
        .. "\x92" .. string.char(i) .. "\xd7\xff"
      assert.equal(head, bytes:sub(1, #head))
      assert.equal(#head + 8, #bytes)
    end
  end)

  it("an answer is [1, msgid, nil, result] or [1, msgid, error, nil], from our window", function()
    local name = unique()
    local asking <close> = stranger(name)
    local endpoint <close> = copydata.new()
    local channel = endpoint:channel(name)
    channel:serve(function(data)
      if data == 2 then
        return nil, "no", "NO"
      end
      return data
    end)
    local request = frames.request(5, name, "\x01")
    assert.equal(ACCEPTED, window.copydata(endpoint:hwnd(), MPK1, request, asking:hwnd(), 5))
    assert.equal(1, copydata.poll())
    local tag, sender, bytes = asking:newest()
    assert.equal(MPK1, tag)
    assert.equal(endpoint:hwnd(), sender)
    assert.equal("\x94\x01\x05\xc0\x01", bytes)
    request = frames.request(127, name, "\x02")
    assert.equal(ACCEPTED, window.copydata(endpoint:hwnd(), MPK1, request, asking:hwnd(), 5))
    assert.equal(1, copydata.poll())
    local _, _, failed = asking:newest()
    local answer = copydata.msgpack.decode(failed)
    assert.same({ 1, 127, { message = "no", name = "NO" }, copydata.msgpack.null }, answer)
  end)

  it("an answer's error may be a string, a map, or anything", function()
    local name = unique()
    local peer <close> = stranger(name)
    local endpoint <close> = copydata.new()
    local function told(problem)
      local message, code, details
      copydata.spawn(function()
        local _
        _, message, code, details = endpoint:request(name, 1)
      end)
      local _, _, bytes = peer:newest()
      local response = frames.response(frames.msgid(bytes), problem, "\xc0")
      assert.equal(ACCEPTED, window.copydata(endpoint:hwnd(), MPK1, response, peer:hwnd(), 5))
      copydata.poll()
      assert.equal("REMOTE", code)
      assert.equal("REMOTE: " .. details.message, message)
      return details
    end
    assert.same({ message = "text" }, told "\xa4text")
    assert.same({ message = "m", name = "N" }, told "\x82\xa7message\xa1m\xa4name\xa1N")
    local unknown = { message = "the handler failed, without a message" }
    assert.same(unknown, told "\x81\xa7message\x01")
    assert.same(unknown, told "\xc3")
    assert.same(unknown, told "\xc2") -- false is an error too: only nil is not
  end)
end)

describe("an answer", function()
  -- Makes a request to a stranger, and returns how its answers are received.
  local function under_way()
    local name = unique()
    local peer = stranger(name)
    local endpoint = copydata.new()
    local got = {}
    copydata.spawn(function()
      got[1] = endpoint:request(name, 1, { timeout = 60 })
      got.done = true
    end)
    local _, _, bytes = peer:newest()
    local function answer(msgid, result, sender)
      local response = frames.response(msgid, nil, result)
      return window.copydata(endpoint:hwnd(), MPK1, response, sender or peer:hwnd(), 5)
    end
    return endpoint, peer, frames.msgid(bytes), got, answer
  end

  it("from another window, with another msgid or without a sender is ignored", function()
    local endpoint, peer, msgid, got, answer = under_way()
    local both <close> = closing { endpoint, peer } -- luacheck: ignore
    local forger <close> = recorder("copydata.endpoint", ACCEPTED)
    assert.equal(ACCEPTED, answer(msgid, "\x01", forger:hwnd()))
    assert.equal(ACCEPTED, answer(msgid, "\x02", 0))
    assert.equal(ACCEPTED, answer(msgid, "\x03", endpoint:hwnd()))
    for _, other in ipairs { 0, 1, msgid + 1, msgid ~ 0x10000, msgid ~ 0x80000000, 0xFFFFFFFF } do
      assert.equal(ACCEPTED, answer(other, "\x04"))
    end
    assert.equal(0, copydata.poll(0))
    assert.equal(9, endpoint.ignored_answers)
    assert.is_nil(got.done)
    assert.equal(ACCEPTED, answer(msgid, "\x05"))
    assert.equal(1, copydata.poll(0))
    assert.equal(5, got[1])
    assert.is_true(window.pid(peer:hwnd()) ~= nil)
  end)

  it("that arrives twice counts once", function()
    local endpoint, peer, msgid, got, answer = under_way()
    local both <close> = closing { endpoint, peer } -- luacheck: ignore
    assert.equal(ACCEPTED, answer(msgid, "\x01"))
    assert.equal(ACCEPTED, answer(msgid, "\x02"))
    copydata.poll(0)
    assert.equal(1, got[1])
    assert.equal(ACCEPTED, answer(msgid, "\x03"))
    assert.equal(0, copydata.poll(0))
    assert.equal(2, endpoint.ignored_answers)
  end)

  it("that is ignored does not affect other messages in its frame", function()
    local endpoint, peer, msgid, got = under_way()
    local both <close> = closing { endpoint, peer } -- luacheck: ignore
    local channel = endpoint:channel(unique())
    local frame = frames.response(msgid + 1, nil, "\x01")
      .. frames.notification(channel.name, "\x02") .. frames.response(msgid, nil, "\x03")
      .. frames.response(msgid, nil, "\x04")
    assert.equal(ACCEPTED, window.copydata(endpoint:hwnd(), MPK1, frame, peer:hwnd(), 5))
    assert.equal(2, channel:receive(0).data)
    copydata.poll(0)
    assert.equal(3, got[1])
  end)

  it("cannot be guessed by trying many numbers in its peer's name", function()
    local name = unique()
    local peer <close> = stranger(name)
    local endpoint <close> = copydata.new()
    local got
    copydata.spawn(function()
      got = endpoint:request(name, 1, { timeout = 60 })
    end)
    local msgid = frames.msgid(select(3, peer:newest()))
    local guesses = {}
    for i = 1, 1000 do
      guesses[i] = frames.response(msgid + i, nil, "\x01")
    end
    guesses[#guesses + 1] = frames.response(msgid, nil, "\x02")
    local forged = table.concat(guesses)
    for _ = 1, 10 do
      assert.equal(REFUSED, frames.deliver(endpoint, forged, peer))
    end
    assert.equal(0, endpoint.ignored_answers)
    assert.equal(0, copydata.poll(0))

    local answer = frames.response(msgid, nil, "\x03")
    assert.equal(ACCEPTED, frames.deliver(endpoint, answer, peer))
    assert.equal(1, copydata.poll(0))
    assert.equal(3, got)
  end)

  it("that waits takes no room from other messages", function()
    local name, other = unique(), unique()
    local peer <close> = stranger(name)
    local endpoint <close> = copydata.new { max_message = 100000, queue_bytes = 100000 }
    local channel = endpoint:channel(other)
    local lengths = {}
    for i = 1, 3 do
      copydata.spawn(function()
        lengths[i] = #endpoint:request(name, 1, { timeout = 60 })
      end)
      local msgid = frames.msgid(select(3, peer:newest()))
      local response = frames.response(msgid, nil, "\xda\xff\xff" .. ("x"):rep(65535))
      assert.equal(ACCEPTED, frames.deliver(endpoint, response, peer))
    end
    local sender <close> = copydata.new()
    assert.equal(1, (sender:send(other, ("y"):rep(20000), { timeout = 1 })))
    assert.equal(20000, #channel:receive(0).data)
    assert.same({ 65535, 65535, 65535 }, lengths)
  end)

  it("in a rejected frame does not count", function()
    local endpoint, peer, msgid, got, answer = under_way()
    local both <close> = closing { endpoint, peer } -- luacheck: ignore
    local frame = frames.response(msgid, nil, "\x01") .. frames.notification(unique(), "\x02")
    assert.equal(frames.ABSENT,
      window.copydata(endpoint:hwnd(), MPK1, frame, peer:hwnd(), 5))
    assert.equal(0, copydata.poll(0))
    assert.equal(ACCEPTED, answer(msgid, "\x03"))
    copydata.poll(0)
    assert.equal(3, got[1])
  end)

  it("that was not requested is not kept, however many arrive", function()
    local endpoint <close> = copydata.new { queue_messages = 2 }
    local channel = endpoint:channel(unique())
    local response = frames.response(1, nil, "\xda\xff\xff" .. ("x"):rep(65535))
    for _ = 1, 1000 do
      assert.equal(ACCEPTED, window.copydata(endpoint:hwnd(), MPK1, response, 0, 5))
    end
    assert.equal(ACCEPTED, window.copydata(endpoint:hwnd(), MPK1,
      frames.notification(channel.name, "\x01"), 0, 5))
    assert.equal(1000, endpoint.ignored_answers)
  end)

  it("of ours that no peer accepts is counted", function()
    local name = unique()
    local refuses <close> = recorder("copydata.endpoint", REFUSED)
    local endpoint <close> = copydata.new()
    local kept
    endpoint:channel(name):serve(function()
      kept = copydata.event()
      return kept:wait()
    end)
    for lost = 1, 2 do
      assert.equal(ACCEPTED, frames.deliver(endpoint, frames.request(1, name, "\x01"), refuses))
      assert.equal(1, copydata.poll(0))
      if lost == 2 then
        refuses:close() -- the peer that asked is gone
      end
      kept:set(1)
      assert.equal(1, copydata.poll(0))
      assert.equal(lost, endpoint.lost_answers)
    end
  end)

  -- Values that cannot be decoded. The registration stays for later specs, so it treats all other
  -- values of the type as if it did not exist.
  local function unreadable()
    local type = 99
    copydata.msgpack.register {
      type = type,
      unpack = function(bytes)
        return bytes ~= "unreadable" and copydata.msgpack.ext(type, bytes)
          or error "not one of ours"
      end,
    }
    return "\xc7\x0a" .. string.char(type) .. "unreadable"
  end

  it("that cannot be decoded fails its request, as does such a request", function()
    local name, ours = unique(), unique()
    local peer <close> = stranger(name)
    local endpoint <close> = copydata.new()
    endpoint:channel(ours):serve(print)
    local bytes = unreadable()
    local answer
    copydata.spawn(function()
      answer = table.pack(endpoint:request(name, 1))
    end)
    local response = frames.response(frames.msgid(select(3, peer:newest())), nil, bytes)
    frames.deliver(endpoint, response, peer)
    frames.deliver(endpoint, frames.request(5, ours, bytes), peer)
    assert.equal(2, copydata.poll(0))
    assert.equal("MALFORMED", answer[3])
    assert.matches("^MALFORMED: the answer cannot be decoded: .*not one of ours", answer[2])
    local told = copydata.msgpack.decode((select(3, peer:newest())))
    assert.equal("MALFORMED", told[3].name)
    assert.matches("^the request cannot be decoded: .*not one of ours", told[3].message)
  end)

  it("that arrives again and again uses up no memory", function()
    local name = unique()
    local peer <close> = stranger(name)
    local endpoint <close> = copydata.new { queue_messages = 2, sender_messages = 2 }
    local channel = endpoint:channel(unique())
    copydata.spawn(function()
      endpoint:request(name, 1)
    end)
    local response = frames.response(frames.msgid(select(3, peer:newest())), nil, "\x07")
    for _ = 1, 5 do
      frames.deliver(endpoint, response, peer)
    end
    assert.equal(ACCEPTED,
      frames.deliver(endpoint, frames.notification(channel.name, "\x01"), peer))
    assert.equal(4, endpoint.ignored_answers)
  end)

  it("in a rejected frame is not counted as ignored", function()
    local endpoint <close> = copydata.new()
    local frame = frames.response(1, nil, "\x01") .. frames.notification(unique(), "\x02")
    assert.equal(frames.ABSENT, window.copydata(endpoint:hwnd(), MPK1, frame, 0, 5))
    assert.equal(0, endpoint.ignored_answers)
  end)

  it("that cannot be sent is an error at the caller, whatever an encoder raised here", function()
    local name = unique()
    local child <close> = server(name, -- luacheck: ignore
      [[function(what)
      return setmetatable({}, { __msgpack = function()
        if what == "table" then error {} end
        if what == "long" then error(("x"):rep(100000)) end
        if what == "bad" then
          error(setmetatable({}, { __tostring = function() error "worse" end }))
        end
        error()
      end })
    end]])
    local endpoint <close> = copydata.new()
    for what, expected in pairs {
      table = "table: ", long = "xxx", bad = "an error of type table",
      none = _VERSION == "Lua 5.4" and "nil" or "<no error object>",
    } do
      local _, message, code = endpoint:request(name, what)
      assert.equal("REMOTE", code)
      assert.matches("^REMOTE: the answer cannot be sent: .*" .. expected, message)
      assert.is_true(#message < 1000)
    end
  end)

  it("arrives after earlier posts", function()
    local name, posts = unique(), unique()
    local peer <close> = stranger(posts)
    local endpoint <close> = copydata.new()
    local channel = endpoint:channel(posts, { listen = false })
    endpoint:channel(name):serve(function(data)
      channel:post "posted"
      return data
    end)
    frames.deliver(endpoint, frames.request(5, name, "\x07"), peer)
    copydata.poll(0)
    local _, _, bytes, count = peer:newest()
    assert.equal("\x94\x01\x05\xc0\x07", bytes)
    assert.equal(2, count)
  end)

  it("is sent even if the handler for failed posts raises", function()
    local name, posts = unique(), unique()
    local refuses <close> = stranger(posts, REFUSED) -- luacheck: ignore
    local peer <close> = stranger(unique())
    local endpoint <close> = copydata.new()
    local channel = endpoint:channel(posts, { listen = false })
    endpoint:on_failure(function()
      error "told"
    end)
    endpoint:channel(name):serve(function(data)
      channel:post "posted"
      return data
    end)
    frames.deliver(endpoint, frames.request(5, name, "\x07"), peer)
    local ok, problem = pcall(copydata.poll, 0)
    assert.is_false(ok)
    assert.matches("told", problem)
    assert.equal("\x94\x01\x05\xc0\x07", (select(3, peer:newest())))
  end)

  it("is not rejected for its size", function()
    local name = unique()
    local peer <close> = stranger(name)
    local endpoint <close> = copydata.new { queue_bytes = 1000 }
    local task = copydata.spawn(function()
      return endpoint:request(name, 1)
    end)
    local text = ("x"):rep(5000)
    assert.equal(ACCEPTED, frames.answer(endpoint, peer, copydata.msgpack.encode(text)))
    assert.is_true(task:wait() == text)
  end)
end)
