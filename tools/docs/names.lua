-- SPDX-License-Identifier: MIT

-- Names in LDoc's form.
local names = {}

-- LDoc names members of a class "class:name", or "class.name". A class of @type begins with a
-- capital; and what a module adds to a class of another file is named "class:name" there.
-- @return the name, and that of the class if the module is another's
function names.own(item, module)
  local name = item.name
  local class, method = name:match "^(%a+):(.+)$"
  if class and class ~= module.name then
    return method, class:lower()
  end
  for _, prefix in ipairs { module.name .. ":", module.name .. "." } do
    if name:sub(1, #prefix) == prefix then
      return name:sub(#prefix + 1)
    end
  end
  return name
end

-- LDoc's tags for a parameter, field or return value: `type`, `opt`.
function names.modifiers(item, kind, index)
  local all = item.modifiers and item.modifiers[kind] or {}
  local name = item.params and item.params[index]
  return kind ~= "return" and name and all[name] or all[index] or {}
end

return names
