-- SPDX-License-Identifier: MIT

--- A program's endpoint, as others see it.
--
-- Fields: `hwnd`, its window handle (integer; 0 for a sender that has no window); `pid`, its
-- process (integer, nil when the window is gone); `exe`, the path of its program (UTF-8, nil
-- where Windows does not tell).
local core = require "copydata.core"

local Peer = {}

local mt = { __name = "copydata.peer" }

function mt:__tostring()
  return ("peer 0x%X (pid %s, %s)"):format(self.hwnd, self.pid or "unknown",
    self.exe or "program unknown")
end

--- Makes a peer of what is known of it.
function Peer.new(hwnd, pid, exe)
  return setmetatable({ hwnd = hwnd, pid = pid, exe = exe }, mt)
end

--- Makes a peer of a window, asking Windows who is behind it.
function Peer.of(hwnd)
  return Peer.new(core.describe(hwnd))
end

return Peer
