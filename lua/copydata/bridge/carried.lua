-- SPDX-License-Identifier: MIT

--- One channel that a bridge carries: what happens on this desktop. For link.lua.
local Inbound = require "copydata.bridge.inbound"
local Outbound = require "copydata.bridge.outbound"
local Peer = require "copydata.peer"
local Retained = require "copydata.bridge.retained"
local contains = require "copydata.contains"
local core = require "copydata.core"
local entry = require "copydata.bridge.entry"
local locals = require "copydata.bridge.locals"

local Carried = {}
Carried.__index = Carried

local REQUEST = 60 -- seconds that a request may take
local TAKING = 0.01 -- seconds without a message after which there is none left
local SENDERS_MOST = 1000 -- programs whose extras are remembered
local DELIVERY = 10 -- seconds for which a program here may be busy

-- Reports what happens on the channel.
local function report(self, name, message)
  self._bridge.report(name, ("%s: channel %q: %s"):format(name, self.name, message),
    self._link.where)
end

--- Makes it.
-- @param bridge as for Link.new
-- @param link its link
-- @param channel of the settings
function Carried.new(bridge, link, channel)
  local engine, settings = link.engine, bridge.settings
  local self = setmetatable({
    name = channel.name,
    remote = channel.remote,
    requests = channel.requests,
    stream = engine:stream(channel.remote),
    peers = 0, -- programs on the channel here
    told = false, -- whether we say that one of them may serve it
    outbound = false,
    inbound = false,
    undelivered = 0, -- deliveries to programs here that failed
    refused = 0, -- messages that cannot cross
    looped = 0, -- that had crossed this bridge
    _bridge = bridge,
    _link = link,
    _channel = false,
    _listener = false, -- the task that takes messages
    _taking = false, -- it has one in hand
    _desks = {}, -- other desks that serve it
    _retained = Retained.new {
      name = channel.name, origin = bridge.origin, desks = link.desks,
      endpoint = bridge.endpoint, spawn = bridge.spawn, timeout = DELIVERY,
    },
    _preferred = false, -- the one that answered last
    _senders = {}, -- by window: { pid =, bytes = }, the extras of programs here
    _senders_count = 0,
  }, Carried)
  local way = channel.way
  if way == "both" or way == "out" then
    self.outbound = link:outbound(function(waiting)
      for _, kept in ipairs(waiting.kept) do
        local ok, why, code = engine:keep(channel.remote, kept[1], kept[2])
        if not ok then
          return nil, why, code
        end
      end
      return engine:append(self.stream, bridge.origin, waiting.n, waiting.bytes)
    end)
  end
  if way == "both" or way == "in" then
    self.inbound = Inbound.new {
      stream = self.stream, position = false, desk = settings.name, channel = channel.name,
      message_most = settings.max_message, frame_most = bridge.endpoint._outgoing.sender.max_frame,
      deliver = function(...) self:deliver(...) end,
      note = function(...) return self._retained:note(...) end,
      report = function(name, message) report(self, name, message) end,
    }
  end
  return self
end

-- From here to there -----------------------------------------------------------------------------

-- The extras of every message of a program here, encoded once for each program.
local function extras_of_program(self, hwnd, pid, exe)
  local known = self._senders[hwnd]
  if known and known.pid == pid then
    return known.bytes
  end
  if self._senders_count >= SENDERS_MOST then
    self._senders, self._senders_count = {}, 0
  end
  local desk = self._bridge.settings.name
  local bytes = entry.encode_extras {
    origin = { desktop = desk, exe = exe, user = Peer.new(hwnd, pid, exe).user }, via = { desk },
  }
  self._senders[hwnd] = { pid = pid, bytes = bytes }
  self._senders_count = self._senders_count + (known and 0 or 1)
  return bytes
end

