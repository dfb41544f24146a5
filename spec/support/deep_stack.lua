-- SPDX-License-Identifier: MIT

--- Calls a function with less room in C's stack, which Lua limits to 200 levels.
-- @param levels how many are in use in addition to the caller's
-- @param f, ... the function and its arguments
local function deep(levels, f, ...)
  if levels == 0 then
    f(...)
    return
  end
  local arguments = table.pack(...)
  string.gsub("a", "a", function() deep(levels - 1, f, table.unpack(arguments, 1, arguments.n)) end)
end

return deep
