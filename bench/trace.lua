-- SPDX-License-Identifier: MIT

-- Measures what a line of examples/trace.lua costs, without a viewer and with one.
--
--   lua bench/trace.lua                          on Windows; on Linux tools/lua bench/trace.lua
--
-- Prints a line for each, as bench/transport.lua does. The ratio `format` is the time over that of
-- string.format, which only makes the same text.
package.path = "./spec/?.lua;./examples/?.lua;./?.lua;" .. package.path

local children = require "support.children"
local copydata = require "copydata"
local core = require "copydata.core"
local measure = require "bench.measure"
local trace = require "trace"

trace.CHANNEL = "bench.trace"

local ROUNDS = 25
local log = trace.source "bench"

-- Returns a function that returns how long one of `count` calls takes.
local function timing(count, call)
  return function()
    local started = core.seconds()
    for i = 1, count do
      call("INFO", "step %d of %d", i, count)
    end
    return (core.seconds() - started) / count
  end
end

local function format(_, text, ...)
  return text:format(...)
end

local function report(what, count)
  local ours, theirs = measure.interleave(ROUNDS, timing(count, log), timing(count, format))
  measure.report("trace", what, #"step 100 of 100", measure.median(ours), "format",
    measure.ratio(ours, theirs))
end

report("unwatched", 100000)
local viewer = children.join(trace.CHANNEL)
viewer:begin [[
  channel:on(function(data) if data == "stop" then copydata.stop() end end)
  copydata.run()
]]
copydata.poll(0.6) -- until trace looks for viewers again
report("watched", 200)
copydata.send(trace.CHANNEL, "stop")
viewer:result()
children.reap()
