-- SPDX-License-Identifier: MIT

--- What the processes of a bench do when transport.lua tells them to.
local copydata = require "copydata"
local limit = require "bench.limit"

local parts = {}

local TIMESTAMP = ("\0"):rep(10) -- what a frame ends with takes so many bytes
local TCP_PATIENCE = 20 -- seconds

--- What is sent: "fields" for a small table, otherwise a text of so many bytes.
function parts.value(kind)
  if kind == "fields" then
    return { file = "src/main.lua", line = 42, column = 7, modified = true, zoom = 1.25 }
  end
  return ("x"):rep(kind)
end

--- The size of it: a text's length, a table's as MessagePack.
function parts.size(kind)
  local value = parts.value(kind)
  return type(value) == "string" and #value or #copydata.msgpack.encode(value)
end

local function average(count, run)
  local start = limit.clock()
  for _ = 1, count do
    run()
  end
  return (limit.clock() - start) / count
end

-- The limit --------------------------------------------------------------------------------------

--- Sends by C, to each of some windows, what copydata would send.
-- @return seconds for one round of them
function parts.limit_send(windows, channel, kind, count)
  local frame = copydata.msgpack.encode { 2, channel, { parts.value(kind) } } .. TIMESTAMP
  return limit.send(windows, frame, count) / count
end

