-- SPDX-License-Identifier: MIT

-- Several instances of a program keep one list of recently used documents, by messages alone.
--
--   lua examples\start_page.lua PROGRAM [DOCUMENT...]    on Linux tools/lua for lua
--   lua examples\start_page.lua editor main.lua
--
-- Start it several times, with the same PROGRAM and other documents, in windows of their own. Each
-- opens its documents and shows the list whenever that changes; what one opens, all show. Ctrl+C or
-- killing an instance does no harm to the others: each has the whole list. There is no server and
-- no file, so the list is gone with the last one.
--
-- An instance that opens a document tells all others. A new one joins first, so that it misses
-- nothing from then on, then asks the others for the list. Whatever comes twice or out of order,
-- the latest time that a document was opened counts, so that all lists become the same.
local copydata = require "copydata"

local MOST = 10 -- documents in the list
local PATIENCE = 1 -- seconds that the other instances have to tell their lists

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
  return a.name < b.name -- anything that is the same everywhere
end

-- Enters a document into the list.
local function enter(document)
  for i, known in ipairs(list) do
    if known.name == document.name then
      if known.time >= document.time then
        return
      end
      table.remove(list, i)
      break
    end
  end
  table.insert(list, document)
  table.sort(list, later)
  list[MOST + 1] = nil
end

local shown

local function show()
  local names = {}
  for i, document in ipairs(list) do
    names[i] = document.name
  end
  local text = table.concat(names, ", ")
  if text ~= shown then
    shown = text
    print(("recent: %s"):format(text))
    io.stdout:flush()
  end
end

-- Enters what another instance says, as far as it is a list of documents.
local function merge(documents)
  for _, document in ipairs(type(documents) == "table" and documents or {}) do
    if type(document) == "table" and type(document.name) == "string"
        and type(document.time) == "number" and document.time < math.huge then
      enter { name = document.name, time = document.time }
    end
  end
end

assert(copydata.open { pump = "thread" }) -- nobody waits while we are busy
local channel = assert(copydata.channel("start page of " .. program))

channel:serve(function()
  return list
end)

-- All, not just one: that one may not have been told yet what another has just opened.
for _, answer in ipairs(channel:request_all("list", { timeout = PATIENCE })) do
  merge(answer.data)
end

for i = 2, #arg do
  -- The clock's second, or just after the latest that we know of
  local time = math.max(os.time(), (list[1] and list[1].time or 0) + 0.001)
  local document = { name = arg[i], time = time }
  enter(document)
  channel:send { document }
end

show()
for documents in channel:messages() do -- what arrived meanwhile is the first
  merge(documents)
  show()
end
