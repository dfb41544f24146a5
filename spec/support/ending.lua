-- SPDX-License-Identifier: MIT

-- A program of 51-session_spec.lua and tools/suites/session: waits until it is told something, says
-- so a while later, then closes its only endpoint, whose pump is its argument. Ends when its input
-- ends.
local copydata = require "copydata"
local core = require "copydata.core"

local SLOW = 0.5 -- seconds

local endpoint = assert(copydata.new { pump = arg[1] })
print(endpoint:hwnd())
io.stdout:flush()
local _, message = copydata.run()
local closes = core.seconds() + SLOW
repeat until core.seconds() > closes
print(message)
io.stdout:flush()
endpoint:close()
io.read()
