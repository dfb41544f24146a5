-- SPDX-License-Identifier: MIT

--- One channel that a bridge carries: what happens on this desktop. For link.lua.
local Inbound = require "copydata.bridge.inbound"
local Retained = require "copydata.bridge.retained"
local core = require "copydata.core"
local entry = require "copydata.bridge.entry"
local locals = require "copydata.bridge.locals"

local Carried = {}
Carried.__index = Carried

local REQUEST = 60 -- seconds that a request may take
local TAKING = 0.01 -- seconds without a message after which there is none left
local SENDERS_MOST = 1000 -- programs whose extras are remembered
local NEWCOMER = 10 -- seconds that somebody who joins may be busy

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
    told = false, -- whether we say that somebody serves it here
    outbound = false,
    inbound = false,
    undelivered = 0, -- deliveries to programs here that failed
    refused = 0, -- messages that cannot cross
    looped = 0, -- that had crossed this bridge
    _bridge = bridge,
    _link = link,
    _channel = false,
    _desks = {}, -- others that serve it
    _retained = Retained.new {
      name = channel.name, origin = bridge.origin, desks = link.desks,
      endpoint = bridge.endpoint, spawn = bridge.spawn, timeout = NEWCOMER,
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
      stream = self.stream, position = false, desk = settings.name,
      message_most = settings.max_message,
      deliver = function(...) self:deliver(...) end,
      report = function(name, message)
        bridge.report(name, ("%s: channel %q: %s"):format(name, self.name, message), link.where)
      end,
    }
  end
  return self
end

-- From here to there -----------------------------------------------------------------------------

-- What travels beside every message of a program here, encoded, once for each.
local function extras_of_peer(self, peer)
  local known = self._senders[peer.hwnd]
  if known and known.pid == peer.pid then
    return known.bytes
  end
  if self._senders_count >= SENDERS_MOST then
    self._senders, self._senders_count = {}, 0
  end
  local desk = self._bridge.settings.name
  local bytes = entry.encode_extras {
    origin = { desktop = desk, exe = peer.exe, user = peer.user }, via = { desk },
  }
  self._senders[peer.hwnd] = { pid = peer.pid, bytes = bytes }
  self._senders_count = self._senders_count + (known and 0 or 1)
  return bytes
end

-- What travels beside a message that another bridge has brought, or of which something is said.
-- @return a table; nil when the message has been here
local function extras_of(self, message)
  local desk = self._bridge.settings.name
  local extras = entry.extras { origin = message.origin, via = message.via } or { via = {} }
  for _, name in ipairs(extras.via) do
    if name == desk then
      return nil
    end
  end
  extras.via[#extras.via + 1] = desk
  local sender = message.sender
  extras.origin = extras.origin or { desktop = desk, exe = sender.exe, user = sender.user }
  if message._retains ~= nil and sender.hwnd ~= 0 then
    extras.retained, extras.keeper = message._retains, self._retained:keeper_of(sender.hwnd)
  end
  return extras
end

-- Encodes what travels beside a message.
-- @return bytes, and its keeper when it is retained; nil when it has been here
local function encode_extras(self, message)
  if not (message.origin or message.via) and message._retains == nil then
    return extras_of_peer(self, message.sender)
  end
  local extras = extras_of(self, message)
  if extras then
    return entry.encode_extras(extras), extras.keeper
  end
end

-- Takes a message of a program here.
local function take(self, data, message)
  local extras, keeper = encode_extras(self, message)
  if not extras then
    self.looped = self.looped + 1
    return
  end
  local bytes, why = entry.notification(data, message.sent)
  if bytes then
    self.outbound:add(bytes, extras, nil, keeper and { keeper, bytes .. extras })
  else
    self.refused = self.refused + 1
    self._bridge.report("REFUSED", ("REFUSED: channel %q: %s"):format(self.name, why),
      self._link.where)
  end
end

-- From there to here -----------------------------------------------------------------------------

--- Takes what the engine keeps of what is retained.
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

-- Somebody has joined or left the channel here.
local function note_peer(self, peer, event)
  if event == "joined" then
    self._retained:tell(peer)
    return
  end
  local keeper = self._retained:left(peer.hwnd)
  if keeper then
    self.outbound:add(entry.notification(nil, nil),
      entry.encode_extras { keeper = keeper, gone = true }, nil, { keeper })
  end
end

--- Hands a message to the programs here.
-- @param origin of the entry, and `size` of the message
function Carried:deliver(body, extras, origin, size)
  if extras.keeper and not self._retained:note(origin, body, extras, size) or extras.gone then
    return
  end
  local posted, why = self._bridge.endpoint._outgoing:post(self.name, body, extras.out)
  if not posted then
    self.undelivered = self.undelivered + 1
    self._bridge.report("TOO_LARGE", why, self._link.where)
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

-- Answers a request of a program here.
local function serve(self, body, message)
  local extras = extras_of(self, message)
  if not extras then
    return nil, "the request has crossed this bridge before", "REFUSED"
  end
  local request = {
    name = self.name, remote = self.remote, body = body, sent = message.sent, extras = extras,
    deadline = core.seconds() + REQUEST, except = message.sender.hwnd,
  }
  local outcome = locals.ask(self._bridge.endpoint, request)
  if outcome.passed then
    local desk
    outcome, desk = self._link.asking:ask(request, desks_of(self))
    self._preferred = desk or self._preferred
  end
  if outcome.problem then
    return nil, outcome.problem
  end
  return outcome.result
end

--- Notes which other desks serve it. While none does, requests are refused here at once, as by
-- everybody who does not serve.
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
    channel:on(function(data, message)
      take(self, data, message)
    end)
  elseif self.requests then
    channel:on(function() end)
  end
  if self.outbound or self.inbound then
    channel:on_peers(function(...)
      note_peer(self, ...)
    end)
  end
  return true
end

local function refuse()
  return false
end

--- Leaves it. What has been accepted is taken before.
function Carried:leave()
  local channel = self._channel
  self._channel = false
  if not channel then
    return
  end
  if self.outbound then
    channel:guard(refuse)
    while channel._busy and self._bridge.waits.sleep(0) do end -- the last message is being added
    channel:on(nil)
    repeat
      local message = channel:receive(TAKING)
      if message then
        take(self, message.data, message)
      end
    until not message
  end
  channel:close()
end

--- How it is: see bridge:status().
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
