-- SPDX-License-Identifier: MIT

--- Peers and messages as several commands print them with `--json`.
local json = require "copydata.cli.json"

local records = {}

local PEER = { "hwnd", "pid", "exe", "user", "sid", "integrity", "elevated", "channels" }
local IDENTITY = { "user", "sid", "integrity", "elevated" }

--- A peer.
-- @param peer
-- @param[opt] identity whether to include account and integrity, for which Windows must be asked
-- @param[opt] channels a list of names
function records.peer(peer, identity, channels)
  local fields = { hwnd = peer.hwnd, pid = peer.pid, exe = peer.exe, channels = channels }
  for _, name in ipairs(identity and IDENTITY or {}) do
    fields[name] = peer[name]
  end
  return json.ordered(fields, PEER)
end

--- A peer that joined or left.
-- @param event "joined" or "left"
-- @param time seconds since 1970
function records.presence(peer, event, time)
  return json.ordered({ event = event, time = json.time(time), peer = records.peer(peer, true) },
    { "event", "time", "peer" })
end

--- The failures that `send` returns.
function records.failures(failures)
  local list = {}
  for i, failure in ipairs(failures) do
    list[i] = json.ordered({
      peer = records.peer(failure.peer), code = failure.code, message = failure.message,
    }, { "peer", "code", "message" })
  end
  return list
end

--- A message.
function records.message(message)
  return json.ordered({
    channel = message.channel,
    data = json.value(message.data),
    sent = json.time(message.sent),
    received = json.time(message.received),
    retained = message.retained,
    origin = message.origin and json.value(message.origin),
    via = message.via and json.value(message.via),
    sender = records.peer(message.sender),
  }, { "channel", "data", "sent", "received", "retained", "origin", "via", "sender" })
end

return records
