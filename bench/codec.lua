-- SPDX-License-Identifier: MIT

-- Compares the speed of the codec with lua-cjson, lua-messagepack and the floor (bench/floor.c), in
-- one process.
--
--   lua bench/codec.lua [DATA-FILE]
--
-- Prints these lines, and writes the times of the others, as multiples of ours, to DATA-FILE for
-- gnuplot:
--   codec SET DIRECTION MICROSECONDS floor=... cjson=... lua-messagepack=...
--       our time; our time as a multiple of the floor's; the others' as multiples of ours.
--       DIRECTION is encode or decode with the collector stopped, encode+gc or decode+gc with it
--       running, as in a program
--   control SET DIRECTION ...
--       our time as a multiple of our own: how much else affects this measurement
--   loses CODEC: ...
--       what does not survive encoding and decoding
--
-- A round times every contestant once, in random order: in a fixed order each would always follow
-- the same neighbour, with the memory and caches that it leaves. What disturbs the machine for
-- longer than a round disturbs all contestants alike, so the ratios within each round are compared:
-- the output has their medians over all rounds, and the median of our times. While the control of a
-- measurement is off, more rounds follow; if it stays off, its line is not printed.

local msgpack = require "copydata.msgpack"
local cjson = require "cjson"
local other = require "MessagePack"
local floor = require "floor"
local losses = require "losses"
local measure = require "measure"
local sets = require "sets"

local ROUNDS = tonumber(os.getenv "BENCH_ROUNDS") or 101
local ATTEMPTS = 10
local LEAST, MOST = 0.97, 1.03 -- of a control

-- Seconds that a contestant has in a round, for at least one call. A running collector needs time
-- to complete its cycles, or chance decides in whose slice it works. While it is stopped, all make
-- as many calls as ours makes in that time, because earlier results make later calls slower.
local SLICE = { stopped = 0.001, running = 0.015 }

local function run(f, argument, times)
  local start = floor.now()
  for _ = 1, times do f(argument) end
  return (floor.now() - start) / times
end

local function calls(f, argument, slice)
  local times = 1
  while true do
    local seconds = run(f, argument, times)
    if seconds * times >= slice / 4 then return math.max(1, math.ceil(slice / seconds)) end
    times = times * 2
  end
end

local function shuffle(list)
  for i = #list, 2, -1 do
    local j = math.random(i)
    list[i], list[j] = list[j], list[i]
  end
end

-- ROUNDS more rounds. Each contestant, {function, argument}, gets a list of its times, in seconds.
local function race(contestants, collector)
  local order = {}
  for i, c in ipairs(contestants) do
    local model = collector == "stopped" and contestants[1] or c
    c.calls = model.calls or calls(c[1], c[2], SLICE[collector])
    c.times = c.times or {}
    order[i] = c
  end
  for _ = 1, ROUNDS do
    shuffle(order)
    for _, c in ipairs(order) do
      collectgarbage()
      if collector == "stopped" then collectgarbage "stop" end
      c.times[#c.times + 1] = run(c[1], c[2], c.calls)
      collectgarbage "restart"
    end
  end
end

-- The contestants for a value: ours, ours again as the control, the floor, and the others.
local function contestants(direction, value, bytes)
  local text = type(value) == "table" and value or { value } -- JSON needs a table at the top
  if direction == "encode" then
    return { { msgpack.encode, value }, { msgpack.encode, value }, { floor.walker(bytes), value },
      { cjson.encode, text }, { other.pack, value } }
  end
  return { { msgpack.decode, bytes }, { msgpack.decode, bytes }, { floor.build, floor.tape(value) },
    { cjson.decode, cjson.encode(text) }, { other.unpack, bytes } }
end

local data = arg[1] and assert(io.open(arg[1], "w"))
local unsettled = 0

local function report(name, direction, collector, value, bytes)
  local what = name .. " " .. direction .. (collector == "running" and "+gc" or "")
  local all = contestants(direction, value, bytes)
  for _ = 1, ATTEMPTS do
    race(all, collector)
    local ours = all[1].times
    local control = measure.ratio(all[2].times, ours)
    print(("control %s %.3f"):format(what, control))
    if control >= LEAST and control <= MOST then
      local theirs, pure = measure.ratio(all[4].times, ours), measure.ratio(all[5].times, ours)
      local of_floor = measure.ratio(ours, all[3].times)
      print(("codec %s %.2f floor=%.2f cjson=%.2f lua-messagepack=%.2f"):format(
        what, measure.median(ours) * 1e6, of_floor, theirs, pure))
      io.stdout:flush()
      if data and collector == "stopped" then
        data:write(("%s %.3f %.3f %.3f\n"):format(what, 1 / of_floor, theirs, pure))
      end
      return
    end
  end
  unsettled = unsettled + 1
end

for _, set in ipairs(sets) do
  local value = set.make()
  local bytes = msgpack.encode(value)
  for _, direction in ipairs { "encode", "decode" } do
    for _, collector in ipairs { "stopped", "running" } do
      report(set.name, direction, collector, value, bytes)
    end
  end
end
if data then data:close() end

for _, codec in ipairs { { "copydata.msgpack", msgpack.encode, msgpack.decode },
  { "lua-cjson", cjson.encode, cjson.decode }, { "lua-messagepack", other.pack, other.unpack } } do
  print(("loses %s: %s"):format(codec[1], losses.of(codec[2], codec[3])))
end

if unsettled > 0 then
  io.stderr:write(unsettled, " measurements omitted: the control was never between ", LEAST,
    " and ", MOST, "\n")
  os.exit(1)
end
