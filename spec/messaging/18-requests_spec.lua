-- SPDX-License-Identifier: MIT

-- Requests, and what the handler that serves them returns.
local children = require "support.children"
local closing = require "support.closing"
local copydata = require "support.copydata"
local core = require "copydata.core"
local frames = require "support.frames"
local recorder = require "support.recorder"
local server = require "support.server"
local stranger = require "support.stranger"
local unique = require "support.unique"
require "support.tidy"(before_each, after_each)

local ECHO = "function(data) return data end"

describe("a request", function()
  it("is answered with what the handler returns, whatever it is", function()
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

  it("can be made on a joined channel, and by the module's function", function()
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
      copydata.run()
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

  it("may be answered later, after the handler has waited, while others are answered", function()
    local name = unique()
    local child <close> = server(name, -- luacheck: ignore
      [[function(data)
      if data == "late" then
        kept = copydata.event()
        return kept:wait()
      elseif data == "refuse" then
        kept:set(nil, "refused politely", "POLITE")
      elseif data == "fail" then
        copydata.sleep(0.01)
        error "after a wait"
      else
        kept:set(data)
      end
      return "soon"
    end]])
    local endpoint <close> = copydata.new()
    local function ask(what)
      return copydata.spawn(function()
        return endpoint:request(name, what)
      end)
    end
    local late = ask "late"
    assert.equal("soon", endpoint:request(name, "release"))
    assert.equal("release", late:wait())

    late = ask "late"
    assert.equal("soon", endpoint:request(name, "refuse"))
    local answer, message, code, details = late:wait()
    assert.is_nil(answer)
    assert.same({ "REMOTE: refused politely", "REMOTE", "POLITE" }, { message, code, details.name })

    -- An error after a wait is reported like any other, and the server continues.
    answer, message, code, details = endpoint:request(name, "fail")
    assert.is_nil(answer)
    assert.equal("REMOTE", code)
    assert.matches("^REMOTE: chunk:%d+: after a wait$", message)
    assert.matches("^stack traceback:.*chunk:%d+:", details.traceback)
    late = ask "late"
    assert.equal("soon", endpoint:request(name, "again"))
    assert.equal("again", late:wait())
  end)
end)

describe("a request goes to", function()
  it("no peer, if none is on the channel", function()
    local endpoint <close> = copydata.new()
    local channel = endpoint:channel(unique())
    channel:serve(print)
    local answer, message, code = channel:request(1)
    assert.is_nil(answer)
    assert.equal("NO_PEER", code)
    assert.equal("NO_PEER: there is no other peer on the channel", message)
  end)

  it("a peer that serves; one that merely listens refuses it", function()
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
    assert.equal("REFUSED: no peer on the channel serves requests, or none accepts ours", message)

    local child <close> = server(name, "function(data) return data + 1 end") -- luacheck: ignore
    assert.equal(8, endpoint:request(name, 7))
    assert.equal(9, endpoint:request(name, 8))
  end)

  it("the chosen peer", function()
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

  it("another peer, if the one that answered last has left or no longer serves", function()
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

  it("all peers with request_all: each answers or fails", function()
    local name = unique()
    local servers <close> = closing {
      server(name, "function(data) return data + 1 end"),
      server(name, "function(data) return data + 2 end"),
      server(name, "function() error 'not me' end"),
      server(name, "function() return copydata.event():wait() end"),
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
    -- The peer that never polls refuses at once if its window has its own thread.
    local expected = pump and { TIMEOUT = 1, REFUSED = 2, REMOTE = 1 }
      or { TIMEOUT = 2, REFUSED = 1, REMOTE = 1 }
    assert.same(expected, codes)
    assert.equal(6, #servers)
  end)
end)

describe("a request with wait = true", function()
  it("waits for a peer that serves, which may join later", function()
    local name = unique()
    local child <close> = children.start()
    local endpoint <close> = copydata.new()
    local asking = copydata.spawn(function()
      return endpoint:request(name, 20, { wait = true, timeout = 20 })
    end)
    assert.equal("TIMEOUT", select(3, asking:wait(0.15)))
    child:begin([[
      channel = assert(copydata.channel(...))
      channel:on(print) -- serves no requests yet
      say "listening"
      copydata.sleep(0.15)
      channel:serve(function(data) return data + 1 end)
      copydata.run()
    ]], name)
    child:said()
    assert.equal(21, asking:wait(20))
  end)

  it("fails as without it if no peer serves in time", function()
    local endpoint <close> = copydata.new()
    local started = core.seconds()
    local answer, message, code = endpoint:request(unique(), 1, { wait = true, timeout = 0.25 })
    assert.is_nil(answer)
    assert.equal("NO_PEER: there is no other peer on the channel", message)
    assert.equal("NO_PEER", code)
    assert.is_true(core.seconds() - started >= 0.25)
  end)
end)

describe("a request", function()
  it("is not sent to a window that is not an endpoint on the channel", function()
    local name = unique()
    local victim <close> = recorder("another.class", frames.ACCEPTED)
    local absent <close> = recorder("copydata.endpoint", frames.ACCEPTED)
    local endpoint <close> = copydata.new()
    for _, peer in ipairs { victim, absent } do
      local _, _, code = endpoint:request(name, 1, { to = peer:hwnd(), timeout = 0 })
      assert.equal("ABSENT", code)
      assert.is_nil(peer:newest())
    end
    local child <close> = server(name, ECHO) -- luacheck: ignore
    assert.equal(1, endpoint:request(name, 1))
  end)

  it("goes to the next peer if one has just left", function()
    local name = unique()
    local peers <close> = closing { stranger(name, frames.ABSENT), stranger(name),
      stranger(name, frames.ABSENT) }
    local endpoint <close> = copydata.new()
    assert.equal("TIMEOUT", select(3, endpoint:request(name, 1, { timeout = 0 })))
    assert.is_not_nil(peers[2]:newest())
  end)
end)

describe("mistakes in requests", function()
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
    raises("18%-requests_spec.lua:%d+: option 'to': expected peer or window handle, got string",
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
    raises("18%-requests_spec.lua:%d+: unknown option 'peer' %(known: .*to", function()
      channel:request(1, { peer = 1 })
    end)
    raises("18%-requests_spec.lua:%d+: cannot encode a function", function()
      endpoint:request(channel.name, print)
    end)
    raises("18%-requests_spec.lua:%d+: handler: expected function, got number", function()
      channel:serve(1)
    end)
    raises("18%-requests_spec.lua:%d+: channel name is empty", function()
      endpoint:request("", 1)
    end)
  end)
end)
