-- SPDX-License-Identifier: MIT

--- A connection to a Redis server, by redis-lua, which is made again when it breaks. One task after
-- the other uses it. For engine.lua.
--
-- redis-lua raises its failures, and after a timeout its replies would be those of earlier
-- commands: so a connection on which a call failed otherwise than by an error reply is dropped.
local Adapter = require "copydata.bridge.adapter"

local Connection = {}
Connection.__index = Connection

local CONNECTING = 5 -- seconds that connecting and logging in may take
local SHOWN = 200 -- bytes of an error reply
local FIRST_PAUSE, LONGEST_PAUSE = 0.1, 30 -- seconds before it is tried again

local COMMANDS = {
  "auth", "client", "config", "del", "get", "getex", "hdel", "hgetall", "hset", "pexpire", "ping",
  "pttl", "select", "set", "time", "xadd", "xread", "xrevrange", "zadd", "zrangebyscore", "zrem",
  "zremrangebyscore",
}

-- Error replies by their first word. Others are SYSTEM.
local NAMES = {
  NOAUTH = "AUTH", WRONGPASS = "AUTH", DENIED = "AUTH", NOPERM = "NOPERM", OOM = "FULL",
  LOADING = "UNREACHABLE", BUSY = "UNREACHABLE", MASTERDOWN = "UNREACHABLE",
  READONLY = "UNREACHABLE", MISCONF = "FULL", CLUSTERDOWN = "UNREACHABLE",
}

local function identity(reply)
  return reply
end

--- Makes one that is not connected yet.
-- @param settings `where`: an address; `password` or nil; `waits`: see adapter.lua, and
-- `sleep(seconds)`; `lock`: see turns.lua; `value_most`, `reply_most`: see adapter.lua
function Connection.new(settings)
  return setmetatable({
    reconnects = 0, -- how often it was made again
    state = "new", -- "up", "down" or "closed" then
    problem = false, -- why it is down: "NAME: message"
    may_be_silent = false, -- whether the server lets us say that it need not reply
    _settings = settings,
    _waits = settings.waits,
    _lock = settings.lock,
    _pause = FIRST_PAUSE,
    _again = 0, -- when to try again, on the clock of waits.seconds
    _client = false,
    _adapter = false,
  }, Connection)
end

-- What an error reply means.
-- @return "NAME: message", "NAME"
local function explain_reply(reply)
  local name = NAMES[reply:match "^%u+"] or reply:find "invalid password" and "AUTH" or "SYSTEM"
  return ("%s: the server says %s"):format(name, reply:sub(1, SHOWN)), name
end

-- What an error of redis-lua means.
-- @return "NAME: message", "NAME", and whether it was an error reply
local function explain(problem)
  if type(problem) ~= "string" then
    return "SYSTEM: " .. tostring(problem), "SYSTEM", false
  end
  local reply = problem:match "redis error: (.*)$"
  if not reply then
    local why = problem:match "connection error: (.*)$" or problem:gsub("^[^\n]-:%d+: ", "")
    return "UNREACHABLE: " .. why, "UNREACHABLE", false
  end
  local why, name = explain_reply(reply)
  return why, name, true
end

local function drop(self, why)
  if self._adapter then
    self._adapter:close()
  end
  self._client, self._adapter = false, false
  if self.state ~= "closed" then
    self.state, self.problem = "down", why
  end
end

-- The pause before the next try: longer each time, and another for each bridge, so that not all
-- come back at once.
local function postpone(self)
  local most = math.min(LONGEST_PAUSE, self._pause * 3)
  self._pause = FIRST_PAUSE + math.random() * (most - FIRST_PAUSE)
  self._again = self._waits.seconds() + self._pause
end

-- Logs in.
-- @return true, or nil, "NAME: message", "NAME"
local function log_in(self, client)
  local where, password = self._settings.where, self._settings.password
  if password then
    local ok, problem = pcall(client.auth, client, table.unpack { where.user or password,
      where.user and password })
    if not ok then
      local message, name, replied = explain(problem)
      return nil, (message:gsub("^%u+", replied and "AUTH" or name)), replied and "AUTH" or name
    end
  end
  local ok, problem = pcall(function()
    if where.database ~= 0 then
      client:select(where.database)
    end
    client:ping()
  end)
  if not ok then
    return nil, explain(problem)
  end
  self.may_be_silent = pcall(client.client, client, "REPLY", "ON")
  return true
