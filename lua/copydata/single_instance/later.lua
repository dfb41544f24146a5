-- SPDX-License-Identifier: MIT

--- What a later instance does: it hands over its arguments. For init.lua; jobs.lua has the other
-- side.
local Jobs = require "copydata.single_instance.jobs"
local core = require "copydata.core"
local errors = require "copydata.errors"
local loop = require "copydata.loop"
local task = require "copydata.task"

local Later = {}
Later.__index = Later

local PROBE = 0.05 -- seconds for the first instance to show that it pumps messages
local SHORT = 0.01 -- the same, when time has run out
local PAUSE, LONGEST_PAUSE = 0.02, 0.1 -- seconds between looks for it, the first and the longest
local MARGIN = 1 -- second for the answer to arrive, if there is that much time
local SHARE = 4 -- otherwise one part in so many of it

--- Makes an object that hands arguments to the peer serving a channel, until the time `give_up` on
-- the clock of core.seconds, `seconds` from now.
function Later.new(endpoint, channel, arguments, directory, give_up, seconds)
  return setmetatable({
    peer = nil, -- the first instance's, if known
    _looked = {}, -- by peer: its failure when it last pumped messages: { why, code }
    _endpoint = endpoint,
    _channel = channel,
    _give_up = give_up,
    _pause = PAUSE,
    _offer = {
      id = core.random(), deadline = give_up - math.min(MARGIN, seconds / SHARE),
      gives_up = give_up, arguments = arguments, directory = directory,
    },
  }, Later)
end

local function time_left(self)
  return math.max(0, self._give_up - core.seconds())
end

--- Whether there is time for another attempt.
function Later:has_time()
  return core.seconds() < self._give_up
end

--- Waits a little.
-- @return nothing, or what ended the wait: "NAME: message", "NAME"
function Later:pause()
  local pause = self._pause
  self._pause = math.min(2 * pause, LONGEST_PAUSE)
  return loop.sleep(math.min(pause, time_left(self)))
end

--- Failures of an attempt after which another may succeed: no instance has the arguments.
Later.NOT_NOW = {
  NO_PEER = true, REFUSED = true, GONE = true, ABSENT = true, HUNG = true, BUSY = true,
  [Jobs.NOT_READY] = true, [Jobs.LATE] = true,
}

-- The failure of a request; if the first instance gave one of our names as the reason, that name.
local function reason(code, details)
  local name = code == "REMOTE" and details.name
  return (name == Jobs.NOT_READY or name == Jobs.LATE) and name or code
end

-- Sends a request.
-- @return its answer, or nil, "NAME: message", "NAME"
local function request(self, peer, value)
  if not self._endpoint:is_open() then
    return errors.closed()
  end
  local data, why, code, details =
    self._endpoint:request(self._channel, value, { to = peer, timeout = time_left(self) })
  return data, why, reason(code, details)
end

-- Asks what the handler returned for the offer, again and again while the first instance does not
-- pump messages.
-- @return as request
local function ask(self, peer)
  local answer, why, code
  repeat
    answer, why, code = request(self, peer, { answer_to = self._offer.id })
    local again = (code == "HUNG" or code == "BUSY") and self:has_time()
    if again then
      local ended, ended_code = self:pause()
      if ended_code then
        return nil, ended, ended_code
      end
    end
  until not again
  return answer, why, code
end

-- Failures that end every wait.
local ENDED = { INTERRUPTED = true, QUIT = true, CLOSED = true, ENDING = true, CANCELLED = true }

-- Offers the arguments to a peer that pumps messages, and asks for the result.
-- @return as Later:hand_over
local function offer_to(self, peer)
  local offer = task.spawn(request, self, peer, self._offer)
  local answer, why, code = ask(self, peer)
  if ENDED[code] then
    return false, nil, why, code
  elseif code ~= "TIMEOUT" and not Later.NOT_NOW[code] then
    return true, answer, why, code -- the handler's
  end
  local taken, offer_why, offer_code = offer:wait(MARGIN) -- it is over by now, or about to be
  if taken ~= true then
    return false, nil, offer_why, offer_code or "MALFORMED"
  elseif code == "GONE" or code == "ABSENT" or code == Jobs.LATE then
    return false, nil, why, code -- it no longer has them
  end
  return true, nil, why, code
end

-- Hands over to one peer. Sends nothing to a peer that does not pump messages: waiting for it would
-- block the Lua state.
-- @return as Later:hand_over
local function hand_over_to(self, peer)
  local patience = math.max(SHORT, math.min(PROBE, time_left(self)))
  if not self._endpoint._window:probe(peer.hwnd, patience) then
    local said = self._looked[peer] -- not hung if it has pumped before
      or { "HUNG: it does not pump messages", "HUNG" }
    return false, nil, said[1], said[2]
  end
  local taken, answer, why, code = offer_to(self, peer)
  if not taken and Later.NOT_NOW[code] and code ~= "HUNG" then
    self._looked[peer] = { why, code }
  end
  return taken, answer, why, code
end

-- Failures of peers that do not take arguments.
local OTHERS = { REFUSED = true, GONE = true, ABSENT = true }

--- Hands over to the first peer that takes the arguments, and waits for the answer.
-- @return whether they were taken
-- @return the answer, or nil, "NAME: message", "NAME"
function Later:hand_over()
  local taken, answer, why, code = false, nil, "NO_PEER: no peer is on its channel", "NO_PEER"
  for _, peer in ipairs(self._endpoint:peers(self._channel)) do
    require("copydata.single").allow_foreground(peer.pid)
    taken, answer, why, code = hand_over_to(self, peer)
    self.peer = not OTHERS[code] and peer or self.peer
    if taken or not Later.NOT_NOW[code] then
      break
    end
  end
  return taken, answer, why, code
end

return Later
