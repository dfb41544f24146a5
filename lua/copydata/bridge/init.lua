-- SPDX-License-Identifier: MIT

--- Bridges: carry messages and requests on channels between desktops, over a Redis server.
-- `require "copydata.bridge"`; the command is `copydata bridge`. See docs/bridge.md.
--
--     local bridge = require "copydata.bridge"
--     local ours = assert(bridge.open {
--       url = "redis://localhost:6379/0", name = "desk1", channels = { "editor" },
--     })
--     copydata.run()
--
-- It needs LuaSocket and redis-lua: `luasocket` and `redis-lua` on LuaRocks.
--
-- @module copydata.bridge
local Link = require "copydata.bridge.link"
local Room = require "copydata.bridge.room"
local copydata = require "copydata"
local core = require "copydata.core"
local desktop = require "copydata.bridge.desktop"
local entry = require "copydata.bridge.entry"
local fibers = require "copydata.fibers"
local object = require "copydata.object"
local read_options = require "copydata.bridge.options".read

local bridge = {}

local MISSING = "%s is missing, which bridges need: luarocks install %s. "
  .. "For the release's zip, see docs/bridge.md"
local MODULES = { { "socket", "luasocket" }, { "redis", "redis-lua" } }
local DELIVERY = 10 -- seconds for which a program here may be busy
local LOOK = 5 -- seconds between looks for programs that join without saying so
local CLOSING = 5 -- seconds for sending what was accepted

local Bridge = {}
local class -- its metatable

local function waits_of()
  return {
    seconds = core.seconds, sleep = copydata.sleep, event = copydata.event,
    readable = copydata.readable, writable = copydata.writable,
  }
end

-- Checks that the modules which bridges need are installed.
-- @return true; or nil, "MISSING: message", "MISSING"
local function check_modules()
  for _, module in ipairs(MODULES) do
    local ok, problem = pcall(require, module[1])
    if not ok then
      local why = MISSING:format(module[1] == "socket" and "LuaSocket" or "redis-lua", module[2])
      if not problem:find("module '" .. module[1] .. "' not found", 1, true) then
        why = why .. " (" .. problem:match "^[^\n]*" .. ")"
      end
      return nil, "MISSING: " .. why, "MISSING"
    end
  end
  return true
end

-- Ends the bridge with a failure.
local function fail(self, name, message)
  if not self._failure then
    self._failure = { message, name }
    self._ended:set(true)
  end
end

