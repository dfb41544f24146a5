-- Replaces lua-system, which busted uses for its clocks, with LuaSocket.
local socket = require "socket"

local system = {}

system.gettime = socket.gettime
system.sleep = socket.sleep

-- LuaSocket has no clock that never goes back; busted measures durations in seconds.
system.monotime = socket.gettime

return system
