-- SPDX-License-Identifier: MIT

-- What support.hosted runs: an endpoint on a channel.
local path, cpath, name = ...
package.path, package.cpath = path, cpath

local copydata = require "support.copydata"

local endpoint = assert(copydata.new())
_G.channel = assert(endpoint:channel(name)) -- lives, with its endpoint, until the state is closed

return endpoint:hwnd()
