-- SPDX-License-Identifier: MIT

-- What becomes of messages when something breaks while two desktops send 200 a second each.
local bridge = require "support.bridge"
local desk = require "support.desk"
local native = require "support.native"
local redis_server = require "support.redis_server"
local relay = require "support.relay"
local socket = require "socket"

local RATE = 200 -- messages a second, of each desktop
local PATIENCE = 60 -- seconds for all to arrive

-- Sends numbers, and records those that the other desktop sends.
local TRAFFIC = [[
  local rate = ...
  local seconds = require("socket").gettime
  sent, unknown, going, stopped = 0, {}, true, false
  last, missing, twice, disordered = 0, {}, 0, 0
  channel:on(function(n)
    if n > last then
      for i = last + 1, n - 1 do missing[i] = true end
      last = n
    elseif missing[n] then
      missing[n], disordered = nil, disordered + 1
    else
      twice = twice + 1
    end
  end)
  copydata.spawn(function()
    local began = seconds()
    while going do
      while going and sent < (seconds() - began) * rate do
        local accepted, failures = channel:send(sent + 1, { timeout = 30 })
        local code = failures[1] and failures[1].code
        if accepted == 1 then
          sent = sent + 1
        elseif code == "TIMEOUT" or code == "GONE" then -- the bridge may have it
          sent = sent + 1
          unknown[sent] = code
        else
          copydata.sleep(0.05) -- there is no bridge, or it accepts no more
        end
        copydata.sleep(0) -- on a machine too slow for the rate, the loop must go on, too
      end
      copydata.sleep(0.005)
    end
    stopped = true
  end)]]

describe("a bridge loses nothing and delivers nothing twice", function()
  local server, programs, bridges

  local function start(number, port)
    bridges[number] = bridge.start(number, server:url(port), "--channel", "talk", "--wait")
  end

  -- Starts bridges and traffic. The second desktop's bridge uses another port.
  local function begin(port)
    bridges = {}
    server, programs = redis_server.start(), { desk.start(1), desk.start(2) }
    bridge.join("talk", table.unpack(programs))
    start(1)
    start(2, type(port) == "function" and port() or nil)
    for _, program in ipairs(programs) do
      program:run(TRAFFIC, RATE)
    end
    socket.sleep(1.5)
  end

  -- Continues for a while, ends the traffic, and counts what one desktop got from the other.
  -- @return for each direction: how many were sent, and what became of them
  local function results(what)
    socket.sleep(2)
    local counts = {}
    for _, program in ipairs(programs) do
      program:run "going = false while not stopped do copydata.sleep(0.01) end"
    end
    for i, program in ipairs(programs) do
      local other = programs[3 - i]
      local sent, unknown = program:run "return sent, unknown"
      native.eventually(function() return other:run "return last" == sent end, PATIENCE)
      local count = { sent = sent, lost = 0, unknown = 0 }
      local last, missing
      last, missing, count.twice, count.disordered =
        other:run "return last, missing, twice, disordered"
      for n in pairs(missing) do
        local which = unknown[n] and "unknown" or "lost"
        count[which] = count[which] + 1
      end
      count.lost = count.lost + sent - last
      counts[i] = count
      print(("%s, desk%d: %d said, %d lost, %d twice, %d out of order, %d unknown"):format(what, i,
        sent, count.lost, count.twice, count.disordered, count.unknown))
      assert(sent > RATE // 10, "hardly any messages")
    end
    return counts[1], counts[2]
  end

  local function all_well(what)
    for _, count in ipairs { results(what) } do
      assert.equal(0, count.lost + count.twice + count.disordered + count.unknown)
    end
  end

  bridge.tidy(after_each)

  it("while nothing happens", function()
    begin()
    all_well "nothing happens"
  end)

  it("when Redis is killed and starts again", function()
    begin()
    for _ = 1, 2 do
      server:kill()
      socket.sleep(1)
      server:restart()
      socket.sleep(2)
    end
    all_well "Redis killed"
  end)

  it("when Redis stalls for 3 seconds", function()
    begin()
    server:stop()
    socket.sleep(3)
    server:go_on()
    all_well "Redis stands still"
  end)

  it("when nothing reaches Redis for 12 seconds", function()
    local way
    begin(function()
      way = relay.start(server.port)
      return way.port
    end)
    way:block()
    socket.sleep(12)
    way:pass()
    all_well "a black hole"
  end)

  it("when connections are cut twenty times", function()
    begin()
    for _ = 1, 20 do
      server:cut()
      socket.sleep(0.3)
    end
    all_well "connections cut"
  end)

  it("when a desktop is away for 5 seconds", function()
    begin()
    bridges[2]:signal "INT"
    assert.equal(0, bridges[2]:wait())
    socket.sleep(5)
    start(2)
    all_well "away for 5 s"
  end)

  it("except for what a killed bridge had accepted or not yet noted", function()
    begin()
    for number = 1, 2 do
      bridges[number]:kill()
      socket.sleep(1)
      start(number)
      socket.sleep(1)
    end
    for _, count in ipairs { results "bridges killed" } do
      assert.equal(0, count.disordered)
      assert(count.unknown <= 1, count.unknown) -- the message on its way
      assert(count.lost < RATE, count.lost) -- accepted by the killed bridge, in less than a second
      assert(count.twice < RATE, count.twice) -- delivered by the other one, in the same time
    end
  end)
end)
