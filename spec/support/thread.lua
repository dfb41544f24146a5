-- SPDX-License-Identifier: MIT

-- What each thread of 08-threads_spec.lua runs: each exchanges messages with all others.
local number, path, cpath, name, count, rounds = ...
package.path, package.cpath = path, cpath
count, rounds = tonumber(count), tonumber(rounds)

local copydata = require "support.copydata"

local channel = assert(copydata.channel(name))
for attempt = 1, 1000 do
  if #channel:peers() == count - 1 then
    break
  end
  assert(attempt < 1000, "the others do not come")
  copydata.poll(0.01)
end

local got, done = {}, 0
channel:on(function(data)
  if data == "done" then
    done = done + 1
  else
    got[data.from] = (got[data.from] or 0) + 1
    assert(got[data.from] == data.round, "order")
  end
end)

for round = 1, rounds do
  local recipients, failures = channel:send { from = number, round = round }
  assert(recipients == count - 1, failures[1] and failures[1].message)
end
assert(channel:send "done" == count - 1)
while done < count - 1 do
  assert(copydata.poll(20) > 0, "the others do not end")
end

for from = 1, count do
  assert(from == number and got[from] == nil or got[from] == rounds, "lost")
end
