-- SPDX-License-Identifier: MIT

--- What types/ says, for editors: { class = { functions = { name = { parameter, ... } }, fields =
--- { name = true } } }, as the dump of LDoc's has it. Raises what is not well-formed.
local lfs = require "lfs"

local types = {}

local function read(path)
  local class, owner -- of the fields that come next; by local variable
  local owners, parameters = {}, {}
  local number = 0
  for text in io.lines(path) do
    number = number + 1
    local line = text:gsub("\r$", "")
    local function check(condition, problem)
      return condition or error(("%s:%d: %s"):format(path, number, problem), 0)
    end
    local name, optional = line:match "^%-%-%-@param ([%w_.]+)(%??) "
    local owner_name, method, list = line:match "^function (%w+)[.:]([%w_]+)%((.*)%) end$"
    if name then
      parameters[#parameters + 1] = name .. optional
    elseif owner_name then
      owner = check(owners[owner_name], "no class of that name: " .. owner_name)
      local names = table.concat(parameters, ", "):gsub("?", "")
      check(names == list, ("@param: %s; function: %s"):format(names, list))
      check(not owner.functions[method], "twice: " .. method)
      owner.functions[method] = parameters
      parameters = {}
    elseif line:find "^%-%-%-@class" then
      name = check(line:match "^%-%-%-@class ([%w_.]+)", "no name")
      class = types[name] or { functions = {}, fields = {} } -- the default endpoint's are apart
      types[name] = class
    elseif line:find "^%-%-%-@field" and not line:find "^%-%-%-@field %[%l+%] " then
      name = check(line:match "^%-%-%-@field ([%w_]+)%?? %S", "no name or no type")
      check(not class.fields[name], "twice: " .. name)
      class.fields[name] = true
    elseif line:find "^local" then
      owners[check(line:match "^local (%w+) = {}$", "not understood")] = class
    else
      check(line == "" or line:find "^%-%- SPDX" or line:find "^%-%-%- %S" or line:find "^%-%-%-|"
        or line:find "^%-%-%-@[mraf]" or line:find "^return %w+$", "not understood")
      check(not line:find "^%-%-%-@return$", "no type")
    end
  end
end

for _, folder in ipairs { "types", "types/copydata" } do
  for name in lfs.dir(folder) do
    if name:find "%.lua$" then
      local path = folder .. "/" .. name
      assert(loadfile(path)) -- that it is Lua
      read(path)
    end
  end
end

return types
