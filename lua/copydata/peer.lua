-- SPDX-License-Identifier: MIT

--- A program's endpoint, as others see it. There is one object for each window of a process: peers
-- can be compared, and be keys of tables.
--
-- The last four fields are looked up when they are first read, which takes some calls of Windows.
-- They are nil where Windows does not tell, and once the window is gone: nobody can say any more
-- whose it was. Compare accounts by `sid`, for names change.
--
-- The window is what the sender of a message claims to have; all else is what Windows says of that
-- window. A program may claim the window of another one.
--
-- @classmod peer
local core = require "copydata.core"

--- What there is to read.
-- @table fields
-- @tfield integer hwnd its window handle; 0 for a sender that has no window
-- @tfield ?integer pid its process; nil when the window is gone
-- @tfield ?string exe the path of its program, in UTF-8; nil where Windows does not tell
-- @tfield ?string user the account it runs under, `DOMAIN\name`
-- @tfield ?string sid that account's SID, `S-1-…`
-- @tfield ?string integrity what Windows trusts it with: `"low"`, `"medium"`, `"high"`, `"system"`
-- @tfield ?boolean elevated whether it has an administrator's rights

local Peer = {}

local IDENTITY = { user = true, sid = true, integrity = true, elevated = true }

local known = setmetatable({}, { __mode = "v" }) -- by window and process

local mt = { __name = "copydata.peer" }

function mt:__index(name)
  local pid = rawget(self, "pid")
  if IDENTITY[name] and pid then
    -- What is nil stays absent and is asked for again.
    local user, sid, integrity, elevated = core.identify(self.hwnd, pid)
    rawset(self, "user", user)
    rawset(self, "sid", sid)
    rawset(self, "integrity", integrity)
    rawset(self, "elevated", elevated)
    return rawget(self, name)
  end
end

function mt.__newindex(_, name)
  error(("copydata.peer: field '%s' cannot be set"):format(tostring(name)), 2)
end

function mt:__tostring()
  return ("peer 0x%X (pid %s, %s)"):format(self.hwnd, self.pid or "unknown",
    self.exe or "program unknown")
end

-- The peer of what is known of it.
function Peer.new(hwnd, pid, exe)
  local key = (hwnd & 0xFFFFFFFF) << 32 | (pid or 0) -- of a handle, 32 bits count
  local peer = known[key]
  if not peer then
    peer = setmetatable({ hwnd = hwnd, pid = pid, exe = exe }, mt)
    known[key] = peer
  end
  return peer
end

-- The peer of a window, asking Windows who is behind it.
function Peer.of(hwnd)
  return Peer.new(core.describe(hwnd))
end

return Peer
