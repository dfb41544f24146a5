#!/usr/bin/env lua5.4
-- SPDX-License-Identifier: MIT

-- Writes types/copydata/default.lua: the types of the default endpoint's functions, taken
-- from Endpoint in types/copydata.lua. Reads the names of the functions from the module's sources.
-- Run it in the repository's root; spec/reference checks that the file is up to date.
local types = { PATH = "types/copydata/default.lua" }

-- Where the module makes such functions, with patterns for the name and the method's name.
local SOURCES = {
  { "copydata", "lua/copydata/init.lua", '\ncopydata%.([%w_]+) = by_default "([%w_]+)"' },
  { "raw", "lua/copydata/raw/init.lua", '\nraw%.([%w_]+) = default%.method%(raw, "([%w_]+)"' },
  { "remote", "lua/copydata/remote/init.lua", '\nremote%.([%w_]+) = by_default%("([%w_]+)"' },
}

local HEAD = [[
-- SPDX-License-Identifier: MIT
---@meta _

--- Written by tools/docs/types.lua: the functions of the default endpoint.

---@class copydata
local copydata = {}

---@class copydata.raw
local raw = {}

---@class copydata.remote
local remote = {}
]]

local function read(path)
  local file <close> = assert(io.open(path, "rb"))
  return (file:read("a"):gsub("\r", ""))
end

-- The methods of Endpoint: { name = { annotations =, parameters = } }.
local function read_methods()
  local methods, annotations = {}, {}
  for line in read("types/copydata.lua"):gmatch "([^\n]*)\n" do
    local name, parameters = line:match "^function Endpoint[.:]([%w_]+)%((.*)%) end$"
    if name then
      methods[name] = { annotations = table.concat(annotations), parameters = parameters }
    elseif line:find "^%-%-%-" then
      annotations[#annotations + 1] = line .. "\n"
    else
      annotations = {}
    end
  end
  return methods
end

--- The contents of the file.
function types.generate()
  local methods, parts = read_methods(), { HEAD }
  for _, source in ipairs(SOURCES) do
    local table_name, path, pattern = table.unpack(source)
    for name, method in read(path):gmatch(pattern) do
      local it = assert(methods[method], "types/copydata.lua: no Endpoint:" .. method)
      parts[#parts + 1] = ("%sfunction %s.%s(%s) end\n"):format(it.annotations, table_name, name,
        it.parameters)
    end
  end
  return table.concat(parts, "\n")
end

if arg and arg[0] and arg[0]:find "types%.lua$" then
  local file <close> = assert(io.open(types.PATH, "wb"))
  file:write(types.generate())
end

return types
