-- SPDX-License-Identifier: MIT

--- Whether a list has an item.
return function(list, item)
  for _, other in ipairs(list) do
    if other == item then
      return true
    end
  end
  return false
end
