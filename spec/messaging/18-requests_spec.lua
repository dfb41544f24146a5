-- SPDX-License-Identifier: MIT

-- Requests and their answers, between processes.
local children = require "support.children"
local closing = require "support.closing"
local copydata = require "support.copydata"
local tidy = require "support.tidy"
local unique = require "support.unique"

-- A child that is on a channel and runs; `handler` is the source of the function that serves.
local function server(name, handler)
  local child = children.join(name)
  child:begin(([[
    channel:serve(%s)
    say "serving"
    copydata.run()
  ]]):format(handler))
  assert.equal("serving", child:said())
  return child
end

local ECHO = "function(data) return data end"

describe("a request", function()
  tidy(before_each, after_each)

  it("is answered by what the handler returns, whatever it is", function()
    local name = unique()
    local child <close> = server(name, ECHO) -- luacheck: ignore
    local endpoint <close> = copydata.new()
    for _, value in ipairs { 1, 2.5, "text", true, false, { list = { 1, 2 }, name = "x" } } do
      assert.same({ n = 1, value }, table.pack(endpoint:request(name, value)))
    end
    local answer = table.pack(endpoint:request(name, nil))
    assert.equal(1, answer.n)
    assert.is_nil(answer[1])
  end)

  it("hands the handler the data and a message", function()
    local name = unique()
    local child <close> = server(name, -- luacheck: ignore
      [[function(data, message)
      assert(data == message.data)
      return { message.channel, message.sent, message.received, message.sender.hwnd,
        message.sender.pid }
    end]])
    local endpoint <close> = copydata.new()
    local seen = assert(endpoint:request(name, 7))
    assert.equal(name, seen[1])
    assert.is_true(seen[2] <= seen[3] and seen[3] - seen[2] < 60)
    assert.equal(endpoint:hwnd(), seen[4])
    assert.equal(require("support.process").own_pid, seen[5])
  end)

  it("can be made on a channel that we are on, and by the module", function()
    local name = unique()
    local child <close> = server(name, ECHO) -- luacheck: ignore
    local endpoint <close> = copydata.new()
    local channel = endpoint:channel(name)
    assert.equal(1, channel:request(1))
    local asking <close> = children.start()
    assert.equal(2, asking:run("return copydata.request(...)", name, 2))
  end)

  it("of many pieces gets an answer of many pieces", function()
    local name = unique()
    local child <close> = server(name, "function(data) return data .. data end") -- luacheck: ignore
    local endpoint <close> = copydata.new()
    local half = ("0123456789abcdef"):rep(30000)
    local steps = 0
    local answer = endpoint:request(name, half, {
      on_progress = function()
        steps = steps + 1
      end,
    })
    assert.is_true(answer == half .. half)
    assert.is_true(steps > 1)
  end)

  it("reports what the handler raised, with its traceback", function()
    local name = unique()
    local child <close> = server(name, -- luacheck: ignore
      [[function(what)
      if what == "raises" then error "on purpose" end
      if what == "object" then error { message = "of my own", name = "MINE", more = print } end
      if what == "tostring" then
        error(setmetatable({}, { __tostring = function() return "told" end }))
      end
      if what == "nothing" then error() end
      if what == "returns" then return nil, "EMPTY: nothing there", "EMPTY" end
    end]])
    local endpoint <close> = copydata.new()
    local function failure(what)
      local answer, message, code, details = endpoint:request(name, what)
      assert.is_nil(answer)
      assert.equal("REMOTE", code)
      assert.equal("REMOTE: " .. details.message, message)
      return details
    end
    local details = failure "raises"
    assert.matches("chunk:%d+: on purpose$", details.message)
    assert.matches("^stack traceback:.*chunk:%d+:", details.traceback)
    details = failure "object"
    assert.equal("of my own", details.message)
    assert.equal("MINE", details.name)
    assert.equal("told", failure("tostring").message)
    assert.equal("nil", failure("nothing").message)
    assert.same({ message = "EMPTY: nothing there", name = "EMPTY" }, failure "returns")
  end)

  it("reports an answer that cannot be sent", function()
    local name = unique()
    local child <close> = children.start()
    child:begin([[
      local endpoint = copydata.new { max_message = 100000 }
      local channel = assert(endpoint:channel(...))
      channel:serve(function(data) return data == "function" and print or ("x"):rep(200000) end)
      say "serving"
      endpoint:run()
    ]], name)
    child:said()
    local endpoint <close> = copydata.new()
    local _, message, code = endpoint:request(name, "function")
    assert.equal("REMOTE", code)
    assert.matches("the answer cannot be sent: cannot encode a function", message)
    _, message, code = endpoint:request(name, "large")
    assert.equal("REMOTE", code)
    assert.matches("the answer cannot be sent: TOO_LARGE: the message takes 200%d+ bytes", message)
  end)

  it("can be answered later, by when others were answered", function()
    local name = unique()
    local child <close> = server(name, -- luacheck: ignore
      [[function(data)
      if data ~= "late" then
        local reply = kept
        if reply then
          kept = nil
          if data == "bad" then
            assert(reply(nil, "refused politely", "POLITE"))
          else
            assert(reply(data))
          end
          assert(not pcall(reply, 1))
        end
        return "soon"
      end
      return copydata.later(function(reply) kept = reply end)
    end]])
    local endpoint <close> = copydata.new()
    local order = {}
    local function ask(what)
      endpoint:spawn(function()
        local answer, _, code, details = endpoint:request(name, what)
        order[#order + 1] = { what, answer or details and details.name or code }
      end)
    end
    ask "late"
    ask "release"
    while #order < 2 do
      endpoint:poll()
    end
    table.sort(order, function(a, b) return a[1] < b[1] end)
    assert.same({ { "late", "release" }, { "release", "soon" } }, order)

    order = {}
    ask "late"
    ask "bad"
    while #order < 2 do
      endpoint:poll()
    end
    table.sort(order, function(a, b) return a[1] < b[1] end)
    assert.same({ { "bad", "soon" }, { "late", "POLITE" } }, order)
  end)

  it("reports what raised in preparing a later answer", function()
    local name = unique()
    local child <close> = server(name, -- luacheck: ignore
      "function() return copydata.later(function() error 'too early' end) end")
    local endpoint <close> = copydata.new()
    local _, message, code = endpoint:request(name, 1)
    assert.equal("REMOTE", code)
    assert.matches("too early", message)
  end)
end)

describe("a request is for", function()
  tidy(before_each, after_each)

  it("nobody, when nobody is on the channel", function()
    local endpoint <close> = copydata.new()
    local channel = endpoint:channel(unique())
    channel:serve(print)
    local answer, message, code = channel:request(1)
    assert.is_nil(answer)
    assert.equal("NO_PEER", code)
    assert.equal("NO_PEER: nobody else is on the channel", message)
  end)

  it("those that serve: who merely listens refuses it", function()
    local name = unique()
    local listeners <close> = closing { children.join(name), children.join(name) }
    local endpoint <close> = copydata.new()
    local ready = "channel:on(print) say 'ready' while not over do copydata.poll(0.1) end"
    for _, child in ipairs(listeners) do
      child:begin(ready)
      child:said()
    end
    local _, message, code = endpoint:request(name, 1)
    assert.equal("REFUSED", code)
    assert.equal("REFUSED: nobody on the channel takes requests, or nobody takes ours", message)

    local child <close> = server(name, "function(data) return data + 1 end") -- luacheck: ignore
    assert.equal(8, endpoint:request(name, 7))
    assert.equal(9, endpoint:request(name, 8))
  end)

  it("the peer that is chosen", function()
    local name = unique()
    local which = "function() return copydata.hwnd() end"
    local servers <close> = closing { server(name, which), server(name, which) }
    local endpoint <close> = copydata.new()
    local peers = endpoint:peers(name)
    assert.equal(2, #peers)
    for _, peer in ipairs(peers) do
      assert.equal(peer.hwnd, endpoint:request(name, 1, { to = peer }))
      assert.equal(peer.hwnd, endpoint:request(name, 1, { to = peer.hwnd }))
    end
    local _, _, code = endpoint:request(name, 1, { to = endpoint:hwnd() })
    assert.equal("ABSENT", code)
    servers[1]:kill()
    local codes = {}
    for _, peer in ipairs(peers) do
      local answer, _, failure = endpoint:request(name, 1, { to = peer })
      codes[#codes + 1] = answer and "answer" or failure
    end
    table.sort(codes)
    assert.same({ "GONE", "answer" }, codes)
  end)

  it("another, when the one that served last has gone or serves no more", function()
    local name = unique()
    local which = [[function(data)
      if data == "stop" then channel:serve(nil) end
      return copydata.hwnd()
    end]]
    local first <close> = server(name, which)
    local endpoint <close> = copydata.new()
    local one = endpoint:request(name, 1)
    local second <close> = server(name, which) -- luacheck: ignore
    assert.equal(one, endpoint:request(name, 1))
    assert.equal(one, endpoint:request(name, "stop"))
    local two = endpoint:request(name, 1)
    assert.not_equal(one, two)
    first:kill()
    assert.equal(two, endpoint:request(name, 1))
  end)

  it("everybody, by request_all: each answers or fails", function()
    local name = unique()
    local servers <close> = closing {
      server(name, "function(data) return data + 1 end"),
      server(name, "function(data) return data + 2 end"),
      server(name, "function() error 'not me' end"),
      server(name, "function() return copydata.later(function() end) end"),
      children.join(name), -- polls never
      server(name, "nil"),
    }
    local endpoint <close> = copydata.new()
    local channel = endpoint:channel(name)
    local answers, failures = channel:request_all(10, { timeout = 1 })
    local got = { answers[1].data, answers[2].data }
    table.sort(got)
    assert.same({ 11, 12 }, got)
    assert.equal(2, #answers)
    assert.is_number(answers[1].peer.pid)
    local codes = {}
    for _, failure in ipairs(failures) do
      codes[failure.code] = (codes[failure.code] or 0) + 1
      assert.equal(failure.code .. ":", failure.message:match "^%u[%u_]*:")
      if failure.code == "REMOTE" then
        assert.matches("not me", failure.details.message)
      end
    end
    local pump = os.getenv "COPYDATA_PUMP" == "thread"
    -- The one that polls never refuses at once when its window has a thread.
    local expected = pump and { TIMEOUT = 1, REFUSED = 2, REMOTE = 1 }
      or { TIMEOUT = 2, REFUSED = 1, REMOTE = 1 }
    assert.same(expected, codes)
    assert.equal(6, #servers)
  end)
end)

describe("while a request waits", function()
  tidy(before_each, after_each)

  it("messages are accepted and wait, in their order", function()
    local name, back = unique(), unique()
    local child <close> = server(name, -- luacheck: ignore
      ([[function()
      for i = 1, 3 do assert(copydata.send(%q, i) == 1) end
      return "done"
    end]]):format(back))
    local endpoint <close> = copydata.new()
    local got = {}
    local channel = endpoint:channel(back)
    channel:on(function(data)
      got[#got + 1] = data
    end)
    assert.equal("done", endpoint:request(name, 1))
    assert.same({}, got)
    while #got < 3 do
      endpoint:poll()
    end
    assert.same({ 1, 2, 3 }, got)
  end)

  it("the other one may ask back, and so on", function()
    local name = unique()
    local source = [[
      local depth = 0
      channel:serve(function(n)
        if n == 0 then return "bottom" end
        return assert(channel:request(n - 1)) .. "," .. n
      end)
    ]]
    local child <close> = children.join(name)
    child:begin(source .. "say 'serving' copydata.run()")
    child:said()
    local endpoint <close> = copydata.new()
    local channel = endpoint:channel(name)
    channel:serve(function(n)
      if n == 0 then
        return "bottom"
      end
      return assert(channel:request(n - 1)) .. "," .. n
    end)
    assert.equal("bottom,1,2,3,4,5,6,7,8", channel:request(8))
  end)

  it("but not without end: past 16 inside each other requests to us wait", function()
    local name = unique()
    local child <close> = children.join(name)
    child:begin [[
      channel:serve(function(n) return channel:request(n + 1) end)
      say "serving"
      copydata.run()
    ]]
    child:said()
    local endpoint <close> = copydata.new()
    local channel = endpoint:channel(name)
    local deepest = 0
    channel:serve(function(n)
      deepest = math.max(deepest, n)
      return channel:request(n + 1, { timeout = 0.5 })
    end)
    local _, _, code = channel:request(1, { timeout = 0.5 })
    assert.is_true(code == "TIMEOUT" or code == "REMOTE")
    assert.equal(32, deepest)
  end)

  it("nothing is served with serve_while_waiting = false", function()
    -- What the other one is told when it asks back.
    local function asks_back(endpoint, options)
      local name = unique()
      local handler = [[function()
        local answer, _, code = channel:request("back", { timeout = 0.3 })
        return answer or code
      end]]
      local child <close> = server(name, handler) -- luacheck: ignore
      local channel = endpoint:channel(name)
      channel:serve(function()
        return "served"
      end)
      local told = assert(channel:request(1, options))
      channel:close()
      return told
    end
    local endpoint <close> = copydata.new()
    assert.equal("served", asks_back(endpoint))
    assert.equal("TIMEOUT", asks_back(endpoint, { serve_while_waiting = false }))
    local stubborn <close> = copydata.new { serve_while_waiting = false }
    assert.equal("TIMEOUT", asks_back(stubborn))
    assert.equal("served", asks_back(stubborn, { serve_while_waiting = true }))
  end)

  it("two programs that ask each other at the same time are both answered", function()
    local name = unique()
    local children_ <close> = closing { children.join(name), children.join(name) }
    for _, child in ipairs(children_) do
      child:run [[channel:serve(function(data) return data * 2 end)]]
    end
    for _, child in ipairs(children_) do
      child:begin [[
        local sum = 0
        for i = 1, 100 do sum = sum + assert(channel:request(i)) end
        return sum
      ]]
    end
    -- The one that is done first has to serve the other.
    local first, second = children_[1], children_[2]
    assert.equal(10100, first:result())
    first:begin "while not over do copydata.poll(0.05) end"
    assert.equal(10100, second:result())
  end)
end)

describe("in a coroutine", function()
  tidy(before_each, after_each)

  it("a request suspends: a hundred may be under way at once", function()
    local name = unique()
    local child <close> = server(name, -- luacheck: ignore
      [[function(data)
      replies = replies or {}
      return copydata.later(function(reply)
        replies[#replies + 1] = function() reply(data * 2) end
        if #replies == 100 then -- only now, so they are all under way
          for i = 100, 1, -1 do replies[i]() end
        end
      end)
    end]])
    local endpoint <close> = copydata.new()
    local sum, done = 0, 0
    for i = 1, 100 do
      local thread = endpoint:spawn(function(n)
        local double = assert(endpoint:request(name, n))
        sum, done = sum + double, done + 1
      end, i)
      assert.equal("suspended", coroutine.status(thread))
    end
    while done < 100 do
      assert.is_true(endpoint:poll() > 0)
    end
    assert.equal(10100, sum)
  end)

  it("of the script's own it does so under run", function()
    local name = unique()
    local child <close> = server(name, ECHO) -- luacheck: ignore
    local endpoint <close> = copydata.new()
    local start = endpoint:channel(unique())
    local got = {}
    start:on(function()
      for i = 1, 10 do
        local thread = coroutine.create(function()
          local answer = assert(endpoint:request(name, i))
          got[#got + 1] = answer
          if #got == 10 then
            endpoint:stop()
          end
        end)
        assert(coroutine.resume(thread))
        assert.equal("suspended", coroutine.status(thread))
      end
    end)
    local other <close> = copydata.new()
    assert.equal(1, (other:send(start.name, "go")))
    assert.is_true(endpoint:run())
    table.sort(got)
    assert.same({ 1, 2, 3, 4, 5, 6, 7, 8, 9, 10 }, got)
  end)

  it("of the script's own it blocks without run, so the caller never sees a strange yield",
    function()
      local name = unique()
      local child <close> = server(name, ECHO) -- luacheck: ignore
      local endpoint <close> = copydata.new()
      local numbers = {}
      for number in coroutine.wrap(function()
        for i = 1, 3 do
          coroutine.yield(endpoint:request(name, i))
        end
      end) do
        numbers[#numbers + 1] = number
      end
      assert.same({ 1, 2, 3 }, numbers)
    end)

  it("it may fail, and time out, like any other", function()
    local name = unique()
    local child <close> = server(name, -- luacheck: ignore
      "function() return copydata.later(function() end) end")
    local endpoint <close> = copydata.new()
    local code
    endpoint:spawn(function()
      code = select(3, endpoint:request(name, 1, { timeout = 0.2 }))
    end)
    assert.equal(1, endpoint:poll())
    assert.equal("TIMEOUT", code)
  end)

  it("an error leaves poll, with the coroutine's traceback", function()
    local name = unique()
    local child <close> = server(name, ECHO) -- luacheck: ignore
    local endpoint <close> = copydata.new()
    local closed = false
    endpoint:spawn(function()
      local guard <close> = setmetatable({}, { __close = function() closed = true end }) -- luacheck: ignore
      endpoint:request(name, 1)
      error "in the coroutine"
    end)
    local ok, problem = pcall(endpoint.poll, endpoint)
    assert.is_false(ok)
    assert.matches("in the coroutine.*stack traceback", problem)
    assert.is_true(closed)
    ok, problem = pcall(endpoint.spawn, endpoint, error, "at once")
    assert.is_false(ok)
    assert.matches("at once", problem)
  end)

  it("a request goes on although somebody else resumes the coroutine", function()
    local name = unique()
    local child <close> = server(name, ECHO) -- luacheck: ignore
    local endpoint <close> = copydata.new()
    local got
    local thread = endpoint:spawn(function()
      got = endpoint:request(name, "right")
    end)
    assert(coroutine.resume(thread, "wrong"))
    while not got do
      endpoint:poll()
    end
    assert.equal("right", got)
  end)
end)

describe("mistakes in requests", function()
  tidy(before_each, after_each)

  it("raise at the caller's line", function()
    local endpoint <close> = copydata.new()
    local channel = endpoint:channel(unique())
    local function raises(expected, f, ...)
      local ok, problem = pcall(f, ...)
      assert.is_false(ok)
      assert.matches(expected, problem)
    end
    raises("18%-requests_spec.lua:%d+: option 'timeout': must be 0 or more", function()
      channel:request(1, { timeout = -1 })
    end)
    raises("18%-requests_spec.lua:%d+: option 'to': peer or window handle expected, got string",
      function()
        channel:request(1, { to = "x" })
      end)
    for _, wrong in ipairs { 0, -1, 0xFFFF, 0xFFFFFFFF, 1 << 32, 1.5 } do
      raises("18%-requests_spec.lua:%d+: option 'to': ", function()
        channel:request(1, { to = wrong })
      end)
      raises("18%-requests_spec.lua:%d+: peer: ", function() channel:send_to(wrong, 1) end)
      raises("18%-requests_spec.lua:%d+: option 'peer': ", function()
        endpoint:connect("an object", { peer = wrong })
      end)
    end
    raises("18%-requests_spec.lua:%d+: unknown option 'peer' %(there are: .*to", function()
      channel:request(1, { peer = 1 })
    end)
    raises("18%-requests_spec.lua:%d+: cannot encode a function", function()
      endpoint:request(channel.name, print)
    end)
    raises("18%-requests_spec.lua:%d+: handler: function expected", function()
      channel:serve(1)
    end)
    raises("18%-requests_spec.lua:%d+: handler: function expected", function()
      copydata.later()
    end)
    raises("18%-requests_spec.lua:%d+: handler: function expected", function()
      endpoint:spawn(nil)
    end)
    raises("18%-requests_spec.lua:%d+: channel name is empty", function()
      endpoint:request("", 1)
    end)
  end)
end)
