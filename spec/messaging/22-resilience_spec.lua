-- SPDX-License-Identifier: MIT

-- Requests and remote objects when the unexpected happens in the midst of them.
local children = require "support.children"
local closing = require "support.closing"
local copydata = require "support.copydata"
local frames = require "support.frames"
local recorder = require "support.recorder"
local tidy = require "support.tidy"
local unique = require "support.unique"
local window = require "support.window"

local remote = copydata.remote

-- A child that is on a channel and runs; `handler` is the source of the function that serves.
local function server(name, handler)
  local child = children.join(name)
  child:begin(("channel:serve(%s) say 'serving' copydata.run()"):format(handler))
  child:said()
  return child
end

-- A window that other programs take for an endpoint on a channel, and that never answers.
local function stranger(name)
  local peer = recorder("copydata.endpoint", frames.ACCEPTED)
  window.set_property(peer:hwnd(), "copydata:" .. name, 1)
  return peer
end

-- Runs a function in a coroutine of one endpoint, polling it and another until it is done.
local function between(asking, asked, f)
  local done, results
  asking:spawn(function()
    results = table.pack(pcall(f))
    done = true
  end)
  for _ = 1, 400 do
    if done then
      break
    end
    asked:poll(0)
    if not done then
      asking:poll(0.01)
    end
  end
  assert(done, "it does not come to an end")
  return table.unpack(results, 1, results.n)
end

describe("a request ends in time", function()
  tidy(before_each, after_each)

  it("however much there is to handle meanwhile", function()
    local name, flood = unique(), unique()
    local silent <close> = stranger(name) -- luacheck: ignore
    local other <close> = copydata.new()
    local endpoint <close> = copydata.new()
    local code
    local left = 20000
    endpoint:channel(flood):on(function()
      left = left - 1
      assert(left > 0, "it goes on for ever")
      other:send(flood, 1) -- so there always is a next one
    end)
    assert.equal(1, (other:send(flood, 1)))
    endpoint:spawn(function()
      code = select(3, endpoint:request(name, 1, { timeout = 0.05 }))
    end)
    while not code do
      endpoint:poll(0)
    end
    assert.equal("TIMEOUT", code)
  end)

  it("while others ask us without end", function()
    local name, ours = unique(), unique()
    local silent <close> = stranger(name) -- luacheck: ignore
    local endpoint <close> = copydata.new()
    local left = 20000
    local again = frames.request(1, ours, "\x01")
    endpoint:channel(ours):serve(function()
      left = left - 1
      assert(left > 0, "it goes on for ever")
      window.copydata(endpoint:hwnd(), frames.MPK1, again, silent:hwnd(), 5)
    end)
    window.copydata(endpoint:hwnd(), frames.MPK1, again, silent:hwnd(), 5)
    assert.equal("TIMEOUT", select(3, endpoint:request(name, 1, { timeout = 0.05 })))
    assert.is_true(left > 0)
  end)

  it("by its answer, when that came in time and was looked at late", function()
    local name, ours = unique(), unique()
    local peer <close> = stranger(name)
    local endpoint <close> = copydata.new()
    local channel = endpoint:channel(ours)
    local got
    endpoint:spawn(function()
      got = endpoint:request(name, 1, { timeout = 0.1 })
    end)
    local _, _, request = peer:newest()
    local response = frames.response(frames.msgid(request), nil, "\x07")
    assert.equal(frames.ACCEPTED,
      window.copydata(endpoint:hwnd(), frames.MPK1, response, peer:hwnd(), 5))
    assert.equal("TIMEOUT", select(3, channel:receive(0.3))) -- takes no answers
    endpoint:poll(0)
    assert.equal(7, got)
  end)

  it("which does not end another's wait for a message", function()
    local name, ours = unique(), unique()
    local silent <close> = stranger(name) -- luacheck: ignore
    local child <close> = children.start()
    local endpoint <close> = copydata.new()
    local channel = endpoint:channel(ours)
    local code
    endpoint:spawn(function()
      code = select(3, endpoint:request(name, 1, { timeout = 0 }))
    end)
    child:begin("copydata.poll(0.3) return copydata.send(..., 5)", ours)
    assert.equal(5, assert(channel:receive()).data)
    assert.equal(1, child:result())
    endpoint:poll(0)
    assert.equal("TIMEOUT", code)
  end)
end)

