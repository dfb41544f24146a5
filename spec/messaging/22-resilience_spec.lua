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

describe("a request during which", function()
  tidy(before_each, after_each)

  it("on_progress raises is over", function()
    local name = unique()
    local peer <close> = stranger(name)
    local endpoint <close> = copydata.new()
    local ok, problem = pcall(endpoint.request, endpoint, name, ("x"):rep(200000), {
      on_progress = function(done, total)
        if done == total then
          error "on purpose"
        end
      end,
    })
    assert.is_false(ok)
    assert.matches("on purpose", problem)
    local response = frames.response(0x10001, nil, "\x07") -- the first msgid there is
    assert.equal(frames.ACCEPTED,
      window.copydata(endpoint:hwnd(), frames.MPK1, response, peer:hwnd(), 5))
    assert.equal(1, endpoint:statistics().ignored_answers)
  end)

  it("its endpoint is closed fails as CLOSED", function()
    local name = unique()
    local peers <close> = closing { stranger(name), stranger(name) } -- luacheck: ignore
    local function closed_by(ask)
      local endpoint <close> = copydata.new()
      return ask(endpoint, ("x"):rep(200000), {
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

describe("an answer", function()
  tidy(before_each, after_each)

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
