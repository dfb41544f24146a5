-- SPDX-License-Identifier: MIT

-- Values that are kept for peers that join later.
local children = require "support.children"
local closing = require "support.closing"
local copydata = require "support.copydata"
local eventually = require "support.eventually"
local frames = require "support.frames"
local recorder = require "support.recorder"
local unique = require "support.unique"
local window = require "support.window"
require "support.tidy"(before_each, after_each)

copydata.hwnd() -- makes the default endpoint, which stays for all specs

local PATIENCE = 60 -- seconds

-- Says the next messages of the global `channel`; returns another that arrives soon, if any.
local GET = [[
  local count = ...
  for _ = 1, count do
    local message = assert(channel:receive(20))
    say(message.data, message.retained)
  end
  local more = channel:receive(0.3)
  return more and more.data
]]

local JOIN = "local name = ... channel = assert(copydata.channel(name)) "

-- Starts a program that joins now, and gets `count` messages.
local function newcomer(name, count)
  local child = children.start()
  child:begin(JOIN .. "return (function(...) " .. GET .. " end)(select(2, ...))", name, count)
  return child
end

-- The next message that a program got.
local function assert_got(child, data, retained)
  assert.same({ data, retained }, { child:said(PATIENCE) })
end

-- It gets nothing more.
local function assert_done(child)
  assert.is_nil((child:result()))
end

-- Starts a program that is on a channel, global `channel`, and runs the loop.
-- @return the child; and a function that has it run a chunk, and returns what that returns
local function keeper(name)
  local child = children.join(name)
  child:begin([[
    copydata.channel(...):serve(function(chunk)
      return table.pack(assert(load(chunk, "=chunk", "t", _ENV))())
    end)
    say "ready"
    return copydata.run()
  ]], name .. ".do")
  assert.equal("ready", child:said())
  return child, function(chunk)
    local results = assert(copydata.request(name .. ".do", chunk, { timeout = PATIENCE }))
    return table.unpack(results, 1, results.n)
  end
end

-- Asserts that our own channel gets these, `{ data, retained }`, and nothing more.
local function assert_receives(channel, expected)
  for _, one in ipairs(expected) do
    local message = assert(channel:receive(PATIENCE))
    assert.same(one, { message.data, message.retained })
  end
  assert.is_nil((channel:receive(0.1)))
end