describe("a request whose peer is gone", function()
  tidy(before_each, after_each)

  it("ends as GONE although others end all the time", function()
    local name, silent = unique(), unique()
    local leaves = stranger(name)
    local stays <close> = stranger(silent) -- luacheck: ignore
    local endpoint <close> = copydata.new()
    local code
    endpoint:spawn(function()
      code = select(3, endpoint:request(name, 1, { timeout = 60 }))
    end)
    leaves:close()
    local tries = 0
    while not code and tries < 200 do
      endpoint:request(silent, 1, { timeout = 0.02 })
      endpoint:poll(0)
      tries = tries + 1
    end
    assert.equal("GONE", code)
  end)
end)

describe("a request during which", function()
  tidy(before_each, after_each)

  it("on_progress raises is over", function()
    local name = unique()
    local peer <close> = stranger(name)
    local endpoint <close> = copydata.new()
    peer:keep()
    local function answer()
      local msgid = frames.msgid_in_piece(peer:kept()[1])
      assert.equal(frames.ACCEPTED, window.copydata(endpoint:hwnd(), frames.MPK1,
        frames.response(msgid, nil, "\x07"), peer:hwnd(), 5))
    end
    local ok, problem = pcall(endpoint.request, endpoint, name, ("x"):rep(400000), {
      on_progress = function(done, total)
        if done == total then
          answer()
          error "on purpose"
        end
      end,
    })
    assert.is_false(ok)
    assert.matches("on purpose", problem)
    answer()
    assert.equal(0, endpoint:poll(0))
    assert.equal(2, endpoint:statistics().ignored_answers)
  end)

  it("its endpoint is closed fails as CLOSED", function()
    local name = unique()
    local peers <close> = closing { stranger(name), stranger(name) } -- luacheck: ignore
    local function closed_by(ask)
      local endpoint <close> = copydata.new()
      return ask(endpoint, ("x"):rep(400000), {
        on_progress = function()
          endpoint:close()
        end,
      })
    end
    local answer, message, code = closed_by(function(endpoint, ...)
      return endpoint:request(name, ...)
    end)
    assert.is_nil(answer)
    assert.equal("CLOSED: the endpoint was closed", message)
    assert.equal("CLOSED", code)
    local answers, failures = closed_by(function(endpoint, ...)
      return endpoint:request_all(name, ...)
    end)
    assert.same({}, answers)
    assert.same({ "CLOSED", "CLOSED" }, { failures[1].code, failures[2].code })
  end)

  it("a handler closes the endpoint fails as CLOSED, and nothing else is handled", function()
    local name, ours = unique(), unique()
    local peer <close> = stranger(name)
    local endpoint <close> = copydata.new()
    endpoint:channel(ours):serve(function()
      endpoint:close()
    end)
    for msgid = 1, 2 do
      window.copydata(endpoint:hwnd(), frames.MPK1, frames.request(msgid, ours, "\x01"),
        peer:hwnd(), 5)
    end
    assert.equal("CLOSED", select(3, endpoint:request(name, 1)))
  end)

  it("a finalizer makes another, in a coroutine, is not disturbed", function()
    local name = unique()
    local peer <close> = stranger(name) -- luacheck: ignore
    local endpoint <close> = copydata.new()
    local codes = {}
    endpoint:spawn(function()
      setmetatable({}, { __gc = function()
        codes[1] = select(3, endpoint:request(name, 1, { timeout = 0 }))
      end })
      collectgarbage()
      codes[2] = select(3, endpoint:request(name, 2, { timeout = 0 }))
    end)
    assert.same({ "TIMEOUT" }, codes)
    endpoint:poll()
    assert.same({ "TIMEOUT", "TIMEOUT" }, codes)
  end)

  it("the handler of posts that failed closes the endpoint fails as CLOSED", function()
    local name, refused = unique(), unique()
    local peer <close> = stranger(name) -- luacheck: ignore
    local refuses <close> = recorder("copydata.endpoint", frames.REFUSED)
    window.set_property(refuses:hwnd(), "copydata:" .. refused, 1)
    for _, method in ipairs { "request", "request_all" } do
      local endpoint <close> = copydata.new()
      endpoint:on_failure(function()
        endpoint:close()
      end)
      endpoint:channel(refused, { listen = false }):post(1)
      assert.equal("CLOSED", select(3, endpoint[method](endpoint, name, 1)))
    end
  end)
end)

