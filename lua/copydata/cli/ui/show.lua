-- SPDX-License-Identifier: MIT

--- Formats values for people: in Lua syntax, on one line, with sorted keys. Control characters are
-- escaped, so that messages cannot manipulate the terminal.
local exact = require "copydata.cli.json.float"
local msgpack = require "copydata.msgpack"

local SORTED = 1000 -- at least this many keys are sorted

local FIELD = 64 -- bytes; a desktop's name has no more

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

-- Characters of valid UTF-8 to escape: the control characters U+0080 to U+009F, line separators,
-- and those that reverse the direction of text.
local WIDE = {
  "\xc2[\x80-\x9f]", "\xd8\x9c", "\xe2\x80[\x8e\x8f\xa8-\xae]", "\xe2\x81[\xa6-\xa9]",
}

-- Escapes what a terminal would obey, the characters in `also`, and non-ASCII bytes unless the text
-- is UTF-8.
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

-- The sorted keys. If the table is too large to be shown whole, only those that `next` returns
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
    put(self, quote(value:sub(1, math.min(#value, self.left)))) -- a cut character becomes bytes
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

-- A field of what another program sent: at most FIELD bytes of a string, or nil.
local function field(value)
  return type(value) == "string" and value:sub(-FIELD) or nil
end

local show = {}

--- A value on one line.
-- @param value anything that a message may contain
-- @param[opt] most about how many bytes to show before "…"
function show.value(value, most)
  local writer = setmetatable({ left = most or math.huge }, Writer)
  write(writer, value)
  if writer.left <= 0 and most then
    writer[#writer + 1] = " …"
  end
  return table.concat(writer)
end

--- Text from other programs, such as a window's title, with everything escaped that a terminal
-- would obey. Always UTF-8.
function show.text(text)
  return tame(text, "")
end

--- A time of day, to the millisecond.
function show.time(seconds)
  local whole = math.floor(seconds)
  return os.date("%H:%M:%S", whole) .. (".%03d"):format((seconds - whole) * 1000 // 1)
end

--- The file name in a program's path; "?" if Windows does not report it.
function show.program(exe)
  return exe and show.text(exe:match "[^\\/]+$" or exe) or "?"
end

--- A message's sender: program and process, and for a carried message also where it came from.
function show.sender(message)
  local sender = message.sender
  local text = ("%s %s"):format(show.program(sender.exe), sender.pid or "?")
  local origin = type(message.origin) == "table" and message.origin
  if not origin then
    return text
  end
  return ("%s (%s on %s)"):format(text, show.program(field(origin.exe)),
    show.text(field(origin.desktop) or "?"))
end

--- A window's handle.
function show.hwnd(hwnd)
  return ("0x%X"):format(hwnd)
end

return show
