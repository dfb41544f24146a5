-- SPDX-License-Identifier: MIT

-- A program that traces what it does, to be watched by trace_viewer.lua or by nobody.
--
--   lua examples\trace_viewer.lua                        in one window
--   lua examples\trace_listener.lua [SOURCE [RECORDS]]   in another; on Linux tools/lua for lua
--
-- Writes a record every fifth of a second, as SOURCE ("worker" by default), 50 unless told
-- otherwise, by turns with a plain function and, where lualogging is installed, with its logger.
-- Start and kill viewers meanwhile: it goes on, and prints nothing itself.
package.path = arg[0]:match "^(.-)[^/\\]*$" .. "?.lua;" .. package.path
local copydata = require "copydata"
local trace = require "trace"

local source, records = arg[1] or "worker", tonumber(arg[2] or 50)

local log = trace.source(source)
local logger
local found, logging = pcall(require, "logging")
if found then
  logger = logging.new(trace.appender(source .. ".logging"))
end

for i = 1, records do
  log(i % 10 == 0 and "WARN" or "INFO", "step %d of %d", i, records)
  if logger then
    logger:debug("memory: %.1f KiB", collectgarbage "count")
  end
  if not copydata.sleep(0.2) then -- this program is asked to close, say
    break
  end
end
log("ERROR", "no more work")