end

-- Closes the connection if the task is cancelled during a call: replies would be left over.
local Unfinished = { __close = function(self)
  if self.adapter then
    self.adapter:close()
    if self.connection._adapter == self.adapter then
      drop(self.connection, "UNREACHABLE: a call was cancelled")
    end
  end
end }

-- Connects.
-- @return true, or nil, "NAME: message", "NAME"
local function connect(self)
  local redis = require "redis"
  local settings = self._settings
  local adapter = Adapter.new(self._waits, settings.value_most, settings.reply_most)
  local unfinished <close> = setmetatable({ connection = self, adapter = adapter }, Unfinished)
  adapter:begin(self._waits.seconds() + CONNECTING)
  local connected, why = adapter:connect(settings.where)
  if not connected then
    return nil, "UNREACHABLE: " .. why, "UNREACHABLE"
  end
  local client = redis.connect { socket = adapter }
  for _, name in ipairs(COMMANDS) do -- as they are: redis-lua's own change some replies
    client[name] = redis.command(name:upper(), { response = identity })
  end
  local logged_in, name
  logged_in, why, name = log_in(self, client)
  if not logged_in then
    return nil, why, name
  end
  unfinished.adapter = nil
  self._client, self._adapter = client, adapter
  return true
end

-- Connects when it is time to.
local function ensure(self)
  if self._client then
    return true
  end
  local left = self._again - self._waits.seconds()
  if left > 0 then
    local slept, why, code = self._waits.sleep(left)
    if not slept then
      return nil, why, code
    end
  end
  if self.state == "closed" then
    return nil, "CLOSED: the bridge was closed", "CLOSED"
  end
  local connected, why, code = connect(self)
  if not connected then
    drop(self, why)
    postpone(self)
    return nil, why, code
  elseif self.state == "closed" then -- meanwhile
    drop(self)
    return nil, "CLOSED: the bridge was closed", "CLOSED"
  end
  self.reconnects = self.reconnects + (self.state == "down" and 1 or 0)
  self.state, self.problem, self._pause = "up", false, FIRST_PAUSE
  return true
end

-- Calls redis-lua.
local function call(self, seconds, f, ...)
  local up, why, code = ensure(self)
  if not up then
    return nil, why, code
  end
  local adapter = self._adapter
  adapter:begin(self._waits.seconds() + seconds)
  local unfinished <close> = setmetatable({ connection = self, adapter = adapter }, Unfinished)
  local result = table.pack(pcall(f, self._client, ...))
  unfinished.adapter = nil
  if result[1] then
    return table.unpack(result, 2, result.n)
  end
  local replied
  why, code, replied = explain(result[2])
  if not replied and self._adapter == adapter then
    drop(self, why)
    postpone(self)
  end
  return nil, why, code
end

--- Has a function talk to the server: `f(client, ...)`, where client is redis-lua's, with the
-- commands above. Connects first, after the pause that is due, if there is no connection. Waits
-- until others have done.
-- @param seconds in which the replies must come
-- @return what f returned; or nil, "NAME: message", "NAME": UNREACHABLE (of a command that was sent
-- the outcome is unknown), AUTH, NOPERM, FULL, SYSTEM, CLOSED
function Connection:call(seconds, f, ...)
  if self.state == "closed" then
    return nil, "CLOSED: the bridge was closed", "CLOSED"
  end
  local turn <close> = self._lock:take()
  if not turn then
    return nil, "CLOSED: the bridge was closed", "CLOSED"
  end
  return call(self, seconds, f, ...)
end

--- Has a command go out with the one that follows in the same call: saves a round trip. Its reply
-- must be a line; see `late`.
-- @param[opt] silent the server does not reply to it; only if `may_be_silent`, and for one command
function Connection.ahead(client, f, silent)
  local adapter = client.network.socket
  adapter:hold()
  if silent then
    client:client("REPLY", "SKIP")
  end
  f(client)
  adapter:release(silent)
end

--- Why a command that went `ahead` in the last call failed.
-- @return "NAME: message", "NAME"; nil: it did not
function Connection:late()
  local late = self._adapter and self._adapter.late
  if late then
    return explain_reply(late)
  end
end

--- Closes it for good. Idempotent.
function Connection:close()
  self.state = "closed"
  drop(self)
end

return Connection