-- What the bridge's parts share.
local function share(self, settings)
  local boot = ("%x"):format(core.random())
  return {
    settings = settings, endpoint = self._endpoint, boot = boot,
    origin = settings.name .. ":" .. boot,
    room = Room.new(settings.buffer // 2, copydata.event), waits = waits_of(),
    spawn = copydata.spawn,
    fail = function(name, message) fail(self, name, message) end,
    report = function(name, message, where)
      if settings.on_problem then
        settings.on_problem { name = name, message = message, server = where }
      end
    end,
  }
end

-- Makes a link for each server that has channels.
local function make_links(self, shared)
  local settings = shared.settings
  for server, where in pairs(settings.servers) do
    local channels = {}
    for _, channel in ipairs(settings.channels) do
      if channel.server == server then
        channels[#channels + 1] = channel
      end
    end
    if #channels > 0 then
      table.insert(self._links, Link.new(shared, where, channels))
    end
  end
end

-- A word for each channel and server. No other bridge of this desktop may have the same.
local function words_of(self)
  local words = {}
  for _, link in ipairs(self._links) do
    for _, carried in ipairs(link.carried) do
      words[link.identity .. ":" .. carried.remote] =
        ("channel %q over %s"):format(carried.name, link.where)
    end
  end
  return words
end

-- Opens the links and joins the channels.
-- @return true; or nil, "NAME: message", "NAME"
local function open(self, settings)
  for _, link in ipairs(self._links) do
    local ok, why, code = link:open()
    if not ok then
      return nil, why, code
    end
  end
  local here, why, code = desktop.join(self._endpoint, {
    name = settings.name, carries = words_of(self), status = function() return self:status() end,
  })
  local ok = here
  if here then
    ok, why, code = here:check()
  end
  for _, link in ipairs(self._links) do
    if ok then
      ok, why, code = link:start()
    end
  end
  if not ok then
    return nil, why, code
  end
  return true
end

--- Makes a bridge: connects, joins the channels and starts to carry. Waits until that is done.
--
-- Options:
--
-- - `url`: the server, `redis://USER@HOST:PORT/DATABASE`; `servers`: others, name -> address
-- - `password`: for all servers
-- - `channels`: a list of names, or of tables `{ name, remote =, way =, requests =, server = }`.
--   `remote`: the channel's name on the server, by default the same; upper and lower case differ
--   there. `way`: `"both"`; `"out"`: only from here to other desktops; `"in"`: only from there; or
--   `"none"`. `requests = true`: carries requests too, both ways; without a `way`, nothing else.
--   `server`: the name of one of `servers`
-- - `name`: this desktop's name for others, by default the computer's; `prefix`: of the names of
--   all keys, by default `"default"`; bridges with different prefixes do not meet
-- - `from`: `"saved"`: reads on where the last bridge of this name stopped, the first time from now
--   on; `"now"`: from now on
-- - `keep`: seconds for which the server keeps messages, 600
-- - `max_message`: bytes of a message's body, 1 MiB, at most 64 MiB
-- - `buffer`: bytes that the bridge may hold, 64 MiB; when it is full, senders get BUSY
-- - `wait = true`: waits for a server that cannot be reached
-- - `on_problem(problem)`: called with each problem later: `{ name =, message =, server = }`
--
-- @param options a table of these
-- @return the bridge; or nil, "NAME: message", "NAME": MISSING (LuaSocket or redis-lua),
-- UNREACHABLE, AUTH, NOPERM, FULL, NAME_TAKEN (another bridge has this name), SECOND_BRIDGE
-- (another one on this desktop carries the channel over the same server), SYSTEM, and those of
-- `copydata.new` and `endpoint:channel`
function bridge.open(options)
  local settings, wrong = read_options(options)
  if not settings then
    error(wrong, 2)
  end
  local ok, why, code = check_modules()
  local endpoint
  if ok then
    endpoint, why, code = copydata.new {
      pump = "thread", max_message = settings.max_message, timeout = DELIVERY,
      queue_bytes = math.max(settings.buffer // 2, settings.max_message),
    }
  end
  if not endpoint then
    return nil, why, code
  end
  -- Messages that it hands on have extras besides their body, which it does not decode.
  endpoint._outgoing.sender._max_message = settings.max_message + entry.EXTRAS_ROOM
  endpoint._intake.packed = true
  endpoint._presence.pause = LOOK
  local self = setmetatable({
    _name = settings.name, _endpoint = endpoint, _links = {}, _ended = copydata.event(),
    _failure = false, _closing = false, _room = false, _began = core.seconds(),
  }, class)
  local shared = share(self, settings)
  self._room = shared.room
  make_links(self, shared)
  local _ <close> = setmetatable({}, { __close = function()
    if not ok then
      self:close()
    end
  end })
  ok, why, code = open(self, settings)
  if not ok then
    return nil, why, code
  end
  return self
end

--- What `open` returns. It runs until it is closed or fails.
-- @type Bridge

--- Waits until it ends.
-- @param[opt] seconds how long; nil: as long as it takes
-- @return true when it was closed; or nil, "NAME: message", "NAME": NAME_TAKEN, if it failed;
-- TIMEOUT, INTERRUPTED, QUIT, CANCELLED
function Bridge:wait(seconds)
  object.check(self, class, "bridge:wait()")
  local ended, why, code = self._ended:wait(seconds)
  if not ended then
    return nil, why, code
  elseif self._failure then
    return nil, table.unpack(self._failure)
  end
  return true
end

--- Its state and counters.
-- @return a table: `name`; `seconds` since it was opened; `buffered`, bytes that were accepted and
-- not yet appended; and `servers`, a list of tables. Each has `server`; `state`, `"up"` or
-- `"down"`; `problem`, why it is down; `reconnects`; `asked`, `failed` and `served`, which count
-- requests; and `channels`. Each of these has `name`, `remote`, `sent`, `sent_bytes`,
-- `sent_entries`, `waiting`, `waiting_bytes`, `received`, `received_bytes`, `position`, `lag`
-- (seconds), `gaps`, `missing`, `duplicates`, `bad`, `too_large`, `undelivered`, `refused`,
-- `looped`, which count messages unless something else is said
function Bridge:status()
  object.check(self, class, "bridge:status()")
  local servers, buffered = {}, 0
  for i, link in ipairs(self._links) do
    servers[i] = link:status()
    for _, channel in ipairs(servers[i].channels) do
      buffered = buffered + (channel.waiting_bytes or 0)
    end
  end
  return {
    name = self._name, seconds = core.seconds() - self._began, buffered = buffered,
    servers = servers,
  }
end

--- Leaves the channels, sends what was accepted, for at most 5 seconds, gives its name back and
-- disconnects. Idempotent, never raises. Also called as `__close`.
function Bridge:close()
  object.check(self, class, "bridge:close()")
  if self._closing then
    return
  end
  self._closing = true
  self._room:open()
  for _, link in ipairs(self._links) do
    local ok, problem = pcall(link.finish, link, CLOSING)
    if not ok and not fibers.is_closing() then -- where nothing can be waited for
      warn("copydata.bridge: ", tostring(problem))
    end
    link:close()
  end
  self._endpoint:close()
  self._ended:set(true)
end

class = object.class("copydata.bridge", Bridge)

function class:__tostring()
  return ("copydata.bridge %s (%s)"):format(self._name, self._closing and "closed" or "open")
end

return bridge
