-- SPDX-License-Identifier: MIT

-- A program that logs with trace.lua, whether or not trace_viewer.lua watches.
--
--   lua examples\trace_viewer.lua                        in one console
--   lua examples\trace_listener.lua [SOURCE [RECORDS]]   in another; on Linux tools/lua for lua
--
-- Logs RECORDS times (50 by default), every fifth of a second, as SOURCE ("worker" by default):
-- with a plain function and, if lualogging is installed, with its logger too. Start and kill
-- viewers meanwhile: it continues, and prints nothing itself.
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
  if not copydata.sleep(0.2) then -- this program was asked to close, for instance
    break
  end
end
log("ERROR", "no more work")