describe("a coroutine", function()
  tidy(before_each, after_each)

  it("that somebody else has resumed is not resumed for its request again", function()
    local first, second, third = unique(), unique(), unique()
    local peer <close> = stranger(first)
    window.set_property(peer:hwnd(), "copydata:" .. second, 1)
    window.set_property(peer:hwnd(), "copydata:" .. third, 1)
    local endpoint <close> = copydata.new()
    local function answer()
      local _, _, request = peer:newest()
      local response = frames.response(frames.msgid(request), nil, "\x07")
      window.copydata(endpoint:hwnd(), frames.MPK1, response, peer:hwnd(), 5)
    end
    local step = 0
    local thread = endpoint:spawn(function()
      endpoint:request(first, 1)
      step = 1
      coroutine.yield()
      step = 2
    end)
    answer()
    -- Takes the answer too, but resumes nobody.
    endpoint:request(second, 1, { timeout = 0 })
    assert(coroutine.resume(thread))
    assert.equal(1, step)
    endpoint:poll(0)
    assert.equal(1, step)
  end)
end)

describe("in run, called in a coroutine,", function()
  tidy(before_each, after_each)

  it("a handler's request waits there", function()
    local name, start = unique(), unique()
    local peer <close> = stranger(name) -- luacheck: ignore
    local endpoint <close> = copydata.new()
    local other <close> = copydata.new()
    local code
    endpoint:channel(start):on(function()
      code = select(3, endpoint:request(name, 1, { timeout = 0 }))
      endpoint:stop()
    end)
    assert.equal(1, (other:send(start, 1)))
    local thread = coroutine.create(endpoint.run)
    assert.same({ true, true }, { coroutine.resume(thread, endpoint) })
    assert.equal("TIMEOUT", code)
  end)
end)

describe("an answer", function()
  tidy(before_each, after_each)

  -- What this program's own class cannot be made of. The registration stays, for later specs too,
  -- so that all other values of the type are as if there were none.
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

  it("that cannot be decoded is a failure of its request, and a request likewise", function()
    local name, ours = unique(), unique()
    local peer <close> = stranger(name)
    local endpoint <close> = copydata.new()
    endpoint:channel(ours):serve(print)
    local bytes = unreadable()
    local answer
    endpoint:spawn(function()
      answer = table.pack(endpoint:request(name, 1))
    end)
    local response = frames.response(frames.msgid(select(3, peer:newest())), nil, bytes)
    window.copydata(endpoint:hwnd(), frames.MPK1, response, peer:hwnd(), 5)
    window.copydata(endpoint:hwnd(), frames.MPK1, frames.request(5, ours, bytes), peer:hwnd(), 5)
    assert.equal(2, endpoint:poll(0))
    assert.equal("MALFORMED", answer[3])
    assert.matches("^MALFORMED: the answer cannot be decoded: .*not one of ours", answer[2])
    local told = copydata.msgpack.decode((select(3, peer:newest())))
    assert.equal("MALFORMED", told[3].name)
    assert.matches("^the request cannot be decoded: .*not one of ours", told[3].message)
  end)

  it("that comes again and again takes no room", function()
    local name = unique()
    local peer <close> = stranger(name)
    local endpoint <close> = copydata.new { queue_messages = 2, sender_messages = 2 }
    local channel = endpoint:channel(unique())
    endpoint:spawn(function()
      endpoint:request(name, 1)
    end)
    local response = frames.response(frames.msgid(select(3, peer:newest())), nil, "\x07")
    for _ = 1, 5 do
      window.copydata(endpoint:hwnd(), frames.MPK1, response, peer:hwnd(), 5)
    end
    assert.equal(frames.ACCEPTED, window.copydata(endpoint:hwnd(), frames.MPK1,
      frames.notification(channel.name, "\x01"), peer:hwnd(), 5))
    assert.equal(4, endpoint:statistics().ignored_answers)
  end)

  it("in a frame that is turned away is not counted as ignored", function()
    local endpoint <close> = copydata.new()
    local frame = frames.response(1, nil, "\x01") .. frames.notification(unique(), "\x02")
    assert.equal(frames.ABSENT, window.copydata(endpoint:hwnd(), frames.MPK1, frame, 0, 5))
    assert.equal(0, endpoint:statistics().ignored_answers)
  end)

  it("that cannot be sent is an error there, whatever an encoder raised here", function()
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
      table = "table: ", long = "xxx", bad = "an error of type table", none = "nil",
    } do
      local _, message, code = endpoint:request(name, what)
      assert.equal("REMOTE", code)
      assert.matches("^REMOTE: the answer cannot be sent: .*" .. expected, message)
      assert.is_true(#message < 1000)
    end
  end)

  it("comes after what was posted before it", function()
    local name, posts = unique(), unique()
    local peer <close> = stranger(posts)
    local endpoint <close> = copydata.new()
    local channel = endpoint:channel(posts, { listen = false })
    endpoint:channel(name):serve(function(data)
      channel:post "posted"
      return data
    end)
    window.copydata(endpoint:hwnd(), frames.MPK1, frames.request(5, name, "\x07"), peer:hwnd(), 5)
    endpoint:poll(0)
    local _, _, bytes, count = peer:newest()
    assert.equal("\x94\x01\x05\xc0\x07", bytes)
    assert.equal(2, count)
  end)

  it("is given although the handler of posts that failed raises", function()
    local name, posts = unique(), unique()
    local refuses <close> = recorder("copydata.endpoint", frames.REFUSED)
    window.set_property(refuses:hwnd(), "copydata:" .. posts, 1)
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
    window.copydata(endpoint:hwnd(), frames.MPK1, frames.request(5, name, "\x07"), peer:hwnd(), 5)
    local ok, problem = pcall(endpoint.poll, endpoint, 0)
    assert.is_false(ok)
    assert.matches("told", problem)
    assert.equal("\x94\x01\x05\xc0\x07", (select(3, peer:newest())))
  end)

  it("is given once, though the handler raises when it has given it", function()
    local name = unique()
    local peer <close> = recorder("copydata.endpoint", frames.ACCEPTED)
    local endpoint <close> = copydata.new()
    local kept
    endpoint:channel(name):serve(function(data)
      return copydata.later(function(reply)
        kept = reply
        if data == 1 then
          reply "given"
        end
        error "too late"
      end)
    end)
    local function ask(data)
      assert.equal(frames.ACCEPTED, window.copydata(endpoint:hwnd(), frames.MPK1,
        frames.request(5, name, data), peer:hwnd(), 5))
      endpoint:poll(0)
      return select(3, peer:newest())
    end
    assert.equal("\x94\x01\x05\xc0\xa5given", ask "\x01")
    assert.matches("too late", ask "\x02")
    assert.matches("answered already", select(2, pcall(kept, 1)))
    local _, _, _, count = peer:newest()
    assert.equal(2, count)
  end)
end)

