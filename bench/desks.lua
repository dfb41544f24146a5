-- SPDX-License-Identifier: MIT

-- Measures the load of many desktops on one server: `tools/bench-bridge desks [COUNT]`. Each
-- desktop is a process on this machine that sends the server what a reading bridge does: an HSET of
-- its position, to which the server replies once a second, and an XREAD that waits. One writer
-- appends entries of MESSAGES messages, of 60 bytes each. When every desktop has had every entry,
-- in order, prints
--   bridge desks <desktops> <entries> <messages> <microseconds>
-- with the server's processor time per desktop and entry.
package.path = package.path .. ";./spec/?.lua"
local redis = require "redis"
local socket = require "socket"

local STREAM = "copydata:bench:{news}"
local CONFIRM = 1 -- seconds

for _, name in ipairs { "xadd", "xread", "hset", "info" } do
  redis.commands[name] = redis.command(name:upper(), function(reply) return reply end)
end

-- The bytes of a command.
local function command(...)
  local parts = { ("*%d\r\n"):format(select("#", ...)) }
  for _, word in ipairs { ... } do
    parts[#parts + 1] = ("$%d\r\n%s\r\n"):format(#tostring(word), word)
  end
  return table.concat(parts)
end

-- A desktop: reads until the last entry.
local function read_all(port, number)
  local client = redis.connect("127.0.0.1", port)
  local id, had, confirmed = "0-0", 0, 0
  local position = "copydata:bench:position:" .. number
  client:set("copydata:bench:ready:" .. number, 1)
  while true do
    local bytes = command("XREAD", "COUNT", 256, "BLOCK", 5000, "STREAMS", STREAM, id)
    if socket.gettime() - confirmed > CONFIRM then
      client:hset(position, STREAM, id)
      confirmed = socket.gettime()
    else
      bytes = command("CLIENT", "REPLY", "SKIP") .. command("HSET", position, STREAM, id) .. bytes
    end
    local found = client:raw_cmd(bytes)
    for _, item in ipairs(found and found[1] and found[1][2] or {}) do
      local fields = item[2]
      id, had = item[1], had + 1
      assert(fields[4] == tostring(had), "entry " .. fields[4] .. " after " .. had - 1)
      if fields[6] == "last" then
        print("all " .. had)
        return
      end
    end
  end
end

if arg[1] == "read" then
  read_all(tonumber(arg[2]), arg[3])
  return
end

local native = require "support.native"
local redis_server = require "support.redis_server"

local ENTRIES, MESSAGES, EACH_SECOND = 500, 20, 50
local desks = tonumber(arg[1]) or 200

local server = redis_server.start()
local client = server:client()
local all = native.start { "sh", "-c",
  ("for n in $(seq %d); do lua5.4 bench/desks.lua read %d $n & done; wait"):format(desks,
    server.port) }
assert(native.eventually(function() return client:dbsize() >= desks end, 60), all:output())

local function spent()
  local report = client:info "cpu"
  return tonumber(report:match "used_cpu_user:([%d.]+)")
    + tonumber(report:match "used_cpu_sys:([%d.]+)")
end

local before, began = spent(), socket.gettime()
local bytes = ("x"):rep(62 * MESSAGES)
for n = 1, ENTRIES do
  socket.sleep(began + n / EACH_SECOND - socket.gettime())
  client:xadd(STREAM, "*", "o", "bench:1", "n", n, "b", n == ENTRIES and "last" or bytes)
end
assert(all:wait(120) == 0, all:output())
local _, complete = all:output():gsub("all " .. ENTRIES .. "\n", "")
assert(complete == desks, ("only %d desktops have had everything"):format(complete))
print(("bridge desks %d %d %d %.1f"):format(desks, ENTRIES, ENTRIES * MESSAGES,
  (spent() - before) / (desks * ENTRIES) * 1e6))
native.reap()
