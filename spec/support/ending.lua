-- SPDX-License-Identifier: MIT

-- A program for 51-session_spec.lua and tools/suites/session. Waits until a wait fails, prints why
-- after a while, then closes its only endpoint, whose pump mode is its argument. Ends when its
-- input ends.
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
