-- SPDX-License-Identifier: MIT

--- A list that closes its items when it goes out of scope: `local list <close> = closing {}`.
local mt = {}

function mt:__close()
  for _, item in ipairs(self) do
    item:close()
  end
end

return function(list)
  return setmetatable(list, mt)
end
