-- SPDX-License-Identifier: MIT
local bridge = require "support.bridge"
local desk = require "support.desk"
local redis_server = require "support.redis_server"
local relay = require "support.relay"

local RATE = 1024 * 1024 -- bytes a second

describe("a bridge with a slow connection", function()
  bridge.tidy(after_each)

  it("carries a message that takes longer than the limit for replies", function()
    local server, one, two = redis_server.start(), desk.start(1), desk.start(2)
    bridge.join("talk", one, two)
    for number = 1, 2 do
      bridge.start(number, server:url(relay.start(server.port, RATE).port), "--channel", "talk",
        "--max-message", "16M")
    end
    two:begin "return #assert(channel:receive(100)).data"
    one:run("assert(channel:send(('x'):rep(...)) == 1)", 12 * RATE)
    assert.equal(12 * RATE, two:result(110))
    one:run "assert(channel:send 'after it' == 1)"
    assert.same({ "after it" }, bridge.take(two, 1))
  end)
end)
