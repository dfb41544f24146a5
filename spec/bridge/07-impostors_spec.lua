-- SPDX-License-Identifier: MIT

-- Who pretends to be a desktop, or a server. After each attack a message still comes through.
local bridge = require "support.bridge"
local desk = require "support.desk"
local redis_server = require "support.redis_server"

local STREAM = "copydata:default:{talk}"

describe("a bridge among impostors", function()
  local one, two, server, client, first, second

  before_each(function()
    server, one, two = redis_server.start(), desk.start(1), desk.start(2)
    bridge.join("talk", one, two)
    first = bridge.start(1, server:url(), "--channel", "talk")
    second = bridge.start(2, server:url(), "--channel", "talk")
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

  it("takes nobody for a desk of its own, nor lets numbers be stolen for good", function()
    -- Words in the name of desk 2, which its bridge skips, and the others hear.
    client:xadd(STREAM, "*", "o", "desk2:1", "n", "1", "b", "\x92\xA5false\xC0")
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
    client:xadd(STREAM, "*", "o", assert(origin), "n", "1000000", "b", "\x92\xA5false\xC0")
    assert.same({ "false" }, bridge.take(two, 1))
    first:signal "INT"
    assert.equal(0, first:wait())
    first = bridge.start(1, server:url(), "--channel", "talk")
    still_carries() -- a bridge that starts has another number
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
