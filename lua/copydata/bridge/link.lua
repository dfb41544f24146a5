-- SPDX-License-Identifier: MIT

--- A bridge's link to one server: the connections, the channels carried there, and the tasks that
-- carry them. For init.lua.
local Asking = require "copydata.bridge.asking"
local Carried = require "copydata.bridge.carried"
local Desks = require "copydata.bridge.desks"
local Engine = require "copydata.bridge.engine"
local Inbox = require "copydata.bridge.inbox"
local Leases = require "copydata.bridge.leases"
local Outbound = require "copydata.bridge.outbound"
local Position = require "copydata.bridge.position"
local Reader = require "copydata.bridge.reader"
local Serving = require "copydata.bridge.serving"
local Writer = require "copydata.bridge.writer"
local address = require "copydata.bridge.address"
local core = require "copydata.core"
local entry = require "copydata.bridge.entry"

local Link = {}
Link.__index = Link

local ENTRY_MOST = 256 * 1024 -- bytes of an entry besides its last message
local PROBE = 0.001 -- seconds

-- Reports failures of a thing, such as a connection, each once until it changes. That the server
-- cannot be reached is reported once for all, under the engine, until the leases are kept again.
local function reporter(self)
  local told = {}
  return function(thing, name, message)
    if name == "UNREACHABLE" then
      thing, message = self.engine, told[self.engine] or message
    end
    if told[thing] ~= message then
      told[thing] = message
      if name then
        self._bridge.report(name, message, self.where)
      end
    end
  end
end

--- Makes the link to a server. It is not connected yet.
-- @param bridge what init.lua shares: `settings`, `endpoint`, `boot`, `room`, `waits`, `spawn`,
-- `report(name, message, where)`, `fail(name, message)`
-- @param where an address
-- @param channels those of the settings that it carries
function Link.new(bridge, where, channels)
  local settings = bridge.settings
  local self = setmetatable({
    where = address.text(where),
    carried = {},
    engine = Engine.new {
      where = where, password = settings.password, prefix = settings.prefix,
      keep = settings.keep, waits = bridge.waits,
      value_most = ENTRY_MOST + settings.max_message + entry.EXTRAS_ROOM,
    },
    _bridge = bridge,
    _inboxes = {}, -- outbounds by desk
    _tasks = {},
    _readers = {},
    _renewal = false, -- the task that keeps the leases
  }, Link)
  self.desks = Desks.new(self.engine, bridge.waits.seconds)
  self._report = reporter(self)
  self._writer = Writer.new(bridge.waits, self._report)
  for i, channel in ipairs(channels) do
    self.carried[i] = Carried.new(bridge, self, channel)
    self._requests = self._requests or channel.requests
  end
  return self
end

--- Makes an outbound, which the writer then serves.
-- @param append as of Outbound.new
function Link:outbound(append)
  local outbound = Outbound.new(self._bridge.room, append, function()
    self._writer:wake()
  end)
  self._writer:add(outbound)
  return outbound
end

-- The outbound to the inbox of a desk.
local function inbox_of(self, desk)
  local outbound = self._inboxes[desk]
  if not outbound then
    outbound = self:outbound(function(waiting)
      return self.engine:tell(desk, self._bridge.origin, waiting.n, waiting.bytes)
    end)
    self._inboxes[desk] = outbound
  end
  return outbound
end

-- Opening ----------------------------------------------------------------------------------------

-- Connects; with the option `wait`, however long it takes.
local function connect(self)
  while true do
    local ok, why, code = self.engine:synchronize()
    if ok or code ~= "UNREACHABLE" or not self._bridge.settings.wait then
      return ok, why, code
    end
    self._report(self, code, why)
  end
end

-- Checks that the server allows what a channel needs, and finds where to start reading.
-- @return true; or nil, "NAME: message", "NAME"
local function prepare(self, carried, positions)
  local engine, settings = self.engine, self._bridge.settings
  local why, code
  local ok = true
  if carried.outbound then
    ok, why, code = engine:may_append(carried.stream)
  end
  if ok and carried.inbound then
    local kept = settings.from == "saved" and positions[carried.stream]
    local position = kept and Position.decode(kept)
    if not position then
      ok, why, code = engine:last(nil, carried.stream)
      position = ok and Position.new(ok)
    end
    if ok then
      carried.inbound.position, carried.inbound.saved = position, false
      ok, why, code = carried:load()
    end
    if ok then
      ok, why, code = engine:read(engine.writer, { { carried.stream, "$" } }, 1, PROBE)
    end
  end
  if ok and carried.requests then
    ok, why, code = engine:servers(carried.remote, 1)
  end
  if not ok then
    return nil, ("%s (channel %q)"):format(why, carried.name), code
  end
  return true
end

