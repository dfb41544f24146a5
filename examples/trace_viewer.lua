-- SPDX-License-Identifier: MIT

-- Shows what programs log with trace.lua, such as trace_listener.lua, as it happens.
--
--   lua examples\trace_viewer.lua [LEVEL [SOURCE]]       on Linux tools/lua for lua
--   lua examples\trace_viewer.lua WARN worker
--
-- LEVEL is the lowest level to show: DEBUG (the default), INFO, WARN, ERROR or FATAL. SOURCE is a
-- part of the names of the sources to show. There may be any number of viewers. Ctrl+C ends it.
package.path = arg[0]:match "^(.-)[^/\\]*$" .. "?.lua;" .. package.path
local copydata = require "copydata"
local trace = require "trace"

local least = trace.RANK[(arg[1] or "DEBUG"):upper()]
local wanted = arg[2] or ""
if not least then
  io.stderr:write("LEVEL: expected DEBUG, INFO, WARN, ERROR or FATAL, got ", arg[1], "\n")
  os.exit(1)
end

-- Records are accepted while this program prints, so that no sender waits for a slow terminal.
assert(copydata.open { pump = "thread" })

-- Any program may send anything: keeps control characters from the terminal.
local function plain(text)
  return (tostring(text):gsub("%c", " "))
end

local channel = assert(copydata.channel(trace.CHANNEL))
print "watching"
io.stdout:flush()

for record, message in channel:messages() do
  local rank = type(record) == "table" and trace.RANK[record.level]
  if rank and rank >= least and tostring(record.source):find(wanted, 1, true) then
    local time = message.received -- by our clock: `sent` is whatever the sender says
    print(("%s.%03d %-5s %s[%d] %s"):format(os.date("%H:%M:%S", time // 1), time % 1 * 1000 // 1,
      record.level, plain(record.source), message.sender.pid or 0, plain(record.text)))
    io.stdout:flush()
  end
end
