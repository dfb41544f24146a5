-- SPDX-License-Identifier: MIT

-- What each thread of 08-threads_spec.lua runs: opens and closes endpoints.
local _, path, cpath, rounds = ...
package.path, package.cpath = path, cpath

local copydata = require "support.copydata"

for _ = 1, tonumber(rounds) do
  local endpoint <close> = assert(copydata.new())
  assert(endpoint:channel "churn")
end
