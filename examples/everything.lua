-- SPDX-License-Identifier: MIT

-- Asks Everything, the file search by voidtools, for files: a program that we did not write, by
-- the WM_COPYDATA protocol that it publishes.
--
--   lua examples\everything.lua [--instance NAME] [--max COUNT] SEARCH
--   lua examples\everything.lua "*.lua size:>10kb"
--
-- Everything must be running. `--instance 1.5a` asks an instance of that name. Prints a path a
-- line, folders with a backslash at their end, then how many of how many.
--
-- The protocol is that of everything_ipc.h in the Everything SDK
-- (https://www.voidtools.com/support/everything/sdk/, also voidtools/ES:ipc/everything_ipc.h on
-- GitHub): a query goes to the window of a class, and says to which window, and with which dwData,
-- the list of results shall come. All structures are packed, little-endian.
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
    arguments[k] = assert(raw.decode(word, "ansi")) -- as lua.exe is given them
  end
  while arguments[i] do
    if arguments[i] == "--instance" then
      instance, i = arguments[i + 1], i + 1
    elseif arguments[i] == "--max" then
      max, i = math.tointeger(tonumber(arguments[i + 1])), i + 1
      if not max or max < 0 then
        fail "--max: a number expected"
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

-- EVERYTHING_IPC_QUERYW: reply_hwnd (32 bits are enough for a window, on 64-bit Windows too),
-- reply_copydata_message, search_flags, offset, max_results, search_string
local function query(text, most)
  return function(hwnd)
    return string.pack("<I4 I4 I4 I4 I4", hwnd & 0xFFFFFFFF, REPLY, 0, 0, most)
      .. raw.utf16(text, true)
  end
end

-- EVERYTHING_IPC_LISTW: totfolders, totfiles, totitems, numfolders, numfiles, numitems, offset,
-- then an EVERYTHING_IPC_ITEMW for each of numitems: flags, filename_offset, path_offset. Offsets
-- are bytes from the start of the list.
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
  .. ": Everything does not run")

-- The reply may come while the query still waits for its answer, or later. Everything wants to be
-- told TRUE, which is 1.
local list, why = raw.request(window, QUERY, query(search, max or 0xFFFFFFFF),
  { reply = REPLY, result = 1, timeout = PATIENCE })
local paths, total = read(list or fail(why))
for _, path in ipairs(paths) do
  print(path)
end
print(("%d of %d"):format(#paths, total))
