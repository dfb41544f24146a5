-- SPDX-License-Identifier: MIT
local bridge = require "support.bridge"
local desk = require "support.desk"
local native = require "support.native"
local redis_server = require "support.redis_server"

describe("copydata bridge --requests", function()
  local server, one, two, second

  before_each(function()
    server, one, two = redis_server.start(), desk.start(1), desk.start(2)
    bridge.join("clock", one, two)
    bridge.start(1, server:url(), "--requests", "clock")
    second = bridge.start(2, server:url(), "--requests", "clock")
  end)

  bridge.tidy(after_each)

  -- Has a program answer.
  local function serve(program, source)
    program:run("channel:serve(function(data, message) " .. source .. " end)")
  end

  -- Asks until somebody takes the request: it takes a while until a desktop is known to serve.
  -- @return the answer's `data` or the failure
  local function ask(program, value)
    local answer
    assert(native.eventually(function()
      answer = table.pack(program:run("return channel:request(...)", value))
      return answer[3] ~= "REFUSED"
    end), "nobody takes the request")
    return table.unpack(answer, 1, answer.n)
  end

  it("has a program of another desktop answer, and tells who asks", function()
    serve(two, [[return { data.a + 1, message.origin.desktop }]])
    assert.same({ 42, "desk1" }, ask(one, { a = 41 }))
    assert.same({ 43, "desk1" }, ask(one, { a = 42 }))
  end)

  it("hands back nil, failures and errors as they are at home", function()
    serve(two, [[
      if data == "nil" then return nil end
      if data == "failure" then return nil, "no such file", "NO_FILE" end
      error("on purpose")]])
    assert.is_nil((ask(one, "nil")))
    assert.same({ nil, nil, nil }, { ask(one, "nil") })
    local result, message, code = ask(one, "failure")
    assert.is_nil(result)
    assert.matches("no such file", message)
    assert.equal("REMOTE", code)
    assert.equal("NO_FILE", (one:run [[
      local _, _, _, details = channel:request("failure") return details.name]]))
    result, message, code = ask(one, "error")
    assert.is_nil(result)
    assert.matches("on purpose", message)
    assert.equal("REMOTE", code)
  end)

  it("says when nobody serves, here and there", function()
    local alone = desk.start(3)
    bridge.join("clock", alone)
    bridge.start(3, server:url(), "--requests", "clock", "--prefix", "other")
    assert.equal("REFUSED", (alone:run "return select(3, channel:request(1))"))
    serve(two, "return 'served'")
    assert.equal("served", ask(one, 1))
    two:run "channel:serve(nil)"
    assert.equal("NO_PEER", (one:run "return select(3, channel:request(1))"))
  end)

  it("asks no server twice when the sender has chosen whom to ask", function()
    local beside = desk.start(1)
    bridge.join("clock", beside)
    serve(two, "return 'there'")
    assert.equal("there", ask(one, 1))
    serve(beside, "asked = (asked or 0) + 1 return 'here'")
    local answers = one:run [[
      local list = {}
      for _, answer in ipairs(channel:request_all(1)) do list[#list + 1] = answer.data end
      table.sort(list)
      return list]]
    assert.same({ "here", "there" }, answers)
    assert.equal(1, (beside:run "return asked"))
    answers = one:run [[
      local list = {}
      for _, peer in ipairs(channel:peers()) do
        list[#list + 1] = (channel:request(1, { to = peer }))
      end
      table.sort(list)
      return list]]
    assert.same({ "here", "there" }, answers)
    assert.equal(2, (beside:run "return asked"))
  end)

  it("prefers a server of the same desktop", function()
    local beside = desk.start(1)
    bridge.join("clock", beside)
    serve(two, "return 'there'")
    assert.equal("there", ask(one, 1))
    serve(beside, "return 'here'")
    for _ = 1, 5 do
      assert.equal("here", (one:run "return channel:request(1)"))
    end
    beside:kill()
    assert.equal("there", ask(one, 1))
  end)

  it("asks one desktop, once", function()
    local three = desk.start(3)
    bridge.start(3, server:url(), "--requests", "clock")
    bridge.join("clock", three)
    for _, program in ipairs { two, three } do
      program:run "asked = 0"
      serve(program, "asked = asked + 1 return asked")
    end
    ask(one, 1)
    for _ = 1, 19 do
      assert(one:run "return channel:request(1)")
    end
    assert.equal(20, two:run "return asked" + three:run "return asked")
  end)

  it("carries many at the same time, each answer to who asked", function()
    serve(two, "copydata.sleep(0.05) return data")
    ask(one, 0)
    assert.is_true((one:run [[
      local tasks = {}
      for i = 1, 100 do
        tasks[i] = copydata.spawn(function() return channel:request(i, { timeout = 20 }) end)
      end
      for i = 1, 100 do
        local answer, why = tasks[i]:wait()
        assert(answer == i, why)
      end
      return true]]))
  end)

  it("says GONE when the bridge that has the request is killed, and does not ask again", function()
    local three = desk.start(3)
    bridge.join("clock", three)
    serve(two, "if data == 'wait' then waiting = true copydata.sleep(60) end return 'two'")
    ask(one, 1)
    one:begin "return channel:request('wait', { timeout = 30 })"
    two:run "while not waiting do copydata.sleep(0.01) end"
    bridge.start(3, server:url(), "--requests", "clock")
    three:run "asked = 0"
    serve(three, "asked = asked + 1")
    second:kill()
    local result, _, code = one:result(40)
    assert.is_nil(result)
    assert.equal("GONE", code)
    assert.equal(0, (three:run "return asked"))
  end)

  it("lets no remote objects cross, and says so", function()
    local answer = table.pack(one:run [[
      local ok, why = copydata.remote.connect("nothing there", { timeout = 0.2 })
      return ok, why]])
    assert.is_nil(answer[1])
    local refused = desk.copydata(3, bridge.words(3, server:url(), "--channel",
      "copydata.remote.x"))
    assert.equal(2, refused:wait())
    assert.matches("remote objects do not cross a bridge", refused:output())
    serve(two, "return data")
    assert.equal("still", ask(one, "still"))
  end)
end)