-- The origin of a message and the bridges that it has crossed, this one included.
-- @return a table; nil if it has crossed this bridge before, or too many
local function path_of(self, message)
  local desk = self._bridge.settings.name
  local extras = entry.extras { origin = message.origin, via = message.via }
  if not extras or contains(extras.via, desk) then
    return nil
  end
  extras.via[#extras.via + 1] = desk
  local sender = message.sender
  extras.origin = extras.origin or { desktop = desk, exe = sender.exe, user = sender.user }
  return extras
end

-- Adds messages of a program here.
-- @param contents of so many messages
-- @param[opt] keeper of the value that the message retains
local function add(self, contents, count, extras, keeper)
  local removed
  contents, removed = entry.without_references(contents)
  if removed > 0 then
    self.refused = self.refused + removed
    report(self, "REFUSED", entry.REFUSED)
  end
  if contents ~= "" then
    self.outbound:add(contents, count - removed, extras, nil,
      keeper and { keeper, extras .. contents })
  end
end

-- Says to other desks that a program here no longer keeps its value.
local function withdraw(self, hwnd)
  local keeper = self._retained:left(hwnd)
  if keeper then
    local extras = entry.encode_extras { keeper = keeper, gone = true }
    self.outbound:add(entry.NOTHING, 1, extras, nil, { keeper })
  end
end

-- Takes a message that has extras of its own.
local function take_special(self, message)
  local own, hwnd = message._extras, message.sender.hwnd
  if own.withdrawn then
    withdraw(self, hwnd)
    return
  end
  local extras = path_of(self, message)
  if not extras then
    self.looped = self.looped + 1
    return
  end
  if own.retained ~= nil and hwnd ~= 0 then
    extras.retained, extras.keeper = own.retained, self._retained:keeper_of(hwnd)
  end
  add(self, entry.content(message.data, message.sent), 1, entry.encode_extras(extras),
    extras.keeper)
end

-- Takes a message, and those that wait behind it, as far as they are the same program's.
local function take(self, message)
  if message._extras then
    take_special(self, message)
  else
    local sender = message.sender
    add(self, entry.content(message.data, message.sent), 1,
      extras_of_program(self, sender.hwnd, sender.pid, sender.exe))
  end
  local channel = self._channel
  local window = channel and self._bridge.endpoint._window
  local count, contents, hwnd, pid, exe
  if window and window:is_open() then
    count, contents, hwnd, pid, exe =
      window:take_run(channel._id, Outbound.ENTRY_MESSAGES, Outbound.ENTRY_BYTES // 2)
  end
  if count then
    add(self, contents, count, extras_of_program(self, hwnd, pid, exe))
  end
end

-- The task that takes what programs here say.
local function listen(self, channel)
  while true do
    local message = channel:receive()
    if not message then
      return
    end
    self._taking = true
    take(self, message)
    self._taking = false
  end
end

-- From there to here -----------------------------------------------------------------------------

--- Takes the values that the engine keeps for newcomers.
-- @return true; or nil, "NAME: message", "NAME"
function Carried:load()
  local engine = self._link.engine
  local kept, why, code = engine:kept(self.remote)
  if not kept then
    return nil, why, code
  end
  if self.outbound then
    for _, keeper in ipairs(self._retained:stale(kept)) do
      engine:keep(self.remote, keeper, nil)
    end
  end
  self._retained:load(kept, self._bridge.settings.max_message + entry.EXTRAS_ROOM)
  return true
end

-- A program has joined or left the channel here.
local function note_peer(self, peer, event)
  self.peers = self.peers + (event == "joined" and 1 or -1)
  if event == "joined" then
    self._retained:tell(peer)
  elseif self.outbound then
    withdraw(self, peer.hwnd)
  end
end

--- Sends messages to the programs here.
-- @param frame a buffer with `size` bytes, and `count` messages
function Carried:deliver(frame, size, count)
  local sender = self._bridge.endpoint._outgoing.sender
  local _, failures = sender:broadcast(self.name, frame, size,
    { deadline = core.seconds() + DELIVERY })
  for _, failure in ipairs(failures) do
    if failure.code ~= "GONE" and failure.code ~= "ABSENT" then -- it has left
      self.undelivered = self.undelivered + count
    end
  end
end

-- Requests ---------------------------------------------------------------------------------------

-- Other desks that serve it, the one that answered last first.
local function desks_of(self)
  local desks = {}
  for _, desk in ipairs(self._desks) do
    table.insert(desks, desk == self._preferred and 1 or #desks + 1, desk)
  end
  return desks
end

-- Answers a request of a program here: asks the other programs here, unless the sender has chosen
-- whom to ask, and then other desks.
local function serve(self, body, message)
  local extras = path_of(self, message)
  if not extras then
    return nil, "the request has crossed this bridge before, or too many", "REFUSED"
  elseif entry.refers(body) then
    return nil, entry.REFUSED, "REFUSED"
  end
  local request = {
    name = self.name, remote = self.remote, body = body, extras = extras,
    deadline = core.seconds() + REQUEST, except = message.sender.hwnd,
  }
  local outcome = message._extras and message._extras.direct and { passed = "" }
    or locals.ask(self._bridge.endpoint, request)
  if outcome.passed then
    local desk
    outcome, desk = self._link.asking:ask(request, desks_of(self))
    self._preferred = desk or self._preferred
  end
  if outcome.problem then
    return nil, outcome.problem
  end
  return core.packed(outcome.result)
end

--- Notes which other desks serve it. While none does, requests are refused here at once, as by
-- programs that do not serve.
function Carried:served_by(desks)
  local before = #self._desks > 0
  self._desks = desks
  if self._channel and before ~= (#desks > 0) then
    self._channel:serve(#desks > 0 and function(...)
      return serve(self, ...)
    end or nil)
  end
end

-- Life -------------------------------------------------------------------------------------------

--- Joins the channel here.
-- @return true; or nil, "NAME: message", "NAME"
function Carried:join()
  local channel, why, code = self._bridge.endpoint:channel(self.name,
    { listen = self.outbound ~= false or self.requests })
  if not channel then
    return nil, why, code
  end
  self._channel = channel
  if self.outbound then
    self._listener = self._bridge.spawn(listen, self, channel)
  elseif self.requests then
    channel:on(function() end)
  end
  channel:on_peers(function(...)
    note_peer(self, ...)
  end)
  return true
end

local function refuse()
  return false
end

--- Leaves it, after taking what has been accepted.
function Carried:leave()
  local channel = self._channel
  if not channel then
    return
  end
  if self.outbound then
    channel:guard(refuse)
    while self._taking and self._bridge.waits.sleep(0) do end
    self._listener:cancel()
    local message
    repeat
      message = channel:receive(TAKING)
      if message then
        take(self, message)
      end
    until not message
  end
  self._channel = false
  channel:close()
end

--- Its part of bridge:status().
function Carried:status()
  local status = {
    name = self.name, remote = self.remote, requests = self.requests or nil,
    undelivered = self.undelivered, refused = self.refused, looped = self.looped,
  }
  local out, inbound = self.outbound, self.inbound
  if out then
    status.sent, status.sent_bytes, status.sent_entries = out.messages, out.bytes, out.entries
    status.waiting, status.waiting_bytes = out.waiting, out.waiting_bytes
  end
  if inbound then
    status.received, status.received_bytes = inbound.messages, inbound.bytes
    status.position, status.lag = inbound.position.id, inbound.lag
    status.gaps, status.missing = inbound.gaps, inbound.missing
    status.duplicates, status.bad = inbound.duplicates, inbound.bad
    status.too_large = inbound.too_large
    status.looped = status.looped + inbound.looped
  end
  return status
end

return Carried
