-- SPDX-License-Identifier: MIT

--- A program's endpoint, as others see it. There is one object for each window of a process: peers
-- can be compared, and be keys of tables. What is proven to come from a window and what merely
-- claims to has a peer of its own each.
--
-- The last four fields are looked up when they are first read, which takes some calls of Windows.
-- They are nil where Windows does not tell, and once the window is gone: nobody can say any more
-- whose it was. Compare accounts by `sid`, for names change.
--
-- The window is what the sender of a message claims to have; all else is what Windows says of that
-- window. A program may claim the window of another one, unless it has to prove that it is its own:
-- wherever a guard is set, and with `allow_lower_integrity`. See `endpoint:guard`.
--
-- @classmod peer
local core = require "copydata.core"

--- What there is to read.
-- @table fields
-- @tfield integer hwnd its window handle; 0 for a sender that has no window
-- @tfield ?integer pid its process; nil when the window is gone
-- @tfield ?string exe the path of its program, in UTF-8; nil where Windows does not tell
-- @tfield boolean proven true: the program behind that window did send this, or, of a peer that no
-- message came with, has proven itself before. False: so says a sender that had to prove nothing,
-- or cannot: one without a window, or of 32 bits
-- @tfield ?string user the account it runs under, `DOMAIN\name`
-- @tfield ?string sid that account's SID, `S-1-…`
-- @tfield ?string integrity what Windows trusts it with: `"low"`, `"medium"`, `"high"`, `"system"`
-- @tfield ?boolean elevated whether it has an administrator's rights

local Peer = {}

local IDENTITY = { user = true, sid = true, integrity = true, elevated = true }

-- Both by window and process.
local known = setmetatable({}, { __mode = "v" })
local proven = {} -- kept as long as the window is there, for it stays proven
local proven_count, proven_most = 0, 64 -- where it is looked who is gone

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

local function make(hwnd, pid, exe, is_proven)
  return setmetatable({ hwnd = hwnd, pid = pid, exe = exe, proven = is_proven }, mt)
end

-- Forgets the proven ones that are gone.
local function sweep()
  local left = 0
  for key, peer in pairs(proven) do
    local _, pid = core.describe(peer.hwnd)
    if pid == peer.pid then
      left = left + 1
    else
      proven[key] = nil
    end
  end
  proven_count, proven_most = left, math.max(64, 2 * left)
end

local function key_of(hwnd, pid)
  return (hwnd & 0xFFFFFFFF) << 32 | (pid or 0) -- of a handle, 32 bits count
end

-- The peer of what is known of it.
-- @param is_proven whether it has proven that
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

-- The peer of a window, asking Windows who is behind it.
function Peer.of(hwnd)
  local _, pid, exe = core.describe(hwnd)
  return proven[key_of(hwnd, pid)] or Peer.new(hwnd, pid, exe, false)
end

return Peer
