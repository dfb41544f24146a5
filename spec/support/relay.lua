-- SPDX-License-Identifier: MIT

--- A way to a port of this machine that can be blocked, or narrow: a program that hands on, both
-- ways, what it is sent. For specs below tools/desks; run by itself: relay.lua PORT TO [RATE].
local socket = require "socket"

local CHUNK = 65536 -- bytes

-- Hands on until it is killed, at most so many bytes a second.
local function hand_on(port, to, rate)
  local server = assert(socket.bind("127.0.0.1", port, 64))
  local open, others = { server }, {}

  local function drop(one)
    for i, other in ipairs(open) do
      if other == one then
        table.remove(open, i)
        break
      end
    end
    one:close()
  end

  local function join(client)
    local other = socket.connect("127.0.0.1", to)
    if not other then
      client:close()
      return
    end
    others[client], others[other] = other, client
    for _, one in ipairs { client, other } do
      one:setoption("tcp-nodelay", true)
      open[#open + 1] = one
    end
  end

  -- What one has sent, to the other.
  local function pass(one, other)
    one:settimeout(0)
    local bytes, why, part = one:receive(CHUNK)
    bytes = bytes or part
    other:settimeout(nil)
    other:send(bytes)
    if rate then
      socket.sleep(#bytes / rate)
    end
    if why and why ~= "timeout" then
      others[one], others[other] = nil, nil
      drop(one)
      drop(other)
    end
  end

  while true do
    for _, ready in ipairs((socket.select(open))) do
      if ready == server then
        join(server:accept())
      elseif others[ready] then
        pass(ready, others[ready])
      end
    end
  end
end

if not ... or ... ~= "support.relay" then
  hand_on(tonumber(arg[1]), tonumber(arg[2]), tonumber(arg[3]))
end

local native = require "support.native"

local relay = {}

local Relay = {}
Relay.__index = Relay

--- Starts one.
-- @param to the port
-- @param[opt] rate bytes a second that pass
-- @return it; `port` is its own
function relay.start(to, rate)
  local self = setmetatable({ port = native.free_port() }, Relay)
  self.program = native.start { "lua5.4", "spec/support/relay.lua", self.port, to, rate }
  assert(native.eventually(function()
    local probe = socket.connect("127.0.0.1", self.port)
    return probe and probe:close()
  end), "the relay does not start")
  return self
end

--- From now on nothing passes, and nobody is told: packets are lost on the way.
function Relay:block()
  self.program:signal "STOP"
end

function Relay:pass()
  self.program:signal "CONT"
end

function Relay:close()
  self.program:kill()
end

Relay.__close = Relay.close

return relay
