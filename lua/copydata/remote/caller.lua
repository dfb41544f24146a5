-- SPDX-License-Identifier: MIT

--- Whose call runs at the moment. For remote.lua, node.lua, and asking.lua: a coroutine that is
-- suspended in a call takes it along.
local caller = {}

local current -- a peer, or nil

function caller.get()
  return current
end

--- Sets it.
-- @return what it was
function caller.set(peer)
  local before = current
  current = peer
  return before
end

return caller
