-- Stands in for lua-system, which busted wants for its clocks, by LuaSocket.
local socket = require "socket"

local system = {}

system.gettime = socket.gettime
system.sleep = socket.sleep

-- LuaSocket has no clock that never goes back; busted measures durations in seconds with it.
system.monotime = socket.gettime

return system