describe("an object", function()
  tidy(before_each, after_each)

  local function thing()
    return {
      read = function() return "read" end,
      write = function() return "written" end,
    }
  end

  it("that is published twice keeps to its methods when one name is withdrawn", function()
    local one, two = unique(), unique()
    local asked <close> = copydata.new()
    local asking <close> = copydata.new()
    local object = thing()
    assert(asked:publish(one, object, { methods = { "read" } }))
    assert(asked:publish(two, object)):close()
    assert.equal("read", select(2, between(asking, asked, function()
      return asking:connect(one):read()
    end)))
    local ok, problem = between(asking, asked, function()
      return asking:connect(one):write()
    end)
    assert.is_false(ok)
    assert.matches("no method 'write'", problem)
  end)

  it("that others can call already cannot be published with other methods", function()
    local name = unique()
    local asked <close> = copydata.new()
    local asking <close> = copydata.new()
    local object = thing()
    local publication <close> = assert(asked:publish(name, { -- luacheck: ignore
      get = function() return remote.reference(object) end,
    }))
    local proxy
    assert(between(asking, asked, function()
      proxy = asking:connect(name):get()
    end))
    local ok, problem = pcall(function()
      asked:publish(unique(), object, { methods = { "read" } })
    end)
    assert.is_false(ok)
    assert.matches("22%-resilience_spec.lua:%d+: option 'methods': others can call", problem)
    assert(asked:publish(unique(), object))
    assert.is_truthy(proxy)

    object = thing()
    assert(asked:publish(unique(), object, { methods = { "read" } }))
    assert(asked:publish(unique(), object, { methods = { "read" } }))
    for _, other in ipairs { { "write" }, { "read", "write" }, {} } do
      assert.is_false(pcall(asked.publish, asked, unique(), object, { methods = other }))
    end
  end)

  it("offers no global functions, though it has the globals for a class", function()
    local name = unique()
    local asked <close> = copydata.new()
    local asking <close> = copydata.new()
    local object = setmetatable({ own = function() return "own" end }, { __index = _G })
    assert(asked:publish(name, object))
    assert(between(asking, asked, function()
      local proxy = asking:connect(name)
      assert.same({ "own" }, remote.fields(proxy))
      assert.equal("own", proxy:own())
      for _, global in ipairs { "rawset", "setmetatable", "next", "load" } do
        assert.matches("no method", select(2, pcall(remote.call, proxy, {}, global, "own", 1)))
      end
    end))
    assert.is_function(object.own)
  end)

  it("whose __index raises keeps nobody from polling", function()
    local name = unique()
    local asked <close> = copydata.new()
    local asking <close> = copydata.new()
    local object = setmetatable({}, {
      __index = function(_, key)
        error("no field " .. key)
      end,
    })
    assert(asked:publish(name, object, { methods = { "made" } }))
    assert(between(asking, asked, function()
      local proxy = asking:connect(name)
      assert.is_true(remote.notify(proxy, "made"))
      assert.same({}, remote.fields(proxy))
      assert.is_false(pcall(proxy.made, proxy))
    end))
  end)

  it("knows its caller, and nobody else does, when its method waits in a coroutine", function()
    local name, silent = unique(), unique()
    local peer <close> = stranger(silent) -- luacheck: ignore
    local asked <close> = copydata.new()
    local asking <close> = copydata.new()
    local before, after
    assert(asked:publish(name, {
      wait = function()
        before = remote.caller()
        asked:request(silent, 1, { timeout = 0.05 })
        after = remote.caller()
      end,
    }))
    local done
    asking:spawn(function()
      asking:connect(name):wait()
      done = true
    end)
    asked:poll(0)
    asking:poll()
    asked:spawn(function()
      asked:poll() -- so the method runs in this coroutine
    end)
    assert.equal(asking:hwnd(), before.hwnd)
    assert.is_nil(after)
    assert.is_nil(remote.caller())
    while not done do
      asked:poll(0.1)
      asking:poll(0)
    end
    assert.equal(asking:hwnd(), after.hwnd)
    assert.is_nil(remote.caller())
  end)
end)

