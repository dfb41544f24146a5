-- SPDX-License-Identifier: MIT

-- What somebody who may write to the server can do to a bridge: nothing but say what is his to say.
local bridge = require "support.bridge"
local desk = require "support.desk"
local native = require "support.native"
local redis_server = require "support.redis_server"

local STREAM = "copydata:default:{talk}"

-- MessagePack, by hand.
local function str(text)
  return "\xDB" .. (">I4"):pack(#text) .. text
end

local function array(...)
  return "\xDC" .. (">I2"):pack(select("#", ...)) .. table.concat { ... }
end

local function bin(bytes)
  return "\xC6" .. (">I4"):pack(#bytes) .. bytes
end

local NIL, EMPTY = "\xC0", "\x80"

local function message(text)
  return array(str(text), NIL)
end

local function map(...)
  return "\xDE" .. (">I2"):pack(select("#", ...) // 2) .. table.concat { ... }
end

describe("a bridge whose server others write to", function()
  local server, one, two, first, second, client

  before_each(function()
    server, one, two = redis_server.start(), desk.start(1), desk.start(2)
    client = server:client()
    bridge.join("talk", one, two)
  end)

  after_each(function()
    for _, program in ipairs { first, second } do
      program:kill()
    end
    first, second = nil, nil
    one:kill()
    two:kill()
    client:quit()
    server:close()
  end)

  bridge.tidy(after_each)

  local function start(...)
    first = bridge.start(1, server:url(), ...)
    second = bridge.start(2, server:url(), ...)
  end

  -- Messages still go both ways, and nothing else came before.
  local function carries()
    one:run "assert(channel:send 'there' == 1)"
    assert.same({ "there" }, bridge.take(two, 1))
    two:run "assert(channel:send 'back' == 1)"
    assert.same({ "back" }, bridge.take(one, 1))
  end

  local function status_of(number, word)
    local status <close> = desk.copydata(number, { "bridge", "--status", "--once", "--json" })
    assert.equal(0, status:wait())
    local value = status:output():match('"' .. word .. '":(%d+)')
    return math.tointeger(assert(value, status:output()))
  end

  it("skips and counts what is none of ours", function()
    start("--channel", "talk")
    local ENTRIES = {
      { "x", "y" }, { "o", "ghost:1f" }, { "o", "ghost:1f", "n", "1" }, { "b", message "no" },
      { "o", "ghost", "n", "1", "b", message "no" }, { "o", "", "n", "1", "b", message "no" },
      { "o", ("g"):rep(2000) .. ":1f", "n", "1", "b", message "no" },
      { "o", "gh\0st:1f", "n", "1", "b", message "no" },
    }
    for _, n in ipairs { "", "0", "-1", "one", "1.5", "1e9", ("9"):rep(400), " 1" } do
      ENTRIES[#ENTRIES + 1] = { "o", "ghost:1f", "n", n, "b", message "no" }
    end
    for _, fields in ipairs(ENTRIES) do
      client:xadd(STREAM, "*", table.unpack(fields))
    end
    local BODIES = {
      "\xC1", "\x93", "no MessagePack", array(), NIL, "\x01", str "text", -- no message
      "\xDD\xFF\xFF\xFF\xFF", "\xDF\xFF\xFF\xFF\xFF", "\xC6\xFF\xFF\xFF\xFF", -- too short
      ("\x91"):rep(100000), ("\x81\x01"):rep(100000), -- bombs
      array(str "no", str "no time"), array(str "no", array()), array("\xC1", NIL),
      map(NIL, NIL) .. message "nil is no key", "\xDE\x00\x01" .. str "via", -- no extras
      map(str "via", "\x07") .. message "no",
      map(str "via", array("\x07")) .. message "no",
      map(str "via", "\xDC\x03\xE8" .. str("a"):rep(1000)) .. message "no",
      map(str "via", array(str(("a"):rep(5000)))) .. message "no" .. message "no",
      map(str "keeper", str "ghost:1:1", str "via", array "\x07") .. message "no",
    }
    for i, bytes in ipairs(BODIES) do
      client:xadd(STREAM, "*", "o", ("ghost:%x"):format(i), "n", "1", "b", bytes)
    end
    carries()
    assert(status_of(2, "bad") >= #ENTRIES + #BODIES - 1)
    assert.equal(2, status_of(2, "received") + status_of(1, "received"))
  end)

  it("takes what is well-formed, and keeps origins to what they are", function()
    start("--channel", "talk")
    local extras = map(str "origin", map(str "desktop", "\x07", str "exe", str "x.exe",
      str "user", str(("u"):rep(5000))), str "via", array(str "ghost"), str "more", array(),
      "\x07", NIL)
    client:xadd(STREAM, "*", "o", "ghost:1", "n", "1", "b",
      extras .. array(str "a", NIL, str "more", NIL) .. array(str "b") .. "\xC1"
      .. message "after what is none")
    client:xadd(STREAM, "*", "o", "desk2:1", "n", "1", "b", message "in the name of desk2")
    client:xadd(STREAM, "*", "o", "ghost:1", "n", "2", "b",
      message "b again" .. message "a number that the bad one had" .. message "c")
    assert.same({ "a", "b", "c" }, bridge.take(two, 3))
    local origin = one:run [[
      local message = assert(channel:receive(20))
      return { exe = message.origin.exe, desktop = message.origin.desktop or "none",
        user = message.origin.user or "none" }, message.via[1], message.via[2], #message.via]]
    assert.same({ exe = "x.exe", desktop = "none", user = "none" }, origin)
    assert.same({ "b", "in the name of desk2", "c" }, bridge.take(one, 3))
    carries()
  end)

  it("skips a message and an entry over the limit without keeping them", function()
    start("--channel", "talk", "--max-message", "4096")
    local huge = ("x"):rep(64 * 1024 * 1024)
    client:xadd(STREAM, "*", "o", "ghost:1", "n", "1", "b", message(huge))
    client:xadd(STREAM, "*", "o", "ghost:1", "n", "2", "b",
      message(("x"):rep(100000)) .. message "short")
    client:xadd(STREAM, "*", "o", "ghost:2", "n", "1", "huge", huge, "b", message "beside")
    assert.same({ "short", "beside" }, bridge.take(two, 2))
    assert.same({ "short", "beside" }, bridge.take(one, 2))
    carries()
    assert.equal(2, status_of(2, "too_large"))
    second:says "TOO_LARGE"
  end)

  it("tells what is missing, and drops what came before", function()
    start("--channel", "talk")
    client:xadd(STREAM, "*", "o", "ghost:1", "n", "1", "b", message "1")
    client:xadd(STREAM, "*", "o", "ghost:1", "n", "12", "b", message "12")
    client:xadd(STREAM, "*", "o", "ghost:1", "n", "5", "b", message "5")
    client:xadd(STREAM, "*", "o", "ghost:1", "n", "999999999999999999", "b", message "end")
    assert.same({ "1", "12", "end" }, bridge.take(two, 3))
    second:says "GAP: channel \"talk\": 10 messages of ghost:1 are missing"
    bridge.take(one, 3)
    carries()
    assert.equal(1, status_of(2, "duplicates"))
    assert.equal(2, status_of(2, "gaps"))
  end)

  local POSITIONS = {
    ["is no position"] = "rubbish", ["is empty"] = "", ["has no id"] = array(str "-", EMPTY),
    ["is far ahead"] = array(str "99999999999999-0", EMPTY),
    ["is farther than any number"] = array(str(("9"):rep(40) .. "-0"), EMPTY),
    ["is a bomb"] = ("\x91"):rep(100000),
    ["has odd origins"] = array(str "0-1", "\x82\x01\x02" .. str "ghost:1" .. array(str "x", NIL)),
  }
  for what, position in pairs(POSITIONS) do
    it("goes on when its position " .. what, function()
      client:hset("copydata:default:position:desk2", STREAM, position)
      start("--channel", "talk")
      carries()
    end)
  end

  it("goes on when its keys change their type, or go", function()
    start("--channel", "talk", "--requests", "talk")
    one:run "assert(channel:send 'before')"
    bridge.take(two, 1)
    for _, key in ipairs {
      STREAM, "copydata:default:position:desk2", "copydata:default:serves:{talk}",
      "copydata:default:inbox:desk1", "copydata:default:identity",
    } do
      client:del(key)
      client:set(key, "a string")
    end
    one:run "assert(channel:send 'kept until it can be sent' == 1)"
    first:says "SYSTEM: .*WRONGTYPE"
    for _, key in ipairs {
      STREAM, "copydata:default:position:desk2", "copydata:default:serves:{talk}",
      "copydata:default:inbox:desk1",
    } do
      client:del(key)
    end
    assert.same({ "kept until it can be sent" }, bridge.take(two, 1))
    carries()
    client:flushall()
    carries()
  end)

  it("ends by NAME_TAKEN when its name is another's", function()
    start("--channel", "talk")
    client:set("copydata:default:name:desk2", "a stranger's")
    assert.equal(1, second:wait())
    assert.matches("NAME_TAKEN: another bridge is called desk2", second:output())
    client:del("copydata:default:name:desk2")
    second = bridge.start(2, server:url(), "--channel", "talk")
    carries()
  end)

  it("waits for no lease that holds for ever, nor for one that is none", function()
    client:set("copydata:default:name:desk1", "a stranger's")
    first = desk.copydata(1, bridge.words(1, server:url(), "--channel", "talk"))
    assert.equal(1, first:wait())
    assert.matches("NAME_TAKEN", first:output())
    client:set("copydata:default:name:desk1", "a stranger's", "EX", "100000")
    first = desk.copydata(1, bridge.words(1, server:url(), "--channel", "talk"))
    assert.equal(1, first:wait())
    assert.matches("NAME_TAKEN", first:output())
    client:del "copydata:default:name:desk1"
    client:rpush("copydata:default:name:desk1", "no", "string")
    first = desk.copydata(1, bridge.words(1, server:url(), "--channel", "talk"))
    assert.equal(1, first:wait())
    assert.matches("SYSTEM: .*WRONGTYPE", first:output())
    client:del "copydata:default:name:desk1"
    start("--channel", "talk")
    carries()
  end)

  describe("and that carries requests", function()
    local SERVES = "copydata:default:serves:{clock}"

    before_each(function()
      start("--channel", "talk", "--requests", "clock")
      two:run [[
        clock = assert(copydata.channel "clock")
        clock:serve(function(question) return question .. " answered" end)]]
    end)

    local function milliseconds()
      local time = client:time()
      return time[1] * 1000
    end

    local function asks()
      assert.equal("what answered", (one:run [[
        return copydata.request("clock", "what", { wait = true, timeout = 20 })]]))
    end

    it("asks no desk that is not there, whatever is said of it", function()
      for _, name in ipairs { "ghost", "", "a b", "desk1", ("x"):rep(1000), "g\0st", "{}*" } do
        client:zadd(SERVES, 9e15, name)
        client:zadd(SERVES, milliseconds() + 5000, name .. "x")
      end
      client:zadd(SERVES, "inf", "for ever")
      asks()
    end)

    it("takes no answer but that of the desk that it asked", function()
      asks()
      for n, bytes in ipairs {
        "\xC1", NIL, array(), array "\x01", array("\x01", str "x", NIL, str "forged"),
        array("\x01", NIL, NIL, str "forged"), array("\x05", str "x"),
        array("\x01", "\x07", NIL, NIL),
        array("\x01", str "x", NIL, bin "\xC1"), array("\x01", str "x", NIL, bin ""),
        array("\x00"), array("\x00", str "id", str "clock", NIL, map(), "\x05"),
        array("\x00", "\x07", str "clock", bin(NIL), map(), "\x05", str ""),
        array("\x00", str "id", str "clock", bin "\xC1", map(), "\x05", str ""),
        array("\x00", str "id", str "clock", bin(NIL .. NIL), map(), "\x05", str ""),
        array("\x00", str "id", str "clock", bin(NIL), str "no map", "\x05", str ""),
        array("\x00", str "id", str "clock", bin(NIL), map(), str "no time", str ""),
        array("\x00", str "id", str "clock", bin(NIL), map(), "\x05", str "no boot"),
        array("\x00", str "id", str "nothing", bin(NIL), map(), "\x05", str "no boot"),
      } do
        for _, desk_name in ipairs { "desk1", "desk2" } do
          client:xadd("copydata:default:inbox:" .. desk_name, "*", "o", "ghost:1",
            "n", tostring(n), "b", bytes)
        end
      end
      client:xadd("copydata:default:inbox:desk1", "*", "o", "no origin", "n", "1", "b", "")
      asks()
    end)

    it("serves no more than it says at once, and goes on after that", function()
      asks()
      local boot = client:get "copydata:default:name:desk2"
      local parts = {}
      for i = 1, 5000 do
        parts[i] = array("\x00", str("id" .. i), str "clock", bin(str "flood"), map(), "\x3C",
          str(boot))
      end
      client:xadd("copydata:default:inbox:desk2", "*", "o", "ghost:1", "n", "1", "b",
        table.concat(parts, "", 1, 2000))
      client:xadd("copydata:default:inbox:desk2", "*", "o", "ghost:1", "n", "2001", "b",
        table.concat(parts, "", 2001))
      assert(native.eventually(function()
        return client:xlen "copydata:default:inbox:ghost" > 0
      end))
      assert(native.eventually(function()
        return pcall(asks) -- BUSY before
      end))
      carries()
    end)
  end)
end)
