-- SPDX-License-Identifier: MIT

--- A Redis server for a spec: on a free port of the loopback address, with its own directory. For
-- specs run by tools/desks.
local native = require "support.native"
local redis = require "redis"

local redis_server = {}

local Server = {}
Server.__index = Server

-- Whether it answers. NOAUTH counts as an answer, LOADING does not.
local function is_up(self)
  local connected, client = pcall(redis.connect, "127.0.0.1", self.port)
  if not connected then
    return false
  end
  local ok, problem = pcall(client.ping, client)
  client.network.socket:close()
  return ok or problem:find("NOAUTH", 1, true) ~= nil
end

-- Starts it, with its stored data if it ran before.
local function run(self)
  self.program = native.start(self.words)
  assert(native.eventually(function()
    return is_up(self) or not self.program:is_running()
  end) and self.program:is_running(), self.program:output())
end

--- Starts a server. It appends each command to a file, so its data survives when it is killed.
-- @param[opt] settings a list of lines of redis.conf
function redis_server.start(settings)
  local self = setmetatable({ port = native.free_port() }, Server)
  local directory = native.unused "redis"
  assert(os.execute("mkdir " .. directory))
  local lines = {
    "port " .. self.port, "bind 127.0.0.1", "dir " .. directory, "daemonize no",
    'save ""', "appendonly yes", "maxmemory-policy noeviction", table.unpack(settings or {}),
  }
  local conf = native.write(native.unused "conf", table.concat(lines, "\n") .. "\n")
  self.words = { "tools/redis-server", conf }
  run(self)
  return self
end

--- Its address, for the bridge.
-- @param[opt] port that of a relay
-- @param[opt] user
function Server:url(port, user)
  return ("redis://%s127.0.0.1:%d/0"):format(user and user .. "@" or "", port or self.port)
end

-- Adds the commands that redis-lua lacks.
for _, name in ipairs {
  "xadd", "xlen", "xrange", "xread", "xtrim", "xinfo", "acl", "client", "hset", "hgetall",
} do
  redis.commands[name] = redis.command(name:upper())
end

--- A client, from redis-lua, to see what is stored, and to do damage.
-- @param[opt] ... arguments for AUTH
function Server:client(...)
  local client = redis.connect { host = "127.0.0.1", port = self.port, timeout = 10 }
  if ... then
    client:raw_cmd(("AUTH %s\r\n"):format(table.concat({ ... }, " ")))
  end
  return client
end

--- Cuts every connection but its own.
-- @return how many
function Server:cut()
  local client = self:client()
  local cut = client:client("KILL", "TYPE", "normal", "SKIPME", "yes")
  client:quit()
  return cut
end

--- Kills it, without a chance to write anything.
function Server:kill()
  self.program:kill()
end

--- Starts it again, with its stored data, on the same port.
function Server:restart()
  run(self)
end

--- Stops it: it exists but does nothing until `continue`.
function Server:stop()
  self.program:signal "STOP"
end

function Server:go_on()
  self.program:signal "CONT"
end

--- Ends it.
function Server:close()
  self.program:kill()
end

Server.__close = Server.close

return redis_server