describe("references", function()
  tidy(before_each, after_each)

  it("that went with a call to a method that is not there are given back", function()
    local name = unique()
    local asked <close> = copydata.new()
    local asking <close> = copydata.new()
    assert(asked:publish(name, {}))
    local proxy
    local weak = setmetatable({}, { __mode = "v" })
    assert(between(asking, asked, function()
      proxy = asking:connect(name)
      weak[1] = {}
      assert.is_false(pcall(remote.call, proxy, {}, "missing", remote.reference(weak[1])))
    end))
    for _ = 1, 100 do
      collectgarbage()
      if not weak[1] then
        break
      end
      asked:poll(0)
      asking:poll(0.05)
    end
    assert.is_nil(weak[1])
    assert.is_truthy(proxy)
  end)

  it("of a third program that come many times are made known to it at once", function()
    local name = unique()
    local asked <close> = copydata.new()
    local asking <close> = copydata.new()
    local home <close> = stranger "copydata.remote"
    local got
    assert(asked:publish(name, {
      take = function(_, list)
        got = list
        return #list
      end,
    }))
    assert(between(asking, asked, function()
      local proxy = asking:connect(name)
      local third = asking._remote.proxies:of(home:hwnd(), window.pid(home:hwnd()), 77)
      local list = {}
      for i = 1, 50 do
        list[i] = third
      end
      assert.equal(50, proxy:take(list))
    end))
    local _, sender, bytes, count = home:newest()
    assert.equal(asked:hwnd(), sender)
    assert.equal(1, count)
    assert.same({ "hold", 77, 50 }, copydata.msgpack.decode(bytes)[3][1])
    assert.is_true(got[1] == got[50])
  end)
end)

