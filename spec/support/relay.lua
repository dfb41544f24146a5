-- SPDX-License-Identifier: MIT

--- A relay to a port of this machine, which can be blocked or slow: a program that passes on bytes
-- in both directions. For specs run by tools/desks; as a program: relay.lua PORT TO [RATE].
local socket = require "socket"

local CHUNK = 65536 -- bytes

-- Passes bytes on until it is killed, at most `rate` a second.
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

  -- Passes on what one side has sent.
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

--- Starts a relay.
-- @param to the port
-- @param[opt] rate bytes a second, at most
-- @return the relay; its own port is `port`
function relay.start(to, rate)
  local self = setmetatable({ port = native.free_port() }, Relay)
  self.program = native.start { "lua5.4", "spec/support/relay.lua", self.port, to, rate }
  assert(native.eventually(function()
    local probe = socket.connect("127.0.0.1", self.port)
    return probe and probe:close()
  end), "the relay does not start")
  return self
end

--- Passes nothing on from now, without an error for either side, as if packets were lost.
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
