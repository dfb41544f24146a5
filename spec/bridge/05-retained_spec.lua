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

  -- What a program is told that joins now: the value, whether it is no news, and the desktop it is
  -- from; false when nothing comes within some seconds.
  local function told(program, seconds)
    return { program:run([[
      local endpoint <close> = assert(copydata.new())
      local message = assert(endpoint:channel "talk"):receive(...)
      if not message then return false end
      return message.data, message.retained or false, message.origin.desktop]], seconds) }
  end

  -- Everything that it is told within some seconds.
  local function told_all(program, seconds)
    return (program:run([[
      local endpoint <close> = assert(copydata.new())
      local channel, list = assert(endpoint:channel "talk"), {}
      copydata.sleep(...)
      for message in function() return (channel:receive(0)) end do
        list[#list + 1] = message.data
      end
      return list]], seconds))
  end

  -- Waits until who joins now is told a value.
  local function tells(program, value)
    local got
    assert(native.eventually(function()
      got = told(program, 0.5)
      return got[1] == value
    end), got and tostring(got[1]))
  end

  -- Waits until who joins now is told nothing.
  local function tells_nothing(program)
    assert(native.eventually(function() return not told(program, 1)[1] end))
  end

  it("tells it to those who join, on every desktop, and to a desktop that joins", function()
    one:run "channel:retain 'before'"
    start(1)
    start(2)
    tells(two, "before")
    assert.same({ "before", true, "desk1" }, told(two, 20))
    one:run "channel:retain 'after'"
    tells(two, "after")
    local three = desk.start(3)
    table.insert(programs, three)
    start(3)
    assert.same({ "after", true, "desk1" }, told(three, 20))
    assert.same({ "after", true, "desk1" }, told(two, 20))
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

  it("tells it no more when the program keeps it no longer", function()
    start(1)
    start(2)
    one:run "channel:retain 'for a while'"
    tells(two, "for a while")
    bridge.join("talk", two)
    assert.same({ 0, {} }, { one:run "return channel:retain(nil)" })
    one:run "assert(channel:send 'next' == 1)"
    two:run "repeat local data = assert(channel:receive(20)).data until data == 'next'"
    tells_nothing(two)
    one:run "channel:retain 'again'"
    tells(two, "again")
  end)

  it("tells it no more when the program leaves, or the bridge is gone", function()
    start(1)
    start(2)
    one:run "channel:retain 'as long as I am here'"
    tells(two, "as long as I am here")
    one:run "channel:close()"
    tells_nothing(two)
    bridge.join("talk", one)
    one:run "channel:retain 'as long as my bridge is here'"
    tells(two, "as long as my bridge is here")
    programs[3]:kill()
    tells_nothing(two)
    start(1) -- which hears of it again, as a newcomer
    tells(two, "as long as my bridge is here")
  end)

  it("believes of what is kept only what is well-formed, and somebody's own", function()
    one:run "channel:retain 'true'"
    start(1)
    local client = server:client()
    local boot = client:get "copydata:default:name:desk1"
    local function forged(keeper) -- extras and a message
      return "\x81\xA6keeper\xD9" .. string.char(#keeper) .. keeper .. "\x92\xA6forged\xC0"
    end
    for _, keeper in ipairs {
      "", "desk1", "desk1:1:1", "desk9:1:1", "desk1:" .. boot, "desk1:" .. boot .. ":x y",
    } do
      client:hset(KEPT, keeper, "rubbish")
      client:hset(KEPT, keeper .. "0", forged "other")
      client:hset(KEPT, keeper .. "1", ("x"):rep(8 * 1024 * 1024))
    end
    start(2)
    tells(two, "true")
    bridge.join("talk", two)
    client:xadd("copydata:default:{talk}", "*", "o", "ghost:1", "n", "1", "b",
      forged("desk1:" .. boot .. ":1") .. "\x80\x92\xA4next\xC0")
    client:quit()
    two:run "repeat local data = assert(channel:receive(20)).data until data == 'next'"
    two:run "channel:close()"
    local all
    assert(native.eventually(function()
      all = told_all(two, 1)
      return all[1]
    end))
    assert.same({ "true" }, all)
  end)
end)
