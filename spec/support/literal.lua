-- SPDX-License-Identifier: MIT

--- Values as one line of Lua source, for what specs and their children tell each other: not by
-- the codec, which is under test itself.
local literal = {}

--- Writes nil, booleans, numbers, strings and tables of these, without cycles.
function literal.write(value)
  if type(value) ~= "table" then
    -- %q writes a newline as a backslash and a newline
    return (("%q"):format(value):gsub("\\\n", "\\n"):gsub("\r", "\\r"))
  end
  local fields = {}
  for key, item in pairs(value) do
    fields[#fields + 1] = ("[%s]=%s"):format(literal.write(key), literal.write(item))
  end
  return "{" .. table.concat(fields, ",") .. "}"
end

--- Writes a list of values, nils included, to be read back by `literal.read`.
function literal.write_list(...)
  local items = {}
  for i = 1, select("#", ...) do
    items[i] = literal.write((select(i, ...)))
  end
  return table.concat(items, ",")
end

--- Reads such a list.
-- @return its values
function literal.read(line)
  return assert(load("return " .. line, "=literal", "t", { math = math }))()
end

return literal
