-- SPDX-License-Identifier: MIT

-- Who may write to the server may write anything. After each attack a message still comes through.
local bridge = require "support.bridge"
local desk = require "support.desk"
local native = require "support.native"
local redis_server = require "support.redis_server"

local STREAM = "copydata:default:{talk}"

describe("a bridge that is attacked from the server's side", function()
  local one, two, server, client, first, second

  before_each(function()
    server, one, two = redis_server.start(), desk.start(1), desk.start(2)
    bridge.join("talk", one, two)
    first = bridge.start(1, server:url(), "--channel", "talk", "--max-message", "1M")
    second = bridge.start(2, server:url(), "--channel", "talk", "--max-message", "1M")
    client = server:client()
  end)

  bridge.tidy(after_each)

  -- Whether messages go both ways, and nothing else has come.
  local function still_carries()
    for _, from in ipairs { one, two } do
      local to = from == one and two or one
      from:run "assert(channel:send 'after it' == 1)"
      assert.same({ "after it" }, bridge.take(to, 1))
    end
    assert.is_true(first:is_running() and second:is_running())
  end

  -- What the second bridge counts.
  local function count(name)
    local status = desk.copydata(2, { "bridge", "--status", "--once", "--json" })
    assert.equal(0, status:wait())
    return tonumber(status:output():match(('"%s":%%s*(%%d+)'):format(name)))
  end

  it("skips entries without the fields that they are to have, and counts them", function()
    for _, fields in ipairs {
      { "x", "y" }, { "o", "evil:1" }, { "b", "\x93\xA1x\xC0\x80" }, { "n", "1", "b", "" },
      { "o", "evil:1", "n", "0", "b", "\x93\xA1x\xC0\x80" },
      { "o", "evil:1", "n", "-5", "b", "\x93\xA1x\xC0\x80" },
      { "o", "evil:1", "n", "1e3", "b", "\x93\xA1x\xC0\x80" },
      { "o", "evil:1", "n", ("9"):rep(40), "b", "\x93\xA1x\xC0\x80" },
      { "o", "evil:1", "n", "\0", "b", "\x93\xA1x\xC0\x80" },
      { "o", ("evil"):rep(10000) .. ":1", "n", "1", "b", "\x93\xA1x\xC0\x80" },
      { "o", "evil\n:1", "n", "1", "b", "\x93\xA1x\xC0\x80" },
      { "o", "", "n", "1", "b", "\x93\xA1x\xC0\x80" },
    } do
      client:xadd(STREAM, "*", table.unpack(fields))
    end
    still_carries()
    assert.equal(12, count "bad")
  end)

  it("skips what is no MessagePack, or no message", function()
    local n = 0
    for _, bytes in ipairs {
      "\xC1", "\x93", "\xDF\xFF\xFF\xFF\xFF", "\xDD\xFF\xFF\xFF\xFF", "\xC6\xFF\xFF\xFF\xFF",
      ("\x91"):rep(100000), ("\x81\xC0"):rep(50000), "\xC0", "\x01", "\xA5hello", "\x80", "\x90",
      "\x93\x01\xA4soon\x80", "\x93\x01\xC0\xA3bad", "\x93\x01\xC0\x81\xA3via\xA1x",
      "\x93\x01\xC0\x81\xA3via\x91\x01", "\x93\x01\xC7\x00\xFF\x80", "\x93\x01\xD6\xFF\0\0",
      "\x93\xC7\x14\x7E" .. ("r"):rep(20) .. "\xC0\x80",
    } do
      n = n + 1
      client:xadd(STREAM, "*", "o", ("evil:%x"):format(n), "n", "1", "b", bytes)
    end
    one:run "assert(channel:send 'after it' == 1)"
    assert.equal("after it", (two:run [[
      repeat -- of these a few are messages: an origin of any kind is left out
        local message = assert(channel:receive(20))
      until message.data == "after it"
      return "after it"]]))
    assert(count "bad" >= 15, count "bad")
    one:run "while channel:receive(0) do end"
    still_carries()
  end)

  it("does not read what is over --max-message, nor what comes in a flood", function()
    local huge = "\x93\xC6\x04\x00\x00\x00" .. ("x"):rep(64 * 1024 * 1024) .. "\xC0\x80"
    for i = 1, 3 do
      client:xadd(STREAM, "*", "o", "evil:1", "n", tostring(i), "b", huge)
    end
    still_carries()
    assert.equal(3, count "too_large")
    for i = 1, 2000 do
      client:xadd(STREAM, "*", "o", "flood:1", "n", tostring(i), "b",
        ("\x93\x01\xC0\x80"):rep(10))
    end
    one:run "assert(channel:send 'after it' == 1)"
    assert.is_true((two:run [[
      repeat local message = assert(channel:receive(20)) until message.data == "after it"
      return true]]))
  end)

  it("takes nobody for a desk of its own, nor lets numbers be stolen for good", function()
    -- Words in the name of desk 2, which its bridge skips, and the others hear.
    client:xadd(STREAM, "*", "o", "desk2:1", "n", "1", "b", "\x93\xA5false\xC0\x80")
    assert.same({ "false" }, bridge.take(one, 1))
    still_carries()
    -- The number of desk 1's bridge is pushed ahead: what it says seems to be old.
    one:run "assert(channel:send 'a' == 1)"
    bridge.take(two, 1)
    local origin
    for _, item in ipairs(client:xrange(STREAM, "-", "+")) do
      for i = 1, #item[2], 2 do
        if item[2][i] == "o" and item[2][i + 1]:find "^desk1:" then
          origin = item[2][i + 1]
        end
      end
    end
    client:xadd(STREAM, "*", "o", assert(origin), "n", "1000000", "b", "\x93\xA5false\xC0\x80")
    assert.same({ "false" }, bridge.take(two, 1))
    first:signal "INT"
    assert.equal(0, first:wait())
    first = bridge.start(1, server:url(), "--channel", "talk")
    still_carries() -- a bridge that starts has another number
  end)

  it("goes on when keys are of another type, are gone, or hold nonsense", function()
    client:hset("copydata:default:position:desk2", STREAM, "nonsense")
    second:kill()
    second = bridge.start(2, server:url(), "--channel", "talk")
    still_carries()
    client:hset("copydata:default:position:desk2", STREAM, "\x92\xA318446744073709551615-1\x80")
    second:kill()
    second = bridge.start(2, server:url(), "--channel", "talk")
    still_carries()
    client:del(STREAM)
    still_carries()
    client:flushall()
    still_carries()
    client:del(STREAM)
    client:set(STREAM, "no stream")
    second:says "WRONGTYPE"
    client:del(STREAM)
    one:run "channel:send 'after it'"
    assert(native.eventually(function()
      return two:run "local m = channel:receive(0.5) return m and m.data" == "after it"
    end))
    still_carries()
  end)

  it("goes on when its leases are taken away", function()
    client:del("copydata:default:name:desk1")
    still_carries()
    client:set("copydata:default:name:desk1", "thief")
    first:says "NAME_TAKEN"
    assert.equal(1, first:wait())
    client:del("copydata:default:name:desk1")
    first = bridge.start(1, server:url(), "--channel", "talk")
    still_carries()
  end)

  it("answers what it is asked, whatever else is in its inbox", function()
    for number, program in pairs { one, two } do
      bridge.start(number, server:url(), "--requests", "clock", "--prefix", "asks", "--name",
        "asks" .. number)
      program:run "clock = assert(copydata.channel 'clock')"
    end
    two:run "clock:serve(function(data) return data end)"
    local function answers()
      return native.eventually(function()
        return one:run "return clock:request('time', { timeout = 20 })" == "time"
      end)
    end
    assert.truthy(answers())
    -- Who is not there says that it serves.
    client:zadd("copydata:asks:serves:{clock}", os.time() * 1000 + 5000, "ghost")
    for _, inbox in ipairs { "copydata:asks:inbox:asks1", "copydata:asks:inbox:asks2" } do
      for n, bytes in ipairs {
        "\xC1", "\x90", "\x91\x07", "\x93\x00\xC0\xC0", "\x94\x01\xA1x\xC0\x01",
        "\x94\x01\x01\xC0\x01", "\x94\x01\xC0\xC0\x01", ("\x91"):rep(100000),
        "\x96\x00\xA1x\xA5clock\x91\x01\xFF\xA1x", "\x96\x00\xA1x\xA5clock\x91\x01\x01\xA1x",
        "\x96\x00\xA1x\xA5clock\x91\x01\xCB\x7F\xF8\0\0\0\0\0\0\xA1x",
        "\x96\x00\xA1x\x01\x91\x01\x01\xA1x", ("\x94\x01\xA1x\xC0\x01"):rep(1000),
      } do
        client:xadd(inbox, "*", "o", "asks" .. n % 4 .. ":1", "n", tostring(n), "b", bytes)
      end
      client:xadd(inbox, "*", "o", "nobody", "x", "y")
    end
    assert.truthy(answers())
    still_carries()
  end)

  it("survives a server that answers nonsense", function()
    local socket = require "socket"
    for _, reply in ipairs {
      "HTTP/1.1 400 Bad Request\r\n\r\n", "$99999999999\r\n", "*1000000000\r\n", "-ERR\r\n",
      ("x"):rep(200000), "$-5\r\n", ":1\r\n", "*-1\r\n", "\0\0\0\r\n",
    } do
      local liar = assert(socket.bind("127.0.0.1", 0))
      local _, port = liar:getsockname()
      local fooled = desk.copydata(3, bridge.words(3, "redis://127.0.0.1:" .. port, "--channel",
        "talk"))
      liar:settimeout(20)
      local connection = assert(liar:accept())
      connection:send(reply)
      connection:shutdown "send"
      assert.equal(1, fooled:wait(30))
      assert.falsy(fooled:output():find "stack traceback", fooled:output())
      connection:close()
      liar:close()
    end
    still_carries()
  end)
end)
