-- SPDX-License-Identifier: MIT

-- Searches for files with Everything, voidtools' file search, by its published WM_COPYDATA
-- protocol.
--
--   lua examples\everything.lua [--instance NAME] [--max COUNT] SEARCH
--   lua examples\everything.lua "*.lua size:>10kb"
--
-- Everything must be running. `--instance 1.5a` asks the instance of that name. Prints one path per
-- line, folders with a trailing backslash, then how many of how many results these are.
--
-- The protocol is that of everything_ipc.h in the Everything SDK
-- (https://www.voidtools.com/support/everything/sdk/, also voidtools/ES:ipc/everything_ipc.h on
-- GitHub): a query goes to Everything's window, which it finds by class, and names the window and
-- the dwData for the reply, a list of results. All structures are packed, little-endian.
local copydata = require "copydata"
local raw = copydata.raw

local CLASS = "EVERYTHING_TASKBAR_NOTIFICATION" -- EVERYTHING_IPC_WNDCLASS
local QUERY = 2                                 -- EVERYTHING_IPC_COPYDATAQUERYW: dwData of a query
local REPLY = 0x4C5541                          -- dwData of the reply: ours to choose
local FOLDER, DRIVE = 1, 2                      -- EVERYTHING_IPC_FOLDER, _DRIVE: flags of an item
local PATIENCE = 10                             -- seconds for a search

local function fail(message)
  io.stderr:write(message, "\n")
  os.exit(1)
end

local instance, max, search
do
  local arguments, words, i = {}, {}, 1
  for k, word in ipairs(arg) do
    arguments[k] = assert(raw.decode(word, "ansi")) -- the encoding that lua.exe gets them in
  end
  while arguments[i] do
    if arguments[i] == "--instance" then
      instance, i = arguments[i + 1], i + 1
    elseif arguments[i] == "--max" then
      max, i = math.tointeger(tonumber(arguments[i + 1])), i + 1
      if not max or max < 0 then
        fail "--max: expected a number"
      end
    else
      words[#words + 1] = arguments[i]
    end
    i = i + 1
  end
  search = table.concat(words, " ")
  if search == "" then
    fail "usage: lua everything.lua [--instance NAME] [--max COUNT] SEARCH"
  end
end

-- EVERYTHING_IPC_QUERYW: reply_hwnd (window handles fit into 32 bits on 64-bit Windows too),
-- reply_copydata_message, search_flags, offset, max_results, search_string
local function query(text, most)
  return function(hwnd)
    return string.pack("<I4 I4 I4 I4 I4", hwnd & 0xFFFFFFFF, REPLY, 0, 0, most)
      .. raw.utf16(text, true)
  end
end

-- EVERYTHING_IPC_LISTW: totfolders, totfiles, totitems, numfolders, numfiles, numitems, offset,
-- then numitems times EVERYTHING_IPC_ITEMW: flags, filename_offset, path_offset. Offsets are in
-- bytes from the start of the list.
local function read(list)
  local _, _, total, _, _, count, _, position = string.unpack("<I4 I4 I4 I4 I4 I4 I4", list)
  local paths = {}
  for i = 1, count do
    local flags, name_offset, path_offset
    flags, name_offset, path_offset, position = string.unpack("<I4 I4 I4", list, position)
    local path = assert(raw.from_utf16(list, true, name_offset + 1))
    if flags & DRIVE == 0 then
      path = assert(raw.from_utf16(list, true, path_offset + 1)) .. "\\" .. path
    end
    paths[i] = flags & FOLDER ~= 0 and path .. "\\" or path
  end
  return paths, total
end

local class = instance and ("%s_(%s)"):format(CLASS, instance) or CLASS
local window = raw.find { class = class }[1] or fail("no window of the class " .. class
  .. ": Everything is not running")

-- The reply may arrive while the query still waits for its result, or later. Everything expects
-- TRUE, which is 1, as the reply's result.
local list, why = raw.request(window, QUERY, query(search, max or 0xFFFFFFFF),
  { reply = REPLY, result = 1, timeout = PATIENCE })
local paths, total = read(list or fail(why))
for _, path in ipairs(paths) do
  print(path)
end
print(("%d of %d"):format(#paths, total))
