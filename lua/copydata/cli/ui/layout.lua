-- SPDX-License-Identifier: MIT

--- Lays out what a watch knows as rows of text. For `copydata monitor`.
local columns = require "copydata.cli.ui.columns"
local show = require "copydata.cli.ui.show"

local layout = {}

-- Colours: the console's bits for blue, green, red and bright; 16 times these for the background.
local PLAIN, DIM, HEAD, ACTIVE, TITLE = 7, 8, 11, 10, 0x1F

local CHANNELS = { "CHANNEL", "PEERS", "MSG/S", "BYTES/S", "MESSAGES", "LAST MESSAGE" }
local PEERS = { "HWND", "PID", "PROGRAM", "USER", "INTEGRITY", "CHANNELS" }
local NUMBERS = { [2] = true, [3] = true, [4] = true, [5] = true } -- columns of channels
local LAST_MOST = 300 -- bytes of the last message

local UNITS = { "", "k", "M", "G", "T" }

-- A number in four or five characters
local function short(number)
  local unit = 1
  while number >= 1000 and UNITS[unit + 1] do
    number, unit = number / 1000, unit + 1
  end
  return (unit == 1 and "%.0f" or "%.1f"):format(number) .. UNITS[unit]
end

local function last_of(record)
  local message = record.last
  if not message then
    return ""
  end
  return ("%s  %s  %s"):format(show.time(message.received):sub(1, 8), show.sender(message),
    show.value(message.data, LAST_MOST))
end

--- The channels of a watch: a list of lists of text, starting with the column headings.
function layout.channels(watch)
  local rows = { CHANNELS }
  for _, record in ipairs(watch.channels) do
    rows[#rows + 1] = {
      show.text(record.name), tostring(record.peers),
      ("%.1f"):format(record.messages_per_second), short(record.bytes_per_second),
      tostring(record.messages), last_of(record),
      active = record.messages_per_second > 0,
    }
  end
  return rows
end

--- The peers of a watch, in the same form.
function layout.peers(watch)
  local rows = { PEERS }
  for _, entry in ipairs(watch.peers) do
    local peer = entry.peer
    rows[#rows + 1] = {
      show.hwnd(peer.hwnd), tostring(peer.pid), show.program(peer.exe), show.text(peer.user or "?"),
      peer.integrity or "?", show.text(table.concat(entry.channels, ", ")),
    }
  end
  return rows
end

-- Turns rows into aligned lines with colours.
local function align(rows, right)
  local lines = columns.align(rows, right)
  for i, text in ipairs(lines) do
    lines[i] = { text = text, colour = i == 1 and HEAD or rows[i].active and ACTIVE or PLAIN }
  end
  return lines
end

-- Appends as many lines as there is room for; the last one says how many are left out.
local function append(lines, more, room)
  for i = 1, math.min(#more, room) do
    lines[#lines + 1] = more[i]
  end
  if #more > room and room > 0 then
    lines[#lines] = { text = ("… and %d more"):format(#more - room + 1), colour = DIM }
  end
end

--- The tables as lines of text.
function layout.text(watch)
  local lines = {}
  append(lines, align(layout.channels(watch), NUMBERS), math.huge)
  lines[#lines + 1] = { text = "" }
  append(lines, align(layout.peers(watch)), math.huge)
  return lines
end

local function count(number, what)
  return ("%d %s%s"):format(number, what, number == 1 and "" or "s")
end

--- A screen with this many columns and rows.
-- @return a list of lines { text =, colour = }, each as long as the screen is wide
function layout.screen(watch, width, rows)
  local channels, peers = align(layout.channels(watch), NUMBERS), align(layout.peers(watch))
  local room = math.max(rows - 4, 2) -- title, a blank line above each table, the last line
  local for_peers = math.min(#peers, math.max(room // 2, room - #channels))
  local total = 0
  for _, record in ipairs(watch.channels) do
    total = total + record.messages
  end

  local lines = { {
    text = (" copydata monitor   %s   %s   %s   %s"):format(count(#watch.channels, "channel"),
      count(#watch.peers, "peer"), count(total, "message"), os.date "%H:%M:%S"),
    colour = TITLE,
  }, { text = "" } }
  append(lines, channels, room - for_peers)
  lines[#lines + 1] = { text = "" }
  append(lines, peers, for_peers)
  while #lines < rows - 1 do
    lines[#lines + 1] = { text = "" }
  end
  lines[#lines + 1] = { text = " q or Ctrl+C ends", colour = DIM }
  for i, line in ipairs(lines) do
    lines[i] = { text = columns.fit(line.text, width), colour = line.colour or PLAIN }
  end
  return lines
end

return layout
