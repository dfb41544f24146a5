-- SPDX-License-Identifier: MIT

--- A window of this process that other programs take for an endpoint on a channel. It writes down
-- what it gets, and never answers by itself.
local frames = require "support.frames"
local recorder = require "support.recorder"
local window = require "support.window"

--- @param name the channel's
-- @param[opt] verdict what it says of each frame; by default that it accepts it
-- @return a recorder
return function(name, verdict)
  local peer = recorder("copydata.endpoint", verdict or frames.ACCEPTED)
  window.set_property(peer:hwnd(), "copydata:" .. name, 1)
  return peer
end
