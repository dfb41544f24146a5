-- SPDX-License-Identifier: MIT

-- What each thread of 51-session_spec.lua runs: waits until the program is asked to close.
local _, path, cpath, name = ...
package.path, package.cpath = path, cpath

local copydata = require "support.copydata"

local endpoint <close> = assert(copydata.new())
assert(endpoint:channel(name))
local _, message, code = copydata.run()
assert(code == "CLOSED", message)