describe("the count of references", function()
  tidy(before_each, after_each)

  it("is that of those sent less those given back, and nothing else changes it", function()
    local name = unique()
    local peer <close> = stranger "copydata.remote"
    local endpoint <close> = copydata.new()
    local weak = setmetatable({ {} }, { __mode = "v" })
    local publication = assert(endpoint:publish(name, weak[1]))
    local function post(bytes)
      assert.equal(frames.ACCEPTED,
        window.copydata(endpoint:hwnd(), frames.MPK1, bytes, peer:hwnd(), 5))
      endpoint:poll(0)
    end
    local function lives()
      collectgarbage()
      collectgarbage()
      return weak[1] ~= nil
    end
    for _ = 1, 3 do
      post(frames.request(1, "copydata.remote:" .. name, "\xc0"))
    end
    local answer = copydata.msgpack.decode((select(3, peer:newest())))
    local id = string.unpack("<i8", answer[4], #answer[4] - 8) -- before the number of values
    local function tell(what, count)
      post(frames.notification("copydata.remote", copydata.msgpack.encode { what, id, count }))
    end
    publication:close()
    assert.is_true(lives())
    tell("release", 2)
    tell("release", -1)
    tell("release", 0)
    tell("hold", -1)
    assert.is_true(lives())
    tell("hold", 1)
    tell("release", 1)
    assert.is_true(lives())
    tell("release", 1)
    assert.is_false(lives())

    weak[1] = {}
    publication = assert(endpoint:publish(name, weak[1]))
    assert.is_true(lives())
    publication:close()
    assert.is_false(lives())
  end)
end)

describe("what is not to happen:", function()
  tidy(before_each, after_each)

  local function post(endpoint, bytes, peer)
    return window.copydata(endpoint:hwnd(), frames.MPK1, bytes, peer:hwnd(), 5)
  end

  it("requests that wait at a channel's end, or its handler's, take no room, nor are served later",
    function()
      local peer <close> = stranger(unique())
      local endpoint <close> = copydata.new { queue_messages = 1, sender_messages = 1 }
      local served = 0
      local function serve()
        served = served + 1
      end
      for _ = 1, 3 do
        local channel = endpoint:channel(unique())
        channel:serve(serve)
        local request = frames.request(1, channel.name, "\x01")
        assert.equal(frames.ACCEPTED, post(endpoint, request, peer))
        assert.equal(frames.BUSY, post(endpoint, request, peer))
        channel:serve(nil)
        channel:serve(serve)
        assert.equal(0, endpoint:poll(0))
        assert.equal(frames.ACCEPTED, post(endpoint, request, peer))
        channel:close()
      end
      assert.equal(0, served)
    end)

  it("an answer is turned away for its size", function()
    local name = unique()
    local peer <close> = stranger(name)
    local endpoint <close> = copydata.new { queue_bytes = 1000 }
    local answer
    endpoint:spawn(function()
      answer = endpoint:request(name, 1)
    end)
    local text = ("x"):rep(5000)
    assert.equal(frames.ACCEPTED, post(endpoint, frames.response(
      frames.msgid(select(3, peer:newest())), nil, copydata.msgpack.encode(text)), peer))
    endpoint:poll(0)
    assert.is_true(answer == text)
  end)

  it("a request goes on when a guard raises while it waits", function()
    local name, ours = unique(), unique()
    local peer <close> = stranger(name)
    local endpoint <close> = copydata.new()
    endpoint:channel(ours):guard(function()
      error "no guest"
    end)
    assert.equal(frames.BUSY, post(endpoint, frames.notification(ours, "\x01"), peer))
    local ok, problem = pcall(endpoint.request, endpoint, name, 1)
    assert.is_false(ok)
    assert.matches("no guest", problem)
    assert.equal(frames.ACCEPTED, post(endpoint,
      frames.response(frames.msgid(select(3, peer:newest())), nil, "\x01"), peer))
    assert.equal(1, endpoint:statistics().ignored_answers)
  end)

  it("a window that is no endpoint on the channel is sent a request", function()
    local name = unique()
    local victim <close> = recorder("another.class", frames.ACCEPTED)
    local absent <close> = recorder("copydata.endpoint", frames.ACCEPTED)
    local endpoint <close> = copydata.new()
    for _, peer in ipairs { victim, absent } do
      local _, _, code = endpoint:request(name, 1, { to = peer:hwnd(), timeout = 0 })
      assert.equal("ABSENT", code)
      assert.is_nil(peer:newest())
    end
  end)

  it("one that has just left keeps a request from the next", function()
    local name = unique()
    local peers <close> = closing { recorder("copydata.endpoint", frames.ABSENT), -- luacheck: ignore
      stranger(name), recorder("copydata.endpoint", frames.ABSENT) }
    window.set_property(peers[1]:hwnd(), "copydata:" .. name, 1)
    window.set_property(peers[3]:hwnd(), "copydata:" .. name, 1)
    local endpoint <close> = copydata.new()
    assert.equal("TIMEOUT", select(3, endpoint:request(name, 1, { timeout = 0 })))
    assert.is_not_nil(peers[2]:newest())
  end)
end)
