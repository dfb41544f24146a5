-- SPDX-License-Identifier: MIT

--- Medians of interleaved rounds, for benches on machines that are never idle.
--
-- Whatever is compared is measured in turn, in short rounds, so that other work of the machine
-- affects all alike; a ratio is the median of the rounds' ratios.
local measure = {}

--- The median of a list of numbers.
function measure.median(list)
  local sorted = table.move(list, 1, #list, 1, {})
  table.sort(sorted)
  local middle = #sorted // 2
  if #sorted % 2 == 1 then
    return sorted[middle + 1]
  end
  return (sorted[middle] + sorted[middle + 1]) / 2
end

--- The median of a[1] / b[1], a[2] / b[2] and so on.
function measure.ratio(a, b)
  local ratios = {}
  for i, number in ipairs(a) do
    ratios[i] = number / b[i]
  end
  return measure.median(ratios)
end

--- Calls each function once per round, in the order given, after a warm-up round.
-- @param rounds their number, without the warm-up
-- @param ... functions, each of which measures and returns seconds
-- @return for each function, the list of its results, one per round
function measure.interleave(rounds, ...)
  local functions, results = { ... }, {}
  for i = 1, #functions do
    results[i] = {}
  end
  for round = 0, rounds do
    for i, run in ipairs(functions) do
      local seconds = run()
      if round > 0 then
        results[i][round] = seconds
      end
    end
  end
  return table.unpack(results)
end

--- Prints a measurement: `<bench> <what> <size> <microseconds> <ratio name>=<ratio>`.
function measure.report(bench, what, size, seconds, name, ratio)
  print(("%s %s %d %.1f %s=%.3f"):format(bench, what, size, seconds * 1e6, name, ratio))
  io.stdout:flush()
end

return measure
