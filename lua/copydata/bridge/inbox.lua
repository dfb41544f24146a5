-- SPDX-License-Identifier: MIT

--- Requests of other desks, and answers to ours. A source of reader.lua.
local Adapter = require "copydata.bridge.adapter"
local entry = require "copydata.bridge.entry"

local Inbox = {}
Inbox.__index = Inbox

local REQUEST, RESPONSE = 0, 1

--- Makes it.
-- @param settings `stream`; `position`; `engine`; `asking`; `serving`
function Inbox.new(settings)
  return setmetatable({
    stream = settings.stream,
    position = settings.position,
    saved = true, -- never kept: requests that arrive while no bridge is here are lost
    lag = 0,
    bad = 0, -- entries and values that do not have our format
    _engine = settings.engine,
    _asking = settings.asking,
    _serving = settings.serving,
  }, Inbox)
end

local function take(self, item, value)
  if type(value) ~= "table" then
    return false
  elseif value[1] == REQUEST then
    return self._serving:take(item.origin, value, self._engine:age(item.id))
  elseif value[1] == RESPONSE and type(value[2]) == "string" then
    self._asking:answer(item.origin, value)
    return true
  end
  return false
end

--- Takes an entry; as Inbound:take.
function Inbox:take(item, ms)
  if item.bytes == Adapter.LATER then
    return false
  end
  self.position.id = item.id
  if not (item.origin and item.n and item.bytes) or item.bytes == Adapter.TOO_LARGE then
    self.bad = self.bad + 1
    return true
  end
  local _, had = self.position:look(item.origin, item.n)
  local number, at = item.n - 1, 1
  while at and at <= #item.bytes do
    local ok, value, after = entry.decode(item.bytes, at)
    number, at = number + 1, ok and after or nil
    if number > had and not (ok and take(self, item, value)) then
      self.bad = self.bad + 1
    end
  end
  self.position:note(item.origin, number, ms)
  return true
end

return Inbox
