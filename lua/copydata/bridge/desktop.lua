-- SPDX-License-Identifier: MIT

--- The bridges of one desktop meet on a channel, where each reports what it carries, and its
-- status. Two for the same channel and server would each carry what the other has delivered. For
-- init.lua and the command line.
--
-- If two start at the same time, the later one leaves. Each joins, then notes when it began, and
-- then asks: so at least one sees the other, and if both do, only one is the later one.
local Directory = require "copydata.outgoing.directory"
local core = require "copydata.core"
local entry = require "copydata.bridge.entry"

local desktop = {}

local CHANNEL = Directory.BRIDGES
local PATIENCE = 2 -- seconds for another bridge's answer

--- Asks the bridges of this desktop.
-- @param endpoint
-- @param question "status" or "carries"
-- @return as endpoint:request_all
function desktop.ask(endpoint, question)
  return endpoint:request_all(CHANNEL, question, { timeout = PATIENCE })
end

local Here = {}
Here.__index = Here

--- Joins that channel.
-- @param endpoint the bridge's, whose data is left encoded
-- @param settings `name`; `carries`, a set of words, one for each channel and server; `status()`
-- @return an object; or nil, "NAME: message", "NAME"
function desktop.join(endpoint, settings)
  local channel, why, code = endpoint:channel(CHANNEL)
  if not channel then
    return nil, why, code
  end
  local here = setmetatable({ channel = channel, began = math.huge, _settings = settings }, Here)
  channel:serve(function(bytes)
    local _, question = entry.decode(bytes, 1)
    if question == "status" then
      return settings.status()
    elseif question == "carries" then
      return { name = settings.name, began = here.began, carries = settings.carries }
    end
    return nil, "a bridge is asked for its status, or what it carries", "UNKNOWN"
  end)
  return here
end

--- Checks that no other bridge carries the same.
-- @return true; or nil, "SECOND_BRIDGE: message", "SECOND_BRIDGE", or CLOSED and the like
function Here:check()
  self.began = core.seconds()
  local answers, why, code = desktop.ask(self.channel._endpoint, "carries")
  if not answers then
    return nil, why, code
  end
  local own = self.channel._endpoint:hwnd()
  for _, answer in ipairs(answers) do
    local _, other = entry.decode(answer.data, 1)
    other = type(other) == "table" and other or {}
    local began = math.type(other.began) and other.began or math.huge
    local is_first = began < self.began or began == self.began and answer.peer.hwnd < own
    for word in pairs(is_first and type(other.carries) == "table" and other.carries or {}) do
      if self._settings.carries[word] then
        return nil, ("SECOND_BRIDGE: %s (process %d) carries %s on this desktop already"):format(
          tostring(other.name), answer.peer.pid, self._settings.carries[word]), "SECOND_BRIDGE"
      end
    end
  end
  return true
end

return desktop
