-- SPDX-License-Identifier: MIT

-- Compares messages to another desktop with messages on one desktop: `tools/bench-bridge`. Two Wine
-- prefixes are the desktops; the Redis server runs on this machine. Prints lines
--   bridge <what> <bytes> <on one desktop> <from desktop to desktop> <unit> ratio=<ratio>
-- The two are measured in turn, ROUNDS rounds each; the numbers are medians, and the ratio is the
-- median of the rounds' ratios. Lines `bridge processor ...` have the processor time per posted
-- message in each process, and lines `bridge idle ...` that of idle processes. See bench/desks.lua.
package.path = package.path .. ";./spec/?.lua"
local bridge = require "support.bridge"
local desk = require "support.desk"
local native = require "support.native"
local redis_server = require "support.redis_server"
local socket = require "socket"

local ROUNDS = tonumber(os.getenv "BENCH_ROUNDS") or 5

-- A listener: counts messages, and records how long each took.
local LISTENER = [[
  core = require "copydata.core"
  channel = assert(copydata.channel(...))
  count, late = 0, {}
  channel:on(function(data)
    count = count + 1
    if type(data) == "table" then
      late[#late + 1] = core.seconds() - data[1]
    end
    if count == awaited then
      came:set(core.seconds())
    end
  end)
  function await(many)
    count, late, awaited, came = 0, {}, many, copydata.event()
  end]]

local SPEAKER = [[
  core = require "copydata.core"
  channel = assert(copydata.channel(..., { listen = false }))
  function said(how, count, bytes)
    local payload = ("x"):rep(bytes)
    local began = core.seconds()
    if how == "send" then
      for _ = 1, count do assert(channel:send(payload, { timeout = 60 }) == 1) end
    else
      for _ = 1, count do channel:post(payload) end
      copydata.flush { timeout = 60 }
    end
    return began
  end
  function paced(rate, count)
    local began = core.seconds()
    for i = 1, count do
      local left = began + i / rate - core.seconds()
      if left > 0 then copydata.sleep(left) end
      channel:post { core.seconds() }
      copydata.flush()
    end
  end]]

local function median(list, share)
  table.sort(list)
  return list[math.max(1, math.ceil(#list * (share or 0.5)))]
end

-- Starts a speaker on desktop 1 and a listener on desktop `number`.
local function pair(name, number)
  local speaker, listener = desk.start(1), desk.start(number)
  speaker:run(SPEAKER, name)
  listener:run(LISTENER, name)
  return { speaker = speaker, listener = listener }
end

-- Measures two pairs in turn.
-- @param measure called with a pair, returns a list of numbers
-- @return for each number: a list for one pair, one for the other, and one of their ratios
local function compare(here, there, measure)
  local columns = {}
  for _ = 1, ROUNDS do
    local one, other = measure(here), measure(there)
    for i = 1, #one do
      columns[i] = columns[i] or { {}, {}, {} }
      table.insert(columns[i][1], one[i])
      table.insert(columns[i][2], other[i])
      table.insert(columns[i][3], other[i] / one[i])
    end
  end
  return columns
end

local function report(what, bytes, unit, column)
  print(("bridge %s %d %.4g %.4g %s ratio=%.2f"):format(what, bytes, median(column[1]),
    median(column[2]), unit, median(column[3])))
end

-- Messages a second, from the first call to the arrival of the last message.
local function rate(how, count, bytes)
  return function(programs)
    programs.listener:run("await(...)", count)
    programs.listener:begin "return (came:wait(120))"
    local began = programs.speaker:run("return said(...)", how, count, bytes)
    return { count / (assert(programs.listener:result(130)) - began) }
  end
end

-- Milliseconds from the call to the handler, at a fixed rate: the median and the 99th percentile.
local function latency(each_second, count)
  return function(programs)
    programs.listener:run("await(...)", count)
    programs.listener:begin "came:wait(60) return late"
    programs.speaker:run("paced(...)", each_second, count)
    local late = assert(programs.listener:result(70))
    return { 1000 * median(late), 1000 * median(late, 0.99) }
  end
end

-- Milliseconds for a request: the median.
local function request(count)
  return function(programs)
    return { programs.speaker:run([[
      local times = {}
      for i = 1, ... do
        local began = core.seconds()
        assert(asks:request(i) == i)
        times[i] = 1000 * (core.seconds() - began)
      end
      table.sort(times)
      return times[#times // 2] ]], count) }
  end
end

local function join_requests(name, ...)
  for _, programs in ipairs { ... } do
    programs.speaker:run("asks = assert(copydata.channel(..., { listen = false }))",
      name .. programs.key)
    programs.listener:run([[
      serves = assert(copydata.channel(...))
      serves:serve(function(data) return data end)]], name .. programs.key)
  end
end

-- The processor time that a process has used, in seconds.
local function processor(pid)
  local fields = assert(native.read(("/proc/%d/stat"):format(pid))):match "%) %S (.*)$"
  local at, spent = 0, 0
  for field in fields:gmatch "%S+" do
    at = at + 1
    if at == 11 or at == 12 then -- utime and stime, in ticks of 10 ms
      spent = spent + tonumber(field) / 100
    end
  end
  return spent
end

local server = redis_server.start()
local here, there = pair("here", 1), pair("there", 2)
here.key, there.key = "here", "there"
local bridges = {}
for number = 1, 2 do
  bridges[number] = bridge.start(number, server:url(), "--channel", "there", "--requests",
    "asksthere")
end
join_requests("asks", here, there)
assert(native.eventually(function()
  return there.speaker:run "return asks:request(1)" == 1
end), "no bridge answers requests")

report("send", 60, "a_second", compare(here, there, rate("send", 2000, 60))[1])
report("send", 4096, "a_second", compare(here, there, rate("send", 2000, 4096))[1])
report("post", 60, "a_second", compare(here, there, rate("post", 50000, 60))[1])
for _, each_second in ipairs { 100, 800 } do
  local columns = compare(here, there, latency(each_second, 2 * each_second))
  report("latency-median-at-" .. each_second, 60, "ms", columns[1])
  report("latency-p99-at-" .. each_second, 60, "ms", columns[2])
end
report("request", 1, "ms", compare(here, there, request(100))[1])

local PROCESSES = {
  { "speaker", there.speaker.program.pid }, { "bridge-out", bridges[1].pid },
  { "server", server.program.pid }, { "bridge-in", bridges[2].pid },
  { "listener", there.listener.program.pid },
}

-- Prints the processor time that each process takes while `run` runs, times what that returns.
local function spend(what, unit, run)
  local before = {}
  for i, process in ipairs(PROCESSES) do
    before[i] = processor(process[2])
  end
  local share = run()
  for i, process in ipairs(PROCESSES) do
    print(("bridge %s %s %.2f %s"):format(what, process[1],
      (processor(process[2]) - before[i]) * share, unit))
  end
end

local MANY, WHILE = 100000, 20 -- messages; seconds
spend("processor", "us_a_message", function()
  rate("post", MANY, 60)(there)
  return 1e6 / MANY
end)
socket.sleep(2)
spend("idle", "ms_a_second", function()
  socket.sleep(WHILE)
  return 1000 / WHILE
end)
native.reap()
