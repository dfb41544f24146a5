-- SPDX-License-Identifier: MIT

-- Compares what messages cost with C on Windows' own calls, and with LuaSocket.
--
--   lua bench/transport.lua [MEASUREMENT...]     on Windows; on Linux see `make bench`
--
-- Prints a line for each: `transport <what> <size> <microseconds> <ratio name>=<ratio>`. The ratio
-- is our time over that of
--   limit             C doing the same (bench/limit.c)
--   limit_of_one      C with one receiver
--   proven            a send to a receiver without a guard
--   raw2              two messages in C, there and back
--   none              the same without other windows or endpoints on the desktop
-- but `faster_than_tcp` is LuaSocket's time over ours. All senders and receivers are children of
-- this process; all processes run on one processor.
package.path = "./spec/?.lua;./?.lua;" .. package.path

local children = require "support.children"
local limit = require "bench.limit"
local measure = require "bench.measure"

local CHANNEL = "bench"
local ROUNDS = 25
local KIB, MIB = 1024, 1024 * 1024

-- Children ---------------------------------------------------------------------------------------

local function start()
  local child = children.start()
  child:run "parts = require 'bench.parts' limit = require 'bench.limit'"
  return child
end

-- Starts a child, which calls one of `parts` and then runs the function that is its last result.
-- Returns the child, and the first of the other results.
local function serve(part, ...)
  local child = start()
  child:begin("local results = table.pack(parts[...](select(2, ...)))"
    .. "say(table.unpack(results, 1, results.n - 1)) return results[results.n]()", part, ...)
  return child, child:said()
end

limit.pin()
local sender = start()

-- Starts receivers, calls `body` and ends them.
local function with_receivers(count, options, body)
  local receivers = {}
  for i = 1, count do
    receivers[i] = serve("receiver", CHANNEL, options)
  end
  body()
  sender:run("copydata.send(...)", CHANNEL, "stop")
  for _, receiver in ipairs(receivers) do
    receiver:result()
    receiver:close()
  end
end

-- Ends the only receiver on a channel; returns what it returned.
local function stop(receiver, channel)
  sender:run("copydata.send(...)", channel, "stop")
  local result = receiver:result()
  receiver:close()
  return result
end

-- Starts a server, calls `body` and ends it.
local function with_server(body)
  local server = serve("server", CHANNEL)
  body()
  stop(server, CHANNEL)
end

local limit_sender = start()

-- Starts C receivers.
-- @return the list of their windows
-- @return a function that ends them
local function limit_receivers(count)
  local receivers, windows = {}, {}
  for i = 1, count do
    receivers[i] = start()
    receivers[i]:begin "say(limit.window()) limit.serve()"
    windows[i] = receivers[i]:said()
  end
  return windows, function()
    for i, receiver in ipairs(receivers) do
      limit.close(windows[i])
      receiver:result()
      receiver:close()
    end
  end
end

local limit_window, end_limit = limit_receivers(1)

-- Single measurements: each returns seconds for one message --------------------------------------

local function sending(kind, count, peers)
  return function()
    return sender:run("return parts.send(...)", CHANNEL, kind, count, peers or 1)
  end
end

local function limit_sending(kind, count, windows)
  windows = windows or limit_window
  return function()
    return limit_sender:run("return parts.limit_send(...)", windows, CHANNEL, kind, count)
  end
end

local function size_of(kind)
  return sender:run("return parts.size(...)", kind)
end

local function report(what, kind, ...)
  measure.report("transport", what, size_of(kind), ...)
end

-- Measurements -----------------------------------------------------------------------------------

local COUNTS = { fields = 200, [64] = 200, [4 * KIB] = 200, [64 * KIB] = 100 } -- per round

local function against_limit(what, kind)
  local ours, theirs = measure.interleave(ROUNDS, sending(kind, COUNTS[kind]),
    limit_sending(kind, COUNTS[kind]))
  report(what, kind, measure.median(ours), "limit", measure.ratio(ours, theirs))
end

local measurements = {}

local function sends(what, options)
  with_receivers(1, options, function()
    against_limit(what .. "-table", "fields")
    against_limit(what, 4 * KIB)
    against_limit(what, 64 * KIB)
  end)
end

function measurements.send()
  sends "send"
end

function measurements.pump()
  sends("send-pump", { pump = "thread" })
end

-- Against C with the fastest length of pieces on this machine.
function measurements.large()
  local total, pieces = 64 * MIB, { 64 * KIB, 128 * KIB, 256 * KIB, 512 * KIB }
  local runs = { sending(total, 1) }
  for i, piece in ipairs(pieces) do
    runs[1 + i] = function()
      return limit_sender:run("return parts.limit_send_pieces(...)", limit_window, total, piece)
    end
  end
  with_receivers(1, nil, function()
    local results = { measure.interleave(5, table.unpack(runs)) }
    local best = results[2]
    for i = 3, #results do
      if measure.median(results[i]) < measure.median(best) then
        best = results[i]
      end
    end
    report("send", total, measure.median(results[1]), "limit", measure.ratio(results[1], best))
  end)
end

function measurements.request()
  with_server(function()
    local ours, theirs = measure.interleave(ROUNDS, function()
      return sender:run("return parts.request(...)", CHANNEL, 64, COUNTS[64])
    end, limit_sending(64, COUNTS[64]))
    report("request", 64, measure.median(ours), "raw2", measure.ratio(ours, theirs) / 2)
    ours, theirs = measure.interleave(ROUNDS, function()
      return sender:run("return parts.call(...)", CHANNEL, COUNTS[64])
    end, limit_sending(64, COUNTS[64]))
    report("call", 64, measure.median(ours), "raw2", measure.ratio(ours, theirs) / 2)
  end)
