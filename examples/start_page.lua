-- SPDX-License-Identifier: MIT

-- Several instances of a program share one list of recently used documents, by messages alone.
--
--   lua examples\start_page.lua PROGRAM [DOCUMENT...]    on Linux tools/lua for lua
--   lua examples\start_page.lua editor main.lua
--
-- Start it several times in separate consoles, with the same PROGRAM and other documents. Each
-- instance opens its documents, and shows the list whenever any instance changes it. Ctrl+C in one
-- or killing it does not harm the others: each has the whole list. There is no server and no file,
-- so the list disappears with the last instance.
--
-- Each instance retains the whole list for later ones, and sends it when it changes. Messages may
-- arrive twice or out of order: the latest time at which a document was opened counts, so all
-- lists become the same.
local copydata = require "copydata"

local MOST = 10 -- documents in the list
local PATIENCE = 1 -- seconds that other instances have to accept the list, and to send theirs

local program = arg[1]
if not program then
  io.stderr:write "usage: lua start_page.lua PROGRAM [DOCUMENT...]\n"
  os.exit(1)
end

local list = {} -- { name =, time = } of documents, the latest first

local function later(a, b)
  if a.time ~= b.time then
    return a.time > b.time
  end
  return a.name < b.name -- any order that is the same everywhere
end

-- Enters a document into the list.
-- @return whether that changed the list
local function enter(document)
  for i, known in ipairs(list) do
    if known.name == document.name then
      if known.time >= document.time then
        return false
      end
      table.remove(list, i)
      break
    end
  end
  table.insert(list, document)
  table.sort(list, later)
  list[MOST + 1] = nil
  return true
end

local function show()
  local names = {}
  for i, document in ipairs(list) do
    names[i] = document.name
  end
  print(("recent: %s"):format(table.concat(names, ", ")))
  io.stdout:flush()
end

assert(copydata.open { pump = "thread" }) -- senders do not wait while this program is busy
local channel = assert(copydata.channel("start page of " .. program))

-- Enters what another instance sent, as far as it is a list of documents. If that changes our list,
-- shows and sends it.
local function merge(documents)
  local news = false
  for _, document in ipairs(type(documents) == "table" and documents or {}) do
    if type(document) == "table" and type(document.name) == "string"
        and type(document.time) == "number" and document.time < math.huge then
      news = enter { name = document.name, time = document.time } or news
    end
  end
  if news then
    show()
    channel:retain(list, { timeout = PATIENCE })
  end
end

show()
channel:retain(list, { timeout = PATIENCE })
for _ = 1, #channel:peers() do -- each of the others sends its list to newcomers
  local message = channel:receive(PATIENCE)
  merge(message and message.data)
end

for i = 2, #arg do
  -- The current second, or just after the latest known time
  merge { { name = arg[i], time = math.max(os.time(), (list[1] and list[1].time or 0) + 0.001) } }
end

for documents in channel:messages() do -- begins with what arrived meanwhile
  merge(documents)
end
