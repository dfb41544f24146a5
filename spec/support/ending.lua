-- SPDX-License-Identifier: MIT

-- A program of 35-session_spec.lua: waits until it is told something, is slow to close, and ends
-- when its input ends. By its own endpoint alone, whose pump is its argument.
local copydata = require "copydata"
local core = require "copydata.core"

local SLOW = 0.5 -- seconds

local endpoint = assert(copydata.new { pump = arg[1] })
print(endpoint:hwnd())
io.stdout:flush()
local _, message = endpoint:run()
local closes = core.seconds() + SLOW
repeat until core.seconds() > closes
endpoint:close()
print(message)
io.stdout:flush()
io.read()
