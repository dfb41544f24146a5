-- SPDX-License-Identifier: MIT

--- Requests of this desktop's programs to other desks. The answers arrive in our inbox. For
-- link.lua.
--
-- A request under way is `{ id =, desk =, boot =, event =, outcome = }`.
local core = require "copydata.core"
local entry = require "copydata.bridge.entry"
local locals = require "copydata.bridge.locals"

local Asking = {}
Asking.__index = Asking

local MOST = 1000 -- requests under way

--- Makes it.
-- @param settings `engine`; `desks`; `boot`, ours; `message_most`; `waits`;
-- `outbound(desk)`, the outbound to its inbox
function Asking.new(settings)
  return setmetatable({
    asked = 0, -- requests that went to another desk
    failed = 0, -- those without an answer
    _engine = settings.engine,
    _desks = settings.desks,
    _boot = settings.boot,
    _message_most = settings.message_most,
    _outbound = settings.outbound,
    _waits = settings.waits,
    _count = 0, -- under way
    _under_way = {}, -- by id
    _number = core.random() & 0xFFFFFFFFFFFF,
  }, Asking)
end

-- Forgets a request when it is over, or its task is cancelled.
local UnderWay = {}

function UnderWay:__close()
  self.asking._under_way[self.id] = nil
  self.asking._count = self.asking._count - 1
end

local function begin(self, desk, boot)
  self._number = self._number + 1 + (core.random() & 0xFF)
  local id = ("%s.%x"):format(self._boot, self._number)
  local under_way = setmetatable({
    asking = self, id = id, desk = desk, boot = boot, event = self._waits.event(), outcome = false,
  }, UnderWay)
  self._under_way[id], self._count = under_way, self._count + 1
  return under_way
end

-- Asks one desk. The request names the bridge that it is for: a later one ignores it.
-- @return an outcome
local function ask(self, desk, request)
  local boot, why, code = self._desks:boot_of(desk)
  if not boot then
    return locals.failure(code, why)
  elseif boot == "" then
    return { passed = ("the bridge %s is gone"):format(desk) }
  end
  local left = request.deadline - core.seconds()
  local under_way <close> = begin(self, desk, boot)
  local bytes = entry.request(under_way.id, request.remote, request.body, request.extras,
    math.max(0, left), boot)
  if #bytes > self._message_most + entry.EXTRAS_ROOM then
    return locals.failure("TOO_LARGE", "the request is over the bridge's limit")
  elseif not self._outbound(desk):add(bytes, 1, nil, request.deadline) then
    return locals.failure("CLOSED", "the bridge was closed")
  end
  self.asked = self.asked + 1
  under_way.event:wait(math.max(0, request.deadline - core.seconds()))
  local outcome = under_way.outcome or locals.failure("TIMEOUT", "no answer in time")
  self.failed = self.failed + (under_way.outcome and 0 or 1)
  return outcome
end

--- Asks one desk after another until a program there accepts the request.
-- @param request as for locals.ask, with `remote`, the channel's name there
-- @param desks a list of those that serve the channel
-- @return an outcome; and the desk that accepted the request, or nil
function Asking:ask(request, desks)
  if self._count >= MOST then
    return locals.failure("BUSY", ("%d requests are under way already"):format(MOST))
  elseif self._engine.writer.state ~= "up" then
    return locals.failure("UNREACHABLE", "the bridge has no connection")
  end
  local passed, code = "no desk takes requests on this channel", nil
  for _, desk in ipairs(desks) do
    if core.seconds() >= request.deadline then
      return locals.failure("TIMEOUT", "no answer in time")
    end
    local outcome = ask(self, desk, request)
    if not outcome.passed then
      return outcome, desk
    end
    passed, code = outcome.passed, code or outcome.code
  end
  return locals.failure(code or "NO_PEER", passed)
end

--- An answer has arrived.
-- @param origin of the entry
-- @param value `[1, id, error, result]`
function Asking:answer(origin, value)
  local under_way = self._under_way[value[2]]
  if not under_way or under_way.outcome or origin:match "^[^:]*" ~= under_way.desk then
    return false -- too late, or not for us
  end
  local problem = entry.present(value[3])
  local result = value[4]
  if problem == nil and type(result) == "string" and core.packed(result) then
    under_way.outcome = { result = result }
  elseif problem == nil then
    under_way.outcome = locals.failure("MALFORMED", "the other bridge's answer cannot be read")
  elseif type(problem) ~= "table" then
    under_way.outcome = { problem = { message = tostring(problem) } }
  elseif type(problem.passed) == "string" then
    under_way.outcome = {
      passed = problem.passed, code = problem.code == "BUSY" and "BUSY" or nil,
    }
  else
    under_way.outcome = { problem = problem }
  end
  under_way.event:set(true)
  return true
end

--- Ends requests to bridges that are gone.
function Asking:look()
  local holders = {}
  for _, under_way in pairs(self._under_way) do
    holders[under_way.desk] = false
  end
  for desk in pairs(holders) do
    holders[desk] = self._desks:boot_of(desk, true) or false
  end
  for _, under_way in pairs(self._under_way) do
    local holder = holders[under_way.desk]
    if holder and holder ~= under_way.boot and not under_way.outcome then
      under_way.outcome = locals.failure("GONE",
        ("the bridge %s went before it answered"):format(under_way.desk))
      under_way.event:set(true)
    end
  end
end

--- Ends all requests with CLOSED.
function Asking:close()
  for _, under_way in pairs(self._under_way) do
    under_way.outcome = under_way.outcome or locals.failure("CLOSED", "the bridge was closed")
    under_way.event:set(true)
  end
end

return Asking
