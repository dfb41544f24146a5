-- SPDX-License-Identifier: MIT

-- Times the codec beside lua-cjson, lua-messagepack and the floor, in one process. One line a
-- measurement goes to standard output; the others' times as multiples of ours to the file named,
-- for gnuplot.
--
--   lua bench/codec.lua [DATA-FILE]
--
-- A round times every contestant once, one after the other. What disturbs the machine for longer
-- than a round disturbs them alike, so it is the ratios within each round that are compared: what
-- is printed is their median over all rounds, and the median of our times. The collector runs
-- between measurements, not in them.

local msgpack = require "copydata.msgpack"
local cjson = require "cjson"
local other = require "MessagePack"
local floor = require "floor"

local ROUNDS = tonumber(os.getenv "BENCH_ROUNDS") or 101
local SLICE = 0.002 -- seconds that one contestant has in a round, at least one call

-- The same values on every machine.
local seed = 42
local function random(n)
  seed = (seed * 6364136223846793005 + 1442695040888963407)
  return (seed >> 33) % n
end

local function text(length)
  local bytes = {}
  for i = 1, length do bytes[i] = string.char(97 + random(26)) end
  return table.concat(bytes)
end

local function list(n, item)
  local t = {}
  for i = 1, n do t[i] = item(i) end
  return t
end

local workloads = {
  { "small", function()
    return { name = "report", line = 42, column = 7.5, ready = true, path = "src/main.lua" }
  end },
  { "records", function()
    return list(1000, function(i)
      return { id = i, name = text(8 + random(8)), score = random(1000000) / 1000,
        active = i % 3 == 0, email = text(6) .. "@example.com",
        tags = { text(4), text(5), i % 100 } }
    end)
  end },
  { "floats", function()
    return list(10000, function() return random(1 << 30) / 4096 + 0.123 end)
  end },
  { "ints", function()
    return list(10000, function(i)
      return (random(1 << 30) >> (i % 30)) * (i % 2 == 0 and -1 or 1)
    end)
  end },
  { "strings", function() return list(2000, function(i) return text(i * 7919 % 200) end) end },
  { "deep", function()
    local t = { leaf = true }
    for i = 2, 14 do t = { level = i, inside = t } end
    return t
  end },
  { "blob", function() return ("\0\255\17\128\64\200\3\90"):rep(1 << 17) end },
}

local function median(values)
  table.sort(values)
  local middle = #values // 2 + 1
  return #values % 2 == 1 and values[middle] or (values[middle - 1] + values[middle]) / 2
end

local function run(f, argument, times)
  local start = floor.now()
  for _ = 1, times do f(argument) end
  return (floor.now() - start) / times
end

local function calls(f, argument)
  local times = 1
  while true do
    local seconds = run(f, argument, times)
    if seconds * times >= SLICE / 4 then return math.max(1, math.ceil(SLICE / seconds)) end
    times = times * 2
  end
end

-- The median of the first contestant's times in microseconds, and of each other one's times as
-- multiples of the first's. A contestant is {function, argument}.
local function measure(contestants)
  local times, results = {}, {}
  for i, c in ipairs(contestants) do times[i], results[i] = calls(c[1], c[2]), {} end
  for round = 1, ROUNDS do
    for k = 1, #contestants do
      local i = (round + k) % #contestants + 1 -- another one is the first in every round
      local c = contestants[i]
      collectgarbage()
      collectgarbage "stop"
      results[i][round] = run(c[1], c[2], times[i]) * 1e6
      collectgarbage "restart"
    end
  end
  for i = 2, #contestants do
    for round, time in ipairs(results[i]) do results[i][round] = time / results[1][round] end
  end
  for i in ipairs(contestants) do results[i] = median(results[i]) end
  return table.unpack(results)
end

local data = arg[1] and assert(io.open(arg[1], "w"))
for _, workload in ipairs(workloads) do
  local name, value = workload[1], workload[2]()
  local bytes = msgpack.encode(value)
  local text_of = type(value) == "table" and value or { value } -- JSON wants a table outside
  local directions = {
    encode = { { msgpack.encode, value }, { floor.walker(bytes), value }, { cjson.encode, text_of },
      { other.pack, value } },
    decode = { { msgpack.decode, bytes }, { floor.build, floor.tape(value) },
      { cjson.decode, cjson.encode(text_of) }, { other.unpack, bytes } },
  }
  for _, direction in ipairs { "encode", "decode" } do
    local ours, least, theirs, pure = measure(directions[direction])
    print(("codec %s %s %.2f floor=%.2f cjson=%.2f lua-messagepack=%.2f"):format(
      name, direction, ours, 1 / least, theirs, pure))
    io.stdout:flush()
    if data then
      data:write(("%s %s %.3f %.3f %.3f\n"):format(name, direction, least, theirs, pure))
    end
  end
end
if data then data:close() end
