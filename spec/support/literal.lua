-- SPDX-License-Identifier: MIT

--- Values as one line of Lua source, which specs and their children exchange. They do not use the
-- codec, which is itself under test.
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

--- Writes a list of values, nils included, for `literal.read`.
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
