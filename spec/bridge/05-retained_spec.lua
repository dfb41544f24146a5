-- SPDX-License-Identifier: MIT

-- What programs retain is told to those who join on other desktops.
local bridge = require "support.bridge"
local desk = require "support.desk"
local native = require "support.native"
local redis_server = require "support.redis_server"

local KEPT = "copydata:default:retained:{talk}"

describe("copydata bridge and what is retained", function()
  local server, one, two, programs

  before_each(function()
    server, one, two = redis_server.start(), desk.start(1), desk.start(2)
    programs = { one, two }
    bridge.join("talk", one)
  end)

  after_each(function()
    for _, program in ipairs(programs) do
      program:kill()
    end
    server:close()
  end)

  bridge.tidy(after_each)

  local function start(number)
    local program = bridge.start(number, server:url(), "--channel", "talk")
    table.insert(programs, program)
    return program
  end

  -- The next message to a program that joins now.
  local function told(program)
    bridge.join("talk", program)
    local data, retained, desktop = program:run [[
      local message = assert(channel:receive(20))
      return message.data, message.retained or false, message.origin and message.origin.desktop]]
    program:run "channel:close()"
    return { data, retained, desktop }
  end

  local function nothing(program)
    bridge.join("talk", program)
    assert.equal("TIMEOUT", (program:run "return select(3, channel:receive(0.5))"))
    program:run "channel:close()"
  end

  it("tells it to those who join, on every desktop, and to a desktop that joins", function()
    one:run "channel:retain 'before'"
    start(1)
    start(2)
    assert.same({ "before", true, "desk1" }, told(two))
    one:run "channel:retain 'after'"
    assert(native.eventually(function() return told(two)[1] == "after" end))
    local three = desk.start(3)
    table.insert(programs, three)
    start(3)
    assert.same({ "after", true, "desk1" }, told(three))
    assert.same({ "after", true, "desk1" }, told(two))
  end)

  it("says that it is news when it is", function()
    start(1)
    start(2)
    bridge.join("talk", two)
    one:run "channel:retain 'news'"
    assert.same({ "news", "nil" }, { two:run [[
      local message = assert(channel:receive(20))
      return message.data, tostring(message.retained)]] })
  end)

  it("tells it no more when the program leaves, or the bridge is gone", function()
    start(1)
    start(2)
    one:run "channel:retain 'as long as I am here'"
    assert(native.eventually(function()
      local client = server:client()
      local kept = #client:hgetall(KEPT)
      client:quit()
      return kept > 0
    end))
    assert.equal("as long as I am here", told(two)[1])
    one:run "channel:close()"
    assert(native.eventually(function() return pcall(nothing, two) end))
    bridge.join("talk", one)
    one:run "channel:retain 'as long as my bridge is here'"
    assert(native.eventually(function()
      return pcall(function() assert.equal("as long as my bridge is here", told(two)[1]) end)
    end))
    programs[3]:kill()
    assert(native.eventually(function() return pcall(nothing, two) end))
    start(1) -- which hears of it again, as a newcomer
    assert(native.eventually(function()
      return pcall(function() assert.equal("as long as my bridge is here", told(two)[1]) end)
    end))
  end)

  it("believes of what is kept only what is well-formed, and somebody's own", function()
    one:run "channel:retain 'true'"
    start(1)
    local client = server:client()
    local boot = client:get "copydata:default:name:desk1"
    local forged = "\x93\xA6forged\xC0\x81\xA6keeper"
    for _, keeper in ipairs {
      "", "desk1", "desk1:1:1", "desk9:1:1", "desk1:" .. boot, "desk1:" .. boot .. ":x y",
    } do
      client:hset(KEPT, keeper, "rubbish")
      client:hset(KEPT, keeper .. "0", forged .. "\xA5other")
      client:hset(KEPT, keeper .. "1", ("x"):rep(8 * 1024 * 1024))
    end
    client:xadd("copydata:default:{talk}", "*", "o", "ghost:1", "n", "1", "b",
      forged .. "\xD9" .. string.char(#boot + 8) .. "desk1:" .. boot .. ":1")
    client:quit()
    start(2)
    assert.same({ "true", true, "desk1" }, told(two))
  end)
end)
