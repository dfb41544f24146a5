-- SPDX-License-Identifier: MIT

--- What a later instance does: it hands its arguments over. For init.lua; jobs.lua has the other
-- side.
local Jobs = require "copydata.single_instance.jobs"
local core = require "copydata.core"
local errors = require "copydata.errors"
local loop = require "copydata.loop"
local task = require "copydata.task"

local Later = {}
Later.__index = Later

local PROBE = 0.05 -- seconds that the first one has to show that it looks for messages,
local SHORT = 0.01 -- and when time has run out
local PAUSE, LONGEST_PAUSE = 0.02, 0.1 -- seconds between looks for it, the first and the longest
local MARGIN = 1 -- second that the answer has to get here, if there is that much time
local SHARE = 4 -- otherwise one part in so many of it

--- Makes what hands arguments over to who serves a channel, until the moment `give_up` on the clock
-- of core.seconds, `seconds` from now.
function Later.new(endpoint, channel, arguments, directory, give_up, seconds)
  return setmetatable({
    peer = nil, -- the first instance's, as far as known
    _looked = {}, -- by peer: what it said when it last looked for messages: { why, code }
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

--- What an attempt fails with when there may be more luck in a moment: nobody has the arguments.
Later.NOT_NOW = {
  NO_PEER = true, REFUSED = true, GONE = true, ABSENT = true, HUNG = true, BUSY = true,
  [Jobs.NOT_READY] = true, [Jobs.LATE] = true,
}

-- What a request failed with, where the first one said why by our names.
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

-- Asks what the handler of what was offered returned; again and again while the first one looks for
-- no messages.
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

-- What ends every wait.
local ENDED = { INTERRUPTED = true, QUIT = true, CLOSED = true, ENDING = true, CANCELLED = true }

-- Offers the arguments to a peer that looks for messages, and asks.
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
    return false, nil, why, code -- it does not have them any more
  end
  return true, nil, why, code
end

-- Hands over to one peer. Nothing is sent to one that looks for no messages: that would hold up the
-- whole state.
-- @return as Later:hand_over
local function hand_over_to(self, peer)
  local patience = math.max(SHORT, math.min(PROBE, time_left(self)))
  if not self._endpoint._window:probe(peer.hwnd, patience) then
    local said = self._looked[peer] -- it is not hung if it has looked before
      or { "HUNG: it does not pump messages", "HUNG" }
    return false, nil, said[1], said[2]
  end
  local taken, answer, why, code = offer_to(self, peer)
  if not taken and Later.NOT_NOW[code] and code ~= "HUNG" then
    self._looked[peer] = { why, code }
  end
  return taken, answer, why, code
end

-- With these it is nobody who takes arguments.
local OTHERS = { REFUSED = true, GONE = true, ABSENT = true }

--- Hands over to whoever takes it, and waits for the answer.
-- @return whether it was taken
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
