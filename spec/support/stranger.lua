-- SPDX-License-Identifier: MIT

--- A window of this process that other programs take for an endpoint on a channel. It records what
-- it gets, and answers no requests.
local frames = require "support.frames"
local recorder = require "support.recorder"
local window = require "support.window"

--- @param name the channel's
-- @param[opt] verdict its verdict on each frame; by default it accepts it
-- @return a recorder
return function(name, verdict)
  local peer = recorder("copydata.endpoint", verdict or frames.ACCEPTED)
  window.set_property(peer:hwnd(), "copydata:" .. name, 1)
  return peer
end
