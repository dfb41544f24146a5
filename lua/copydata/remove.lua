-- SPDX-License-Identifier: MIT

--- Removes an item from a list. Returns whether the list had it.
return function(list, item)
  for i, other in ipairs(list) do
    if other == item then
      table.remove(list, i)
      return true
    end
  end
  return false
end