end

-- Tasks: `size` is their number. The ratio `waiting` is the time over that without starting the
-- tasks.
function measurements.tasks()
  local all, waiting = {}, {}
  for i = 1, 5 do
    all[i], waiting[i] = sender:run("return parts.sleepers(...)", 10000, 1)
  end
  measure.report("transport", "sleep", 10000, measure.median(all), "waiting",
    measure.ratio(all, waiting))
  with_server(function()
    local ours, theirs = measure.interleave(5, function()
      return sender:run("return parts.crowd_of_requests(...)", CHANNEL, 64, 1000)
    end, limit_sending(64, COUNTS[64]))
    measure.report("transport", "requests", 1000, measure.median(ours), "raw2",
      measure.ratio(ours, theirs) / 2)
  end)
end

-- From the call that joins to the handler of on_peers in another process; `size` is the number of
-- watchers.
function measurements.presence()
  local watcher = serve("watcher", CHANNEL)
  local began = sender:run("return parts.joins(...)", CHANNEL, ROUNDS * 4)
  local one = limit_sending(64, COUNTS[64])()
  local told = stop(watcher, CHANNEL)
  local taken = {}
  for i, time in ipairs(told) do
    taken[i] = time - began[i]
  end
  assert(#told == #began)
  measure.report("transport", "presence", 1, measure.median(taken), "limit",
    measure.median(taken) / one)
end

function measurements.post()
  with_receivers(1, nil, function()
    local ours, theirs = measure.interleave(ROUNDS, function()
      return sender:run("return parts.post(...)", CHANNEL, 64, 5000)
    end, limit_sending(64, COUNTS[64]))
    report("post", 64, measure.median(ours), "limit", measure.ratio(ours, theirs))
  end)
end

-- Against as many C programs, and against as many messages to one C program.
measurements["fan-out"] = function()
  local peers, count = 16, 20
  local windows, end_windows = limit_receivers(peers)
  with_receivers(peers, nil, function()
    local ours, theirs, one = measure.interleave(ROUNDS, sending("fields", count, peers),
      limit_sending("fields", count, windows), limit_sending("fields", count * peers))
    report("fan-out-16", "fields", measure.median(ours), "limit", measure.ratio(ours, theirs))
    report("fan-out-16", "fields", measure.median(ours), "limit_of_one",
      measure.ratio(ours, one) / peers)
  end)
  end_windows()
end

-- Sends with and without others on the desktop, in turn. Making and destroying the others takes so
-- long that the speed of the machine may change meanwhile, so it compares ratios to the limit.
local function with_others(what, part, count)
  local turns, rounds = 7, 10
  local crowd = start()
  local times, without, with = {}, {}, {}
  local function turn()
    local ours, theirs = measure.interleave(rounds, sending("fields", 100),
      limit_sending("fields", 100))
    return measure.ratio(ours, theirs), measure.median(ours)
  end
  with_receivers(1, nil, function()
    for i = 1, turns do
      without[i] = turn()
      crowd:run("leave = parts[...](select(2, ...))", part, count)
      with[i], times[i] = turn()
      crowd:run "leave()"
    end
  end)
  report(what, "fields", measure.median(times), "none", measure.ratio(with, without))
  crowd:close()
end

-- With proof of the sender, which the first send has obtained, against sends without it.
function measurements.proven()
  local guarded = CHANNEL .. "-guarded"
  local receiver = serve("receiver", guarded, {}, true)
  local function proving(kind)
    return function()
      return sender:run("return parts.send(...)", guarded, kind, COUNTS[kind], 1)
    end
  end
  with_receivers(1, nil, function()
    for _, kind in ipairs { "fields", 4 * KIB } do
      local with, without = measure.interleave(ROUNDS, proving(kind), sending(kind, COUNTS[kind]))
      report("send-proven", kind, measure.median(with), "proven", measure.ratio(with, without))
    end
  end)
  stop(receiver, guarded)
end

function measurements.windows()
  with_others("send-500-windows", "windows", 500)
end

function measurements.endpoints()
  with_others("send-200-endpoints", "endpoints", 200)
end

function measurements.tcp()
  local server, port = serve("tcp_server")
  sender:run("client = parts.tcp_connect(...)", port)
  with_receivers(1, nil, function()
    for _, kind in ipairs { 64, 64 * KIB } do
      local ours, theirs = measure.interleave(ROUNDS, sending(kind, COUNTS[kind]), function()
        return sender:run("return parts.tcp_send(client, ...)", kind, COUNTS[kind])
      end)
      report("send", kind, measure.median(ours), "faster_than_tcp", measure.ratio(theirs, ours))
    end
  end)
  sender:run "client:close()"
  server:result()
  server:close()
end

-- The order in which they run.
local order = {
  "send", "pump", "large", "post", "request", "tasks", "presence", "fan-out", "proven", "windows",
  "endpoints", "tcp",
}

for _, name in ipairs(#arg > 0 and arg or order) do
  local measurement = measurements[name]
  if not measurement then
    error(("no measurement '%s'; expected one of %s"):format(name, table.concat(order, ", ")), 0)
  end
  measurement()
end

end_limit()
children.reap()
