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
  local words, i = {}, 1
  while arg[i] do
    if arg[i] == "--instance" then
      instance, i = arg[i + 1], i + 1
    elseif arg[i] == "--max" then
      max, i = math.tointeger(tonumber(arg[i + 1])), i + 1
      if not max or max < 0 then
        fail "--max: a number expected"
      end
    else
      words[#words + 1] = arg[i]
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
  return string.pack("<I4 I4 I4 I4 I4", copydata.hwnd() & 0xFFFFFFFF, REPLY, 0, 0, most)
    .. raw.utf16(text, true)
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

-- The reply may arrive while we still wait for the answer to the query, or later. Everything wants
-- to be told TRUE, which is 1.
local reply = copydata.event()
raw.on(function(bytes, message)
  if message.tag == REPLY then
    reply:set(read(bytes))
  end
end, { result = 1 })

local answer, why = raw.send(window, QUERY, query(search, max or 0xFFFFFFFF), { sender = copydata })
if answer ~= 1 then
  fail(why or ("Everything does not take the query: it answered %d"):format(answer))
end
local paths, total = reply:wait(PATIENCE)
if not paths then
  fail(("Everything did not reply within %d seconds: %s"):format(PATIENCE, total))
end

for _, path in ipairs(paths) do
  print(path)
end
print(("%d of %d"):format(#paths, total))