--- Sends `total` bytes by C in pieces.
-- @return seconds for all of them
function parts.limit_send_pieces(windows, total, piece)
  return limit.send(windows, ("x"):rep(piece), total // piece)
end

-- copydata ---------------------------------------------------------------------------------------

-- A function that runs an endpoint until it is sent "stop" on a channel; the endpoint, the channel.
local function until_stopped(name, options)
  local endpoint = assert(copydata.new(options))
  local channel = assert(endpoint:channel(name))
  channel:on(function(data)
    if data == "stop" then
      copydata.stop()
    end
  end)
  return function()
    copydata.run()
    endpoint:close()
  end, endpoint, channel
end

--- An endpoint that receives until it is sent "stop".
-- @param[opt] guarded whether senders have to prove who they are
-- @return a function that does it
function parts.receiver(name, options, guarded)
  local run, _, channel = until_stopped(name, options)
  if guarded then
    channel:guard(function(peer) return peer.proven end)
  end
  return run
end

--- An endpoint that notes when it is told that somebody joined, until it is sent "stop".
-- @return a function that does it, and returns these times
function parts.watcher(name)
  local run, endpoint = until_stopped(name)
  local times = {}
  endpoint:channel(name .. ".watched", { listen = false }):on_peers(function(_, event)
    if event == "joined" then
      times[#times + 1] = limit.clock()
    end
  end)
  return function()
    run()
    return times
  end
end

--- Joins what that watches and leaves it, with pauses in which nobody looks for hints.
-- @return when it joined: a list of times
function parts.joins(name, count)
  local endpoint <close> = assert(copydata.new())
  local times = {}
  for i = 1, count do
    copydata.sleep(0.02)
    times[i] = limit.clock()
    local channel = assert(endpoint:channel(name .. ".watched"))
    copydata.sleep(0.02)
    channel:close()
  end
  return times
end

--- One that also answers requests by what they ask, and publishes an object whose method `add`
-- adds.
function parts.server(name)
  local run, endpoint, channel = until_stopped(name)
  channel:serve(function(data)
    return data
  end)
  assert(endpoint:publish(name, {
    add = function(_, a, b)
      return a + b
    end,
  }))
  return run
end

--- Sends, and checks that all of so many peers accept it.
-- @return seconds for one send
function parts.send(name, kind, count, peers)
  local value = parts.value(kind)
  return average(count, function()
    local recipients, failures = assert(copydata.send(name, value))
    if recipients ~= peers then
      error(failures[1] and failures[1].message or recipients .. " recipients")
    end
  end)
end

--- Asks, and checks the answer.
-- @return seconds for one request
function parts.request(name, kind, count)
  local value = parts.value(kind)
  return average(count, function()
    local answer = assert(copydata.request(name, value))
    assert(answer == value)
  end)
end

--- Calls a method of a remote object with two small arguments.
-- @return seconds for one call
function parts.call(name, count)
  local proxy <close> = assert(copydata.remote.connect(name))
  return average(count, function()
    assert(proxy:add(1, 2) == 3)
  end)
end

--- Posts, and flushes at the end.
-- @return seconds for one
function parts.post(name, kind, count)
  local channel <close> = assert(copydata.channel(name, { listen = false }))
  local value = parts.value(kind)
  local start = limit.clock()
  for _ = 1, count do
    channel:post(value)
  end
  assert(copydata.flush())
  return (limit.clock() - start) / count
end

-- Tasks ------------------------------------------------------------------------------------------

--- Has many tasks sleep(0) so many times.
-- @return seconds for one task and sleep, with and without spawning the tasks
function parts.sleepers(count, times)
  local began = copydata.event()
  local started = limit.clock()
  local tasks = {}
  for i = 1, count do
    tasks[i] = copydata.spawn(function()
      began:wait()
      for _ = 1, times do
        copydata.sleep(0)
      end
    end)
  end
  local spawned = limit.clock()
  began:set()
  for i = 1, count do
    tasks[i]:wait()
  end
  local ended = limit.clock()
  return (ended - started) / (count * times), (ended - spawned) / (count * times)
end

--- Asks from so many tasks at the same time.
-- @return seconds for one request
function parts.crowd_of_requests(name, kind, count)
  local value = parts.value(kind)
  local started = limit.clock()
  local tasks = {}
  for i = 1, count do
    tasks[i] = copydata.spawn(copydata.request, name, value, { timeout = 60 })
  end
  for i = 1, count do
    assert(tasks[i]:wait() == value)
  end
  return (limit.clock() - started) / count
end

-- Bystanders -------------------------------------------------------------------------------------

--- Makes windows that have nothing to do with copydata.
-- @return a function that destroys them
function parts.windows(count)
  local windows = limit.crowd(count)
  return function()
    for _, hwnd in ipairs(windows) do
      limit.destroy(hwnd)
    end
  end
end

--- Makes endpoints on some other channel.
-- @return a function that closes them
function parts.endpoints(count)
  local endpoints, channels = {}, {}
  for i = 1, count do
    endpoints[i] = assert(copydata.new())
    channels[i] = assert(endpoints[i]:channel "bench.others")
  end
  return function()
    for i = 1, count do
      channels[i]:close()
      endpoints[i]:close()
    end
  end
end

-- LuaSocket --------------------------------------------------------------------------------------

--- A server for one client, which acknowledges each message by a byte and then decodes it.
-- @return its port
-- @return a function that serves until the client leaves
function parts.tcp_server()
  local socket = require "socket"
  local server = assert(socket.bind("127.0.0.1", 0))
  local _, port = server:getsockname()
  return tonumber(port), function()
    local client = assert(server:accept())
    client:setoption("tcp-nodelay", true)
    while true do
      local head = client:receive(4)
      if not head then
        break
      end
      local body = assert(client:receive((string.unpack(">I4", head))))
      assert(client:send "k")
      assert(copydata.msgpack.decode(body) ~= nil)
    end
    client:close()
    server:close()
  end
end

function parts.tcp_connect(port)
  local client = assert(require("socket").connect("127.0.0.1", port))
  client:setoption("tcp-nodelay", true)
  client:settimeout(TCP_PATIENCE)
  return client
end

--- Sends by TCP, each time waiting for the acknowledgement.
-- @return seconds for one
function parts.tcp_send(client, kind, count)
  local value = parts.value(kind)
  return average(count, function()
    assert(client:send(string.pack(">s4", copydata.msgpack.encode(value))))
    assert(client:receive(1))
  end)
end

return parts
