-- SPDX-License-Identifier: MIT

--- Checks that a call raises an error that blames the file in which `call` stands, with a message
-- that matches.
local assert = require "luassert"

return function(call, pattern)
  local ok, message = pcall(call)
  assert.is_false(ok)
  local file = debug.getinfo(call, "S").source:match "[^/\\]+$"
  assert.matches(file:gsub("%p", "%%%0") .. ":%d+: " .. pattern, message)
end
