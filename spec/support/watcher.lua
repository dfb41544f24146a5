-- SPDX-License-Identifier: MIT

--- A child that keeps a list of a channel's peers from presence events, and returns it on request.
local children = require "support.children"

-- The child's globals: the peers by hwnd, and how often an event was wrong.
local SOURCE = [[
local name, kind = ...
present, wrong = {}, 0
local function note(peer, event)
  if (event == "joined") ~= (present[peer.hwnd] == nil) then
    wrong = wrong + 1
  end
  present[peer.hwnd] = event == "joined" and peer.pid or nil
end
channel = assert(copydata.channel(name, { listen = false }))
if kind == "handler" then
  channel:on_peers(note)
else
  copydata.spawn(function()
    for peer, event in channel:presence() do
      note(peer, event)
      if kind == "slow" then
        copydata.sleep(0.02)
      end
    end
  end)
end
answers = copydata.channel(name .. "." .. kind):serve(function()
  return { present = present, wrong = wrong }
end)
say "watching"
copydata.run()
]]

--- @param name the channel's
-- @param kind "handler", "task" or "slow": how it gets the events
-- @return the child
-- @return the name of the channel where it answers: `{ present = { [hwnd] = pid }, wrong = }`
return function(name, kind)
  local child = children.start()
  child:begin(SOURCE, name, kind)
  assert(child:said() == "watching")
  return child, name .. "." .. kind
end