describe("channel:retain", function()
  local name

  before_each(function() name = unique() end)

  it("sends to all peers now, and to each that joins later, once", function()
    local child <close>, keep = keeper(name) -- luacheck: ignore child
    local early <close> = children.join(name)
    early:begin(GET, 2)
    assert.same({ 1, {} }, { keep "return channel:retain { volume = 1 }" })
    local late <close> = closing {}
    for i = 1, 5 do
      late[i] = newcomer(name, 2)
    end
    for _, other in ipairs(late) do
      assert_got(other, { volume = 1 }, true)
    end
    assert.same({ 6, {} }, { keep "return channel:retain { volume = 2 }" })
    for _, other in ipairs(late) do
      assert_got(other, { volume = 2 })
      assert_done(other)
    end
    assert_got(early, { volume = 1 })
    assert_got(early, { volume = 2 })
    assert_done(early)
  end)

  it("keeps the value as it was, with the time at which it was set", function()
    local endpoint <close> = copydata.new()
    local value = { 1 }
    endpoint:channel(name):retain(value)
    value[1] = 2
    copydata.sleep(0.2)
    local other <close> = copydata.new()
    local message = assert(other:channel(name):receive(PATIENCE))
    assert.same({ 1 }, message.data)
    assert.is_true(message.retained)
    assert.is_true(message.received - message.sent >= 0.19)
    assert.equal(endpoint:hwnd(), message.sender.hwnd)
  end)

  it("ends with nil, or when the channel or the endpoint is closed", function()
    for what, finish in pairs {
      ["nil"] = function(channel) assert.same({ 0, {} }, { channel:retain(nil) }) end,
      channel = function(channel) channel:close() end,
      endpoint = function(_, endpoint) endpoint:close() end,
    } do
      local endpoint <close> = copydata.new()
      local other <close> = copydata.new()
      local channel = endpoint:channel(name)
      assert.same({ 0, {} }, { channel:retain(7) })
      local late = other:channel(name)
      assert_receives(late, { { 7, true } })
      late:close()
      finish(channel, endpoint)
      late = other:channel(name)
      assert_receives(late, {})
      if what == "nil" then -- it may start again
        assert.same({ 1, {} }, { channel:retain(8) })
        assert_receives(late, { { 8 } })
        late:close()
        assert.is_true(eventually(function() return #channel:peers() == 0 end))
        assert_receives(other:channel(name), { { 8, true } })
      end
    end
  end)

  it("is separate for each endpoint and channel", function()
    local one <close> = copydata.new()
    local two <close> = copydata.new()
    local late <close> = copydata.new()
    one:channel(name):retain "one"
    two:channel(name):retain "two"
    one:channel(name .. "."):retain "other"
    local channel = late:channel(name)
    local got = {}
    for _ = 1, 3 do -- each of the two gets what the other one keeps, like this one
      local message = channel:receive(1)
      if message then
        assert.is_true(message.retained)
        got[message.data] = message.sender.hwnd
      end
    end
    assert.same({ one = one:hwnd(), two = two:hwnd() }, got)
    assert_receives(late:channel(name .. "."), { { "other", true } })
  end)

  it("sends to a peer that leaves and joins again at once", function()
    local child <close>, keep = keeper(name) -- luacheck: ignore child
    keep "channel:retain 'kept'"
    local late <close> = children.join(name)
    late:begin(GET, 1)
    assert_got(late, "kept", true)
    assert_done(late)
    for _ = 1, 5 do
      late:run("for _ = 1, 20 do channel:close() channel = copydata.channel(...) end", name)
      late:begin(GET, 1)
      assert_got(late, "kept", true)
      late:result() -- perhaps once more: what was sent while it joined and left
    end
    keep "channel:retain(nil)"
    late:run("channel:close() channel = copydata.channel(...)", name)
    late:begin(GET, 0)
    assert_done(late)
  end)

  it("sends values of any length", function()
    local child <close>, keep = keeper(name) -- luacheck: ignore child
    assert.equal(0, (keep "return channel:retain(('x'):rep(3000000) .. 'end')"))
    local late <close> = closing {}
    for i = 1, 4 do
      late[i] = children.start()
      late[i]:begin(JOIN .. [[
        local message = assert(channel:receive(20))
        return #message.data, message.data:sub(-4), message.retained
      ]], name)
    end
    for _, other in ipairs(late) do
      assert.same({ 3000003, "xend", true }, { other:result() })
    end
  end)

  it("sends pieces to several peers that accept them at their own pace", function()
    local endpoint <close> = copydata.new()
    local channel = endpoint:channel(name)
    local slow <close> = copydata.new { queue_messages = 1 }
    local own = slow:channel(name)
    assert.equal(1, (channel:send "before"))
    local value = {}
    for i = 1, 200000 do
      value[i] = i
    end
    local _, failures = channel:retain(value, { timeout = 0 })
    local code = failures[1].code -- the last piece waits for room; or a verdict came too late
    assert.is_true(code == "BUSY" or code == "TIMEOUT", code)
    for _ = 1, 5 do
      local late <close> = copydata.new()
      local message = assert(late:channel(name):receive(PATIENCE))
      assert.same({ #value, true }, { #message.data, message.retained })
      for i, number in ipairs(message.data) do
        assert(number == i, "not what was sent")
      end
    end
    assert.equal("before", own:receive(0).data)
    assert.equal(#value, #assert(own:receive(PATIENCE)).data)
  end)

  it("waits for a busy peer, and delays no other meanwhile", function()
    local child <close>, keep = keeper(name .. ".keeper") -- luacheck: ignore child
    -- A send to a busy peer would delay it for longer than anything here waits.
    keep(("endpoint = assert(copydata.new { timeout = %d }) endpoint:channel(%q):retain 'first'")
      :format(10 * PATIENCE, name))
    local busy <close> = children.join(name) -- does not pump messages
    local late <close> = newcomer(name, 1)
    assert_got(late, "first", true)
    assert_done(late)
    for i = 1, 20 do
      assert.equal(i, (keep(("copydata.sleep(0.02) return %d"):format(i))))
    end
    busy:begin(GET, 1)
    assert_got(busy, "first", true)
    assert_done(busy)
  end)

  for what, hung in pairs { ["once"] = false, ["twice"] = true } do
    it("gives a peer that was busy all the time the last value, " .. what, function()
      local child <close>, keep = keeper(name) -- luacheck: ignore child
      keep "channel:retain 'first'"
      local busy <close> = children.join(name)
      busy.process:suspend()
      local count, failures = keep "return channel:retain('second', { timeout = 0.1 })"
      local code = failures[1].code -- HUNG after 5 s, which a busy machine may take
      assert.same({ 0, 1, true }, { count, #failures, code == "TIMEOUT" or code == "HUNG" })
      if hung then
        count, failures = keep "return channel:retain('third', { timeout = 0.1 })"
        assert.same({ 0, 1, "HUNG" }, { count, #failures, failures[1].code })
      end
      busy.process:resume()
      local last = hung and "third" or "second"
      busy:begin([[
        local last = ...
        repeat
          local message = assert(channel:receive(20))
          say(message.data, message.retained)
        until message.data == last and message.retained
      ]], last)
      local data, retained
      repeat
        data, retained = busy:said(PATIENCE)
      until data == last and retained
      busy:result()
    end)
  end

  it("reaches a peer that seldom pumps messages", function()
    local channel <close> = copydata.channel(name, { listen = false })
    assert.equal(0, (channel:retain("now and then")))
    local child <close> = children.start()
    child:begin([[
      local channel = assert(copydata.channel(...))
      local got
      channel:on(function(data) got = data end)
      while not got do
        local over = os.clock() + 0.3
        while os.clock() < over do end
        copydata.poll(0)
      end
      return got
    ]], name)
    assert.is_true(eventually(function() return child:ready() end))
    assert.equal("now and then", (child:result()))
  end)

  it("waits for a peer whose queue is full", function()
    local endpoint <close> = copydata.new()
    local channel = endpoint:channel(name)
    local full <close> = copydata.new { queue_messages = 1 }
    local own = full:channel(name)
    assert.equal(1, (channel:send "before"))
    local count, failures = channel:retain("kept", { timeout = 0.5 })
    assert.same({ 0, 1, "BUSY" }, { count, #failures, failures[1].code })
    assert_receives(own, { { "before" }, { "kept", true } })
    assert.equal(1, (channel:send "after"))
    assert_receives(own, { { "after" } })
  end)

  it("sends once to a peer that is noticed while the value is being sent to all", function()
    local endpoint <close> = copydata.new()
    local channel = endpoint:channel(name)
    local full <close> = copydata.new { queue_messages = 1 }
    local other <close> = copydata.new()
    full:channel(name)
    assert.equal(1, (channel:send "before"))
    local own = other:channel(name)
    local count, failures = channel:retain("kept", { timeout = 0.3 }) -- which the full peer uses up
    assert.same({ 1, 1, "BUSY" }, { count, #failures, failures[1].code })
    assert_receives(own, { { "kept" } })
  end)

  it("gives up on peers that refuse it, and on those that are gone", function()
    local endpoint <close> = copydata.new()
    local channel = endpoint:channel(name)
    local stranger <close> = recorder("copydata.endpoint", frames.REFUSED)
    channel:retain(1)
    window.set_property(stranger:hwnd(), "copydata:" .. name, 1)
    assert.is_true(eventually(function() return stranger:newest() ~= nil end))
    copydata.sleep(0.3)
    assert.equal(1, (select(4, stranger:newest()))) -- once
    stranger:close()

    local other = unique()
    local child <close>, keep = keeper(other) -- luacheck: ignore child
    keep "channel:retain 'kept'"
    local frozen = children.join(other)
    frozen.process:suspend()
    assert.equal(1, (keep "copydata.sleep(0.3) return #channel:peers()"))
    frozen:kill()
    local late <close> = newcomer(other, 1)
    assert_got(late, "kept", true)
    assert_done(late)
  end)

  it("goes to peers that joined without a post", function()
    local endpoint <close> = copydata.new()
    local channel = endpoint:channel(name)
    channel:retain "kept"
    local stranger <close> = recorder("copydata.endpoint", frames.ACCEPTED)
    window.set_property(stranger:hwnd(), "copydata:" .. name, 1) -- without counter and hint
    assert.is_true(eventually(function() return stranger:newest() ~= nil end))
    local _, _, bytes = stranger:newest()
    local message = copydata.msgpack.decode(bytes)
    assert.same({ 2, name, "kept", { retained = true } },
      { message[1], message[2], message[3][1], message[3][3] })
    channel:retain "next"
    assert.is_true(eventually(function() return select(4, stranger:newest()) == 2 end))
    copydata.sleep(0.3)
    assert.equal(2, (select(4, stranger:newest())))
  end)

  it("keeps a channel that the script has dropped", function()
    local endpoint <close> = copydata.new()
    endpoint:channel(name):retain "kept"
    collectgarbage()
    collectgarbage()
    local other <close> = copydata.new()
    assert_receives(other:channel(name), { { "kept", true } })
    endpoint:joined(name):retain(nil)
    collectgarbage()
    collectgarbage()
    assert.is_nil(endpoint:joined(name))
  end)

  it("raises for mistakes", function()
    local endpoint <close> = copydata.new { max_message = 1000 }
    local channel = endpoint:channel(unique(), { listen = false })
    local function fails(pattern, ...)
      local ok, problem = pcall(function(...)
        local count = channel:retain(...)
        return count
      end, ...)
      assert.is_false(ok)
      assert.matches("63%-retained_spec.lua:%d+: " .. pattern, problem)
    end
    fails("cannot encode a function", print)
    fails("unknown option 'wait'", 1, { wait = true })
    fails("option 'timeout': ", 1, { timeout = -1 })
    local count, message, code = channel:retain(("x"):rep(4000))
    assert.is_nil(count)
    assert.matches("^TOO_LARGE: ", message)
    assert.equal("TOO_LARGE", code)
    channel:close()
    fails("channel .* is closed", 1)
  end)
end)
