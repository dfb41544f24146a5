-- SPDX-License-Identifier: MIT

--- Writes a finite float with the fewest digits that read back as the same number, and never as an
-- integer.
return function(value)
  local text
  for digits = 15, 17 do
    text = ("%%.%dg"):format(digits):format(value)
    if tonumber(text) + 0.0 == value then
      break
    end
  end
  return text:find "[.e]" and text or text .. ".0"
end
