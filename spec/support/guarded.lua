-- SPDX-License-Identifier: MIT

--- A guard and a handler that record their calls, and a program that the guard allows.
local eventually = require "support.eventually"

local guarded = {}

--- @param[opt] accept decides for the guard; by default it allows every sender
-- @return `guard`, `handler`, and lists: `asked`, of senders, and `got`, of { data =, sender = }
function guarded.watched(accept)
  local seen = { asked = {}, got = {} }
  function seen.guard(sender)
    table.insert(seen.asked, sender)
    return accept == nil or accept(sender)
  end
  function seen.handler(data, message)
    table.insert(seen.got, { data = data, sender = message.sender })
  end
  return seen
end

--- Asserts that an allowed child gets an answer, while the loop runs.
function guarded.answers(channel, child)
  channel:serve(function(data) return data + 1 end)
  child:begin("return copydata.request(..., 41, { timeout = 20 })", channel.name)
  assert(eventually(function() return child:ready() end), "no answer")
  assert(child:result() == 42)
  channel:serve(nil)
end

return guarded
