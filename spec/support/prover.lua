-- SPDX-License-Identifier: MIT

--- A window of this thread that proves to endpoints that it is the sender, as other programs would.
local frames = require "support.frames"
local recorder = require "support.recorder"
local window = require "support.window"

local Prover = {}
Prover.__index = Prover

function Prover:hwnd()
  return self._window:hwnd()
end

--- Sends a frame to an endpoint, with proof if the endpoint requires it.
-- @param hwnd the endpoint's
-- @return the verdict
function Prover:send(hwnd, bytes)
  local function send()
    return window.copydata(hwnd, frames.MPK1, (self._proofs[hwnd] or "") .. bytes, self:hwnd(), 5)
  end
  local verdict = send()
  if verdict == frames.UNPROVEN then
    self._proofs[hwnd] = frames.prove(hwnd, bytes, self._window)
    verdict = send()
  end
  return verdict
end

function Prover:close()
  self._window:close()
end

Prover.__close = Prover.close

return function()
  return setmetatable({ _window = recorder("copydata.endpoint", 0), _proofs = {} }, Prover)
end
