-- SPDX-License-Identifier: MIT

--- Bytes as the specs write them: `hex "93 01 02 03"`; `hex.of(bytes)` does the opposite.

local hex = {}

function hex.of(bytes)
  return (bytes:gsub(".", function(c) return ("%02x "):format(c:byte()) end):sub(1, -2))
end

return setmetatable(hex, {
  __call = function(_, digits)
    return (digits:gsub("%s", ""):gsub("%x%x", function(d) return string.char(tonumber(d, 16)) end))
  end,
})
