-- SPDX-License-Identifier: MIT

--- Another program's endpoint. Each window of a process has one object, so peers can be compared
-- and used as table keys. A proven sender and one that merely claims the same window are two
-- different peers.
--
-- The last four fields are looked up on first use, with several calls of Windows. They are nil if
-- Windows does not say, and once the window is gone, because its owner can then no longer be
-- determined. Compare accounts by `sid`: names can change.
--
-- A message's sender claims its window; everything else is what Windows reports about that window.
-- A program may claim another program's window, unless it must prove that the window is its own:
-- with a guard, and with `allow_lower_integrity`. See `endpoint:guard`.
--
-- @classmod peer
local core = require "copydata.core"

--- The fields of a peer.
-- @table fields
-- @tfield integer hwnd its window handle; 0 for a sender without a window
-- @tfield ?integer pid its process; nil if the window is gone
-- @tfield ?string exe the path of its program, in UTF-8; nil if Windows does not say
-- @tfield boolean proven true: the program behind that window did send the message or, for a peer
-- not taken from a message, has proven itself before. False: the sender merely claims the window,
-- since it did not have to prove anything, or cannot because it has no window or is a 32-bit
-- program
-- @tfield ?string user the account it runs under, `DOMAIN\name`
-- @tfield ?string sid that account's SID, `S-1-…`
-- @tfield ?string integrity its integrity level in Windows: `"low"`, `"medium"`, `"high"`,
-- `"system"`
-- @tfield ?boolean elevated whether it has administrator rights

local Peer = {}

local IDENTITY = { user = true, sid = true, integrity = true, elevated = true }

-- Both are keyed by window and process.
local known = setmetatable({}, { __mode = "v" })
local proven = {} -- kept as long as their windows exist: they stay proven
local proven_count, proven_most = 0, 64 -- the count at which sweep runs

local mt = { __name = "copydata.peer" }

function mt:__index(name)
  local pid = rawget(self, "pid")
  if IDENTITY[name] and pid then
    -- A nil field stays absent, and is looked up again.
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

local function make(hwnd, pid, exe, is_proven)
  return setmetatable({ hwnd = hwnd, pid = pid, exe = exe, proven = is_proven }, mt)
end

-- Drops proven peers whose windows are gone.
local function sweep()
  local left = 0
  for key, peer in pairs(proven) do
    if core.pid(peer.hwnd) == peer.pid then
      left = left + 1
    else
      proven[key] = nil
    end
  end
  proven_count, proven_most = left, math.max(64, 2 * left)
end

local function key_of(hwnd, pid)
  return (hwnd & 0xFFFFFFFF) << 32 | (pid or 0) -- a handle has 32 significant bits
end

-- The peer with these properties.
-- @param is_proven whether it has proven them
function Peer.new(hwnd, pid, exe, is_proven)
  local key = key_of(hwnd, pid)
  local peers = is_proven and proven or known
  local peer = peers[key]
  if not peer then
    peer = make(hwnd, pid, exe, is_proven or false)
    peers[key] = peer
    if is_proven then
      proven_count = proven_count + 1
      if proven_count > proven_most then
        sweep()
      end
    end
  end
  return peer
end

-- The peer of a window, as Windows describes it.
function Peer.of(hwnd)
  local _, pid, exe = core.describe(hwnd)
  return proven[key_of(hwnd, pid)] or Peer.new(hwnd, pid, exe, false)
end

return Peer
