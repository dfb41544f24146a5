-- SPDX-License-Identifier: MIT

--- Text in a terminal's columns. East Asian characters occupy two, combining accents none.
local columns = {}

-- Characters of no width: combining marks, joiners, variation selectors
local NONE = {
  0x0300, 0x036F, 0x0483, 0x0489, 0x0591, 0x05BD, 0x064B, 0x065F, 0x200B, 0x200F, 0x20D0, 0x20FF,
  0xFE00, 0xFE0F, 0xFE20, 0xFE2F,
}

-- Characters of two columns: East Asian wide and full-width characters, and emoji
local TWO = {
  0x1100, 0x115F, 0x2E80, 0x303E, 0x3041, 0x33FF, 0x3400, 0x4DBF, 0x4E00, 0x9FFF, 0xA000, 0xA4CF,
  0xA960, 0xA97F, 0xAC00, 0xD7A3, 0xF900, 0xFAFF, 0xFE30, 0xFE6F, 0xFF00, 0xFF60, 0xFFE0, 0xFFE6,
  0x1F300, 0x1F64F, 0x1F680, 0x1F6FF, 0x1F900, 0x1F9FF, 0x20000, 0x3FFFD,
}

-- Whether a code point is in a sorted list of ranges, each given by its first and last.
local function is_among(ranges, code)
  for i = 1, #ranges, 2 do
    if code <= ranges[i + 1] then
      return code >= ranges[i]
    end
  end
  return false
end

local function width_of(code)
  if code < NONE[1] then
    return 1
  end
  return is_among(TWO, code) and 2 or is_among(NONE, code) and 0 or 1
end

--- The number of columns that a text occupies; its bytes if it is not UTF-8.
function columns.width(text)
  if not utf8.len(text) then
    return #text
  end
  local width = 0
  for _, code in utf8.codes(text) do
    width = width + width_of(code)
  end
  return width
end

-- As much of a text as fits, ending in "…".
local function cut(text, room)
  local width = 0
  for position, code in utf8.codes(text) do
    width = width + width_of(code)
    if width > room - 1 then
      local head = text:sub(1, position - 1) .. "…"
      return head .. (" "):rep(room - columns.width(head))
    end
  end
end

--- Cuts or pads a text in UTF-8 to a number of columns.
-- @param right whether to pad on the left
function columns.fit(text, room, right)
  local missing = room - columns.width(text)
  if missing < 0 then
    return room < 1 and "" or cut(text, room)
  end
  return right and (" "):rep(missing) .. text or text .. (" "):rep(missing)
end

--- Turns rows of text into lines with aligned columns.
-- @param rows a list of lists of text
-- @param[opt] right the set of the numbers of right-aligned columns
-- @return a list of lines
function columns.align(rows, right)
  local widths, lines = {}, {}
  for _, row in ipairs(rows) do
    for i, text in ipairs(row) do
      widths[i] = math.max(widths[i] or 0, columns.width(text))
    end
  end
  for n, row in ipairs(rows) do
    local cells = {}
    for i, text in ipairs(row) do
      cells[i] = i == #row and text or columns.fit(text, widths[i], right and right[i])
    end
    lines[n] = table.concat(cells, "  "):gsub(" +$", "")
  end
  return lines
end

return columns
