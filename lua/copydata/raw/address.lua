-- SPDX-License-Identifier: MIT

--- Windows that get the replies to requests, and have no other use. For ask.lua.
--
-- Most programs' replies do not say what they reply to, but they are sent to the window that asked.
-- So each request in progress has its own window: what arrives there is its reply, and a late reply
-- is not delivered.
--
-- The window has a thread of its own, so the replying program never waits for a script, and a long
-- reply never meets a script's stack.
local core = require "copydata.core"
local problems = require "copydata.problems"
local turn = require "copydata.turn"

local Address = { has_thread = true, lost = false }
Address.__index = Address

local CLASS = "copydata.reply" -- they are not endpoints, and are not found as such
local IDLE_MOST = 8 -- windows that are kept for the next requests

local idle = {} -- windows of core's

--- Makes one.
-- @return it, or nil, "NAME: message", "NAME"
function Address.new()
  local message, code
  local window = table.remove(idle)
  if not (window and window:hwnd() ~= 0) then
    window, message, code = core.endpoint { own_thread = true, class = CLASS }
    if not window then
      return nil, message, code
    end
  end
  local address = setmetatable({ window = window, takers = {} }, Address)
  turn.add_source(address)
  return address
end

-- What a request needs, as from a Line: see line.lua.

function Address:turn() -- luacheck: ignore self
  return true
end

function Address:begin(request)
  self.request = request
end

function Address:offer(_, bytes, message)
  if self.request:accepts(bytes, message) then
    self.request:answer(bytes, message)
  end
end

--- Sets which request gets the messages that core takes under an id; nil: none.
function Address:set_taker(id, request)
  self.takers[id] = request
end

-- The request is over. `pending`: its reply may still come.
function Address:release(request, pending)
  local window = self.window
  request:unhook()
  turn.remove_source(self)
  self.window = false
  if pending or window:hwnd() == 0 or #idle == IDLE_MOST then
    window:close()
  else
    idle[#idle + 1] = window
  end
end

-- What the loop needs from a source: see turn.add_source.

function Address:dispatch()
  local id, bytes, tag, received, hwnd, pid, exe = self.window:next()
  if id == false then
    problems.report(bytes) -- out of memory
  end
  local request = id and self.takers[id]
  if request then
    request:take(bytes, tag, received, hwnd, pid, exe)
  end
  return id ~= nil
end

-- Its window was destroyed from outside.
function Address:look()
  if self.window and self.window:hwnd() == 0 then
    for _, request in pairs(self.takers) do
      request:lose()
    end
  end
end

return Address
