-- SPDX-License-Identifier: MIT

--- Requests of other desks to programs of this desktop. For link.lua.
local contains = require "copydata.contains"
local core = require "copydata.core"
local entry = require "copydata.bridge.entry"
local locals = require "copydata.bridge.locals"

local Serving = {}
Serving.__index = Serving

local MOST = 1000 -- requests under way
local LONGEST = 3600 -- seconds
local ID_MOST = 64 -- bytes

--- Makes it.
-- @param settings `endpoint`; `engine`; `desk` and `boot`, ours; `message_most`; `spawn`;
-- `outbound(desk)`; `find(remote)`: the name here of a channel whose requests are carried, or nil
function Serving.new(settings)
  return setmetatable({
    served = 0, -- requests that a program here accepted
    refused = 0, -- that none accepted
    _endpoint = settings.endpoint,
    _engine = settings.engine,
    _desk = settings.desk,
    _boot = settings.boot,
    _message_most = settings.message_most,
    _spawn = settings.spawn,
    _outbound = settings.outbound,
    _find = settings.find,
    _count = 0, -- under way
  }, Serving)
end

-- Sends an answer.
local function respond(self, desk, id, outcome, deadline)
  local problem = outcome.problem
    or outcome.passed and { passed = outcome.passed, code = outcome.code } or nil
  local bytes = entry.response(id, problem, outcome.result)
  local why = #bytes > self._message_most + entry.EXTRAS_ROOM and "it is over the bridge's limit"
    or outcome.result and entry.refers(outcome.result) and entry.REFUSED
  if why then
    bytes = entry.response(id, { message = "the answer cannot be sent: " .. why })
  end
  self._outbound(desk):add(bytes, 1, nil, deadline)
end

local Count = {}

function Count:__close()
  self.serving._count = self.serving._count - 1
end

local function serve(self, desk, id, name, body, extras, deadline)
  local count <close> = setmetatable({ serving = self }, Count)
  local outcome = locals.ask(self._endpoint, {
    name = name, body = body, extras = extras, deadline = deadline,
  })
  count.serving[outcome.passed and "refused" or "served"] =
    count.serving[outcome.passed and "refused" or "served"] + 1
  respond(self, desk, id, outcome, deadline)
end

-- @return the parts of a request; nil: the value is none
local function parts_of(value)
  local id, remote, body, seconds = value[2], value[3], value[4], value[6]
  local extras = entry.extras(value[5])
  if type(id) == "string" and #id <= ID_MOST and type(remote) == "string"
      and type(body) == "string" and core.packed(body) and extras
      and math.type(seconds) and seconds >= 0 then
    return id, remote, body, extras, math.min(seconds, LONGEST)
  end
end

--- A request has arrived.
-- @param origin of the entry
-- @param value `[0, id, channel, body, extras, seconds, boot]`
-- @param age seconds since it was sent
-- @return whether it is one
function Serving:take(origin, value, age)
  local id, remote, body, extras, seconds = parts_of(value)
  if not id then
    return false
  end
  local desk, deadline = origin:match "^[^:]*", core.seconds() + seconds - age
  local name = self._find(remote)
  if deadline <= core.seconds() or value[7] ~= self._boot then
    return true -- the other bridge has given up, or has noticed that our predecessor is gone
  elseif not name then
    respond(self, desk, id, { passed = "the channel's requests are not carried there" }, deadline)
  elseif contains(extras.via, self._desk) then
    respond(self, desk, id, { passed = "the request has been here" }, deadline)
  elseif self._count >= MOST then
    respond(self, desk, id,
      { passed = ("%d requests are under way there"):format(MOST), code = "BUSY" }, deadline)
  else
    extras.via[#extras.via + 1] = self._desk
    self._count = self._count + 1
    self._spawn(serve, self, desk, id, name, body, extras, deadline)
  end
  return true
end

return Serving
