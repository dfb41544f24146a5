-- SPDX-License-Identifier: MIT

--- Checks that a call raises an error whose message matches and blames the file with `call`.
local assert = require "luassert"

return function(call, pattern)
  local ok, message = pcall(call)
  assert.is_false(ok)
  local file = debug.getinfo(call, "S").source:match "[^/\\]+$"
  assert.matches(file:gsub("%p", "%%%0") .. ":%d+: " .. pattern, message)
end
