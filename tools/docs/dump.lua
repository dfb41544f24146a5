-- SPDX-License-Identifier: MIT

-- A filter for LDoc: writes what is documented to standard output, as a Lua chunk that returns
-- { module or class = { functions = { name = { parameter, ... } }, fields = { name = true },
-- tables = { name = { field = true } } } }. A parameter that may be left out ends in "?".
local dump = {}

-- LDoc names what belongs to a class "class:name", or "class.name".
local function own_name(item, module)
  local name = item.name
  for _, prefix in ipairs { module.name .. ":", module.name .. "." } do
    if name:sub(1, #prefix) == prefix then
      return name:sub(#prefix + 1)
    end
  end
  return name
end

-- The parameters of a function, or fields of a table; without those of their own, "options.depth".
local function parameters(item)
  local modifiers = item.modifiers and (item.modifiers.param or item.modifiers.field) or {}
  local list = {}
  for i, name in ipairs(item.params or {}) do
    if not name:find "%w%." then
      local optional = modifiers[name] and modifiers[name].opt or modifiers[i] and modifiers[i].opt
      list[#list + 1] = name .. (optional and "?" or "")
    end
  end
  return list
end

local function write(value)
  if type(value) ~= "table" then
    return type(value) == "string" and ("%q"):format(value) or tostring(value)
  end
  local keys, lines = {}, {}
  for key in pairs(value) do
    keys[#keys + 1] = key
  end
  table.sort(keys)
  for _, key in ipairs(keys) do
    lines[#lines + 1] = ("[%s] = %s,\n"):format(write(key), write(value[key]))
  end
  return "{\n" .. table.concat(lines) .. "}"
end

function dump.write(modules)
  local all = {}
  for _, module in ipairs(modules) do
    local functions, fields, tables = {}, {}, {}
    for _, item in ipairs(module.items) do
      local name = own_name(item, module)
      if item.type == "function" then
        functions[name] = parameters(item)
      elseif item.type == "table" then
        tables[name] = {}
        for _, field in ipairs(parameters(item)) do
          tables[name][field] = true
        end
      else
        fields[name] = true
      end
    end
    all[module.name] = { functions = functions, fields = fields, tables = tables }
  end
  io.write("return ", write(all), "\n")
end

return dump
