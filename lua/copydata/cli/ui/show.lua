-- SPDX-License-Identifier: MIT

--- Values for people to read: as Lua would write them, in one line, keys in order. What others sent
-- cannot play with the terminal: control characters are escaped.
local exact = require "copydata.cli.json.float"
local msgpack = require "copydata.msgpack"

local SORTED = 1000 -- keys at least that are put in order

local RESERVED = {}
for word in ([[and break do else elseif end false for function goto if in local nil not or repeat
  return then true until while]]):gmatch "%a+" do
  RESERVED[word] = true
end

local NAMED = { ['"'] = '\\"', ["\\"] = "\\\\", ["\n"] = "\\n", ["\r"] = "\\r", ["\t"] = "\\t" }

local function escape(character)
  return NAMED[character] or ("\\x%02X"):format(character:byte())
end

local function escape_all(characters)
  return (characters:gsub(".", escape))
end

-- Of valid UTF-8: U+0080 to U+009F, control characters too; separators of lines, and what turns the
-- direction of text around.
local WIDE = {
  "\xc2[\x80-\x9f]", "\xd8\x9c", "\xe2\x80[\x8e\x8f\xa8-\xae]", "\xe2\x81[\xa6-\xa9]",
}

-- Escapes what a terminal would obey, the bytes of a text that is no UTF-8, and what else is said.
local function tame(text, also)
  if not utf8.len(text) then
    return (text:gsub("[%c\x7f-\xff" .. also .. "]", escape))
  end
  text = text:gsub("[%c" .. also .. "]", escape)
  for _, pattern in ipairs(WIDE) do
    text = text:gsub(pattern, escape_all)
  end
  return text
end

local function quote(text)
  return '"' .. tame(text, '"\\') .. '"'
end

local Writer = {}
Writer.__index = Writer

local function put(self, text)
  self[#self + 1] = text
  self.left = self.left - #text
end

-- The keys in order. Of a table that is too large to be shown whole only some, whichever come
-- first: sorting millions would take minutes.
local function sorted_keys(value, left)
  local keys = {}
  for key in next, value do
    if #keys >= left then
      break
    end
    keys[#keys + 1] = key
  end
  table.sort(keys, function(a, b)
    local kind_a, kind_b = type(a), type(b)
    if kind_a ~= kind_b then
      return kind_a < kind_b
    elseif kind_a == "number" or kind_a == "string" then
      return a < b
    end
    return tostring(a) < tostring(b)
  end)
  return keys
end

local write

local function write_table(self, value)
  local keys = sorted_keys(value, math.max(self.left, SORTED))
  put(self, "{")
  for i, key in ipairs(keys) do
    if self.left <= 0 then
      break
    end
    put(self, i == 1 and " " or ", ")
    if key ~= i then
      if type(key) == "string" and #key <= self.left and key:find "^[%a_][%w_]*$"
        and not RESERVED[key] then
        put(self, key)
      else
        put(self, "[")
        write(self, key)
        put(self, "]")
      end
      put(self, " = ")
    end
    write(self, value[key])
  end
  put(self, #keys > 0 and " }" or "}")
end

function write(self, value)
  local kind = type(value)
  if self.left <= 0 then
    return
  elseif kind == "string" then
    put(self, quote(value:sub(1, math.min(#value, self.left)))) -- a cut character: its bytes
  elseif value == msgpack.null then
    put(self, "null")
  elseif kind == "table" then
    write_table(self, value)
  elseif kind == "userdata" then
    put(self, tame(tostring(value), ""))
  elseif math.type(value) == "float" and value - value == 0 then
    put(self, exact(value))
  else
    put(self, tostring(value))
  end
end

local show = {}

--- A value in one line.
-- @param value what a message may hold
-- @param[opt] most about how many bytes to show; the rest becomes "…"
function show.value(value, most)
  local writer = setmetatable({ left = most or math.huge }, Writer)
  write(writer, value)
  if writer.left <= 0 and most then
    writer[#writer + 1] = " …"
  end
  return table.concat(writer)
end

--- Text of others, such as the title of a window, without what a terminal would obey. UTF-8 in any
-- case.
function show.text(text)
  return tame(text, "")
end

--- A time of day, to the millisecond.
function show.time(seconds)
  local whole = math.floor(seconds)
  return os.date("%H:%M:%S", whole) .. (".%03d"):format((seconds - whole) * 1000 // 1)
end

--- The name of a program, of a path; "?" when Windows does not tell.
function show.program(exe)
  return exe and show.text(exe:match "[^\\/]+$" or exe) or "?"
end

--- A window's handle.
function show.hwnd(hwnd)
  return ("0x%X"):format(hwnd)
end

return show
