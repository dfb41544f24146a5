-- SPDX-License-Identifier: MIT

-- Trace: a logger that sends its records to viewers, and costs next to nothing without one. Copy
-- this file into your program. trace_listener.lua shows its use, trace_viewer.lua is a viewer.
--
--   local log = require("trace").source "worker"
--   log("INFO", "%d files read", count)
--
--   local logger = require("logging").new(require("trace").appender "worker")    -- lualogging
--   logger:info("%d files read", count)
local copydata = require "copydata"

local trace = {
  CHANNEL = "trace",
  RANK = { DEBUG = 1, INFO = 2, WARN = 3, ERROR = 4, FATAL = 5 }, -- lualogging's levels
}

local LOOK = 0.5 -- seconds between searches for viewers
local SENDING = { timeout = 0.2 } -- a viewer that hangs must not hold up the program

-- Not the default endpoint, whose options are the program's choice. A window with its own thread
-- needs no polling.
local endpoint

local function has_viewers()
  endpoint = endpoint or copydata.new { pump = "thread" }
  return endpoint ~= nil and #endpoint:peers(trace.CHANNEL) > 0
end

--- Makes a function that logs.
-- @param source the name of the part that logs, by which viewers filter
-- @return `log(level, text, ...)`: `level` is one of trace.RANK; with further arguments, `text` is
-- a format, which is used only if there is a viewer
function trace.source(source)
  local watched, looked = false, -LOOK
  return function(level, text, ...)
    local now = os.clock() -- on Windows it advances while the program waits; os.time costs more
    if now - looked >= LOOK then
      watched, looked = has_viewers(), now
    end
    if watched then
      if select("#", ...) > 0 then
        text = text:format(...)
      end
      local record = { level = level, source = source, text = text }
      watched = (endpoint:send(trace.CHANNEL, record, SENDING) or 0) > 0
    end
  end
end

--- Makes an appender for lualogging: `logging.new(trace.appender "worker")`.
function trace.appender(source)
  local log = trace.source(source)
  return function(_, level, text)
    log(level, text)
    return true
  end
end

return trace
