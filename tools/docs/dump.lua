-- SPDX-License-Identifier: MIT

-- A filter for LDoc: writes all documented names to standard output, as a Lua chunk that returns
-- { module or class = { functions = { name = { parameter, ... } }, fields = { name = true },
-- tables = { name = { field = true } } } }. An optional parameter ends in "?".
local names = require "names"

local dump = {}

-- The parameters of a function, or fields of a table; without those of their own, "options.depth".
local function parameters(item)
  local list = {}
  for i, name in ipairs(item.params or {}) do
    if not name:find "%w%." then
      local modifiers = names.modifiers(item, item.type == "function" and "param" or "field", i)
      list[#list + 1] = name .. (modifiers.opt and "?" or "")
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

local function one_of(all, name)
  all[name] = all[name] or { functions = {}, fields = {}, tables = {} }
  return all[name]
end

function dump.write(modules)
  local all = {}
  for _, module in ipairs(modules) do
    local of_module = one_of(all, module.name)
    local functions, fields, tables = of_module.functions, of_module.fields, of_module.tables
    for _, item in ipairs(module.items) do
      local name, class = names.own(item, module)
      if class then
        one_of(all, class).functions[name] = parameters(item)
      elseif item.type == "function" then
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
  end
  io.write("return ", write(all), "\n")
end

return dump