-- Makes what carries requests.
local function prepare_requests(self)
  local bridge, engine = self._bridge, self.engine
  local settings = bridge.settings
  local stream = engine:inbox(settings.name)
  local last, why, code = engine:last(nil, stream)
  local ok = last
  if last then
    ok, why, code = engine:may_append(stream)
  end
  if not ok then
    return nil, why, code
  end
  local function outbound(desk)
    return inbox_of(self, desk)
  end
  self.asking = Asking.new {
    engine = engine, desks = self.desks, boot = bridge.boot, waits = bridge.waits,
    message_most = settings.max_message, outbound = outbound,
  }
  self.serving = Serving.new {
    endpoint = bridge.endpoint, engine = engine, desk = settings.name, boot = bridge.boot,
    spawn = bridge.spawn, message_most = settings.max_message, outbound = outbound,
    find = function(remote)
      for _, carried in ipairs(self.carried) do
        if carried.requests and carried.remote == remote then
          return carried.name
        end
      end
    end,
  }
  self._inbox = Inbox.new {
    stream = stream, position = Position.new(last), engine = engine, asking = self.asking,
    serving = self.serving,
  }
  return true
end

--- Connects, takes the name, and checks that the server allows what the channels need.
-- @return true; or nil, "NAME: message", "NAME"
function Link:open()
  local bridge, engine = self._bridge, self.engine
  local settings = bridge.settings
  local ok, why, code = connect(self)
  if not ok then
    return nil, why, code
  end
  self.leases = Leases.new {
    engine = engine, desks = self.desks, desk = settings.name, boot = bridge.boot,
    waits = bridge.waits, carried = self.carried, fail = bridge.fail,
    asking = function() return self.asking end,
    report = function(...) self._report(engine, ...) end,
  }
  ok, why, code = self.leases:take_name()
  local positions
  if ok then
    self.identity, why, code = engine:identity(("%x"):format(core.random()))
    ok = self.identity
  end
  if ok then
    positions, why, code = engine:positions(settings.name)
    ok = positions
  end
  for _, carried in ipairs(self.carried) do
    if ok then
      ok, why, code = prepare(self, carried, positions)
    end
  end
  if ok and self._requests then
    ok, why, code = prepare_requests(self)
  end
  if not ok then
    return nil, why, code
  end
  return true
end

-- Carrying ---------------------------------------------------------------------------------------

local function run_reader(self, settings)
  settings.engine, settings.waits = self.engine, self._bridge.waits
  settings.report = function(...)
    self._report(settings.connection, ...)
  end
  local reader = Reader.new(settings)
  table.insert(self._readers, reader)
  table.insert(self._tasks, self._bridge.spawn(reader.run, reader))
end

--- Joins the channels and starts to carry.
-- @return true; or nil, "NAME: message", "NAME"
function Link:start()
  local bridge, inbounds = self._bridge, {}
  for _, carried in ipairs(self.carried) do
    local ok, why, code = carried:join()
    if not ok then
      return nil, why, code
    end
    inbounds[#inbounds + 1] = carried.inbound or nil
  end
  table.insert(self._tasks, bridge.spawn(self._writer.run, self._writer))
  self._renewal = bridge.spawn(self.leases.run, self.leases)
  table.insert(self._tasks, self._renewal)
  if #inbounds > 0 then
    run_reader(self, { connection = self.engine.reader, sources = inbounds,
      desk = bridge.settings.name })
  end
  if self._inbox then
    run_reader(self, { connection = self.engine.listener, sources = { self._inbox } })
  end
  return true
end

--- Its part of bridge:status().
function Link:status()
  local engine, channels = self.engine, {}
  for i, carried in ipairs(self.carried) do
    channels[i] = carried:status()
  end
  local problem
  for _, connection in ipairs { engine.writer, engine.reader, engine.listener } do
    problem = problem or connection.problem or nil
  end
  return {
    server = self.where, state = engine.writer.state, problem = problem,
    reconnects = engine.writer.reconnects + engine.reader.reconnects + engine.listener.reconnects,
    asked = self.asking and self.asking.asked, failed = self.asking and self.asking.failed,
    served = self.serving and self.serving.served, channels = channels,
  }
end

--- Takes and sends what was accepted, and gives back the leases.
-- @param seconds for sending
function Link:finish(seconds)
  for _, carried in ipairs(self.carried) do
    carried:leave()
  end
  if self.asking then
    self.asking:close()
  end
  for _, reader in ipairs(self._readers) do
    reader:stop(seconds)
  end
  if self._tasks[1] and not self._writer:drain(seconds) then
    self._bridge.report("LOST", "LOST: the bridge was closed before it had sent everything",
      self.where)
  end
  if self._renewal then
    self._renewal:cancel() -- it would take them again
  end
  if self.leases and self.engine.writer.state == "up" then
    self.leases:release()
  end
end

--- Ends its tasks and disconnects. Does not wait.
function Link:close()
  for _, task in ipairs(self._tasks) do
    task:cancel()
  end
  self.engine:close()
end

return Link
