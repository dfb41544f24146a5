-- SPDX-License-Identifier: MIT

--- What the processes of a bench do on request of transport.lua.
local copydata = require "copydata"
local limit = require "bench.limit"

local parts = {}

local TIMESTAMP = ("\0"):rep(10) -- as many bytes as the timestamp at the end of a frame
local TCP_PATIENCE = 20 -- seconds

--- The payload: a small table for "fields", otherwise a text of `kind` bytes.
function parts.value(kind)
  if kind == "fields" then
    return { file = "src/main.lua", line = 42, column = 7, modified = true, zoom = 1.25 }
  end
  return ("x"):rep(kind)
end

--- Its size: the length of a text, or of a table as MessagePack.
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

--- Sends from C, to each of the windows, what copydata would send.
-- @return seconds for sending once to each
function parts.limit_send(windows, channel, kind, count)
  local frame = copydata.msgpack.encode { 2, channel, { parts.value(kind) } } .. TIMESTAMP
  return limit.send(windows, frame, count) / count
end

--- Sends `total` bytes from C in pieces.
-- @return seconds for all of them
function parts.limit_send_pieces(windows, total, piece)
  return limit.send(windows, ("x"):rep(piece), total // piece)
end

-- copydata ---------------------------------------------------------------------------------------

-- Returns a function that runs an endpoint until it gets "stop" on a channel, the endpoint and the
-- channel.
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

--- Makes an endpoint that receives until it gets "stop".
-- @param[opt] guarded whether senders must prove who they are
-- @return a function that runs it
function parts.receiver(name, options, guarded)
  local run, _, channel = until_stopped(name, options)
  if guarded then
    channel:guard(function(peer) return peer.proven end)
  end
  return run
end

--- Makes an endpoint that records when it learns that a peer has joined, until it gets "stop".
-- @return a function that runs it, and returns these times
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

--- Joins and leaves the channel that `watcher` watches, with pauses in which no hint is pending.
-- @return the times at which it joined
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

--- Like `receiver`, but also answers each request with its payload, and publishes an object whose
-- method `add` adds.
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

--- Sends, and checks that `peers` peers accept each message.
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

--- Sends requests, and checks the answers.
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
-- @return seconds for one message
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

--- Has `count` tasks call sleep(0), each `times` times.
-- @return seconds for one sleep of one task, including the spawning of the tasks
-- @return the same without it
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

--- Sends requests from `count` tasks at the same time.
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

--- Starts a server for one client, which acknowledges each message with a byte, then decodes it.
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

--- Sends over TCP, and waits for each acknowledgement.
-- @return seconds for one message
function parts.tcp_send(client, kind, count)
  local value = parts.value(kind)
  return average(count, function()
    assert(client:send(string.pack(">s4", copydata.msgpack.encode(value))))
    assert(client:receive(1))
  end)
end

return parts
