-- SPDX-License-Identifier: MIT

-- Sockets and messages in one program: in copydata's loop, or copydata within that of LuaSocket's
-- select, copas or luv.
--
--   lua examples\event_loops.lua tasks|select|copas|luv [CHANNEL]     on Linux tools/lua for lua
--
-- Answers both TCP clients, on a port that it prints, and messages on CHANNEL ("loops" by
-- default). The message "stop" ends it. With `tasks`, copydata waits for everything. Otherwise the
-- other loop waits, for the clients and for a socket that is readable when copydata.poll(0) has
-- something to do. Neither loop polls the other.
--
-- Install the library that you use: luarocks install luasocket, copas or luv.
local copydata = require "copydata"

assert(copydata.open { pump = "thread" }) -- accepts messages while the other loop waits
local channel = assert(copydata.channel(arg[2] or "loops"))
local messages = assert(copydata.socket())
local stopped = false

channel:on(function(data, message)
  stopped = data == "stop"
  message:reply { answer = tostring(data):upper() }
end)

-- Handles the messages that have arrived. Ends the program when it is asked to close, or when the
-- session ends.
local function handle_messages()
  if not copydata.poll(0) then
    stopped = true
  end
end

local function listening(port)
  print(port)
  io.stdout:flush()
end

local function remove(list, item)
  for i, other in ipairs(list) do
    if other == item then
      return table.remove(list, i)
    end
  end
end

local loops = {}

function loops.tasks() -- which needs neither that socket nor a thread for the endpoint
  local server = assert(require("socket").bind("127.0.0.1", 0))
  listening(select(2, server:getsockname()))

  local function answer(client)
    local bytes, why, part
    client:settimeout(0)
    while why ~= "closed" and copydata.readable(client) do
      bytes, why, part = client:receive "*a" -- all up to its end, or what has arrived
      client:send((bytes or part):upper())
    end
    client:close()
  end

  copydata.spawn(function()
    while copydata.readable(server) do
      copydata.spawn(answer, server:accept())
    end
  end)
  repeat
    local goes_on = copydata.poll()
  until stopped or not goes_on
end

function loops.select()
  local socket = require "socket"
  local server = assert(socket.bind("127.0.0.1", 0))
  listening(select(2, server:getsockname()))

  local open = { messages, server }
  while not stopped do
    for _, ready in ipairs(socket.select(open)) do
      if ready == messages then
        handle_messages()
      elseif ready == server then
        local client = server:accept()
        client:settimeout(0)
        table.insert(open, client)
      else
        local bytes, why, part = ready:receive "*a" -- all up to its end, or what has arrived
        ready:send((bytes or part):upper())
        if why ~= "timeout" then
          ready:close()
          remove(open, ready)
        end
      end
    end
  end
end

function loops.copas()
  local copas = require "copas"
  local server = assert(require("socket").bind("127.0.0.1", 0))
  listening(select(2, server:getsockname()))

  copas.addserver(server, function(client)
    for line in function() return (copas.receive(client)) end do
      copas.send(client, line:upper() .. "\n")
    end
  end)
  copas.addthread(function()
    while not stopped do
      copas.receive(messages)
      handle_messages()
    end
  end)
  while not stopped do
    copas.step()
  end
end

function loops.luv()
  local found, uv = pcall(require, "luv")
  if not found then
    print "luv is not installed: luarocks install luv"
    os.exit(1)
  end
  local server = uv.new_tcp()
  assert(server:bind("127.0.0.1", 0))
  assert(server:listen(16, function()
    local client = uv.new_tcp()
    server:accept(client)
    client:read_start(function(_, bytes)
      if bytes then
        client:write(bytes:upper())
      else
        client:close()
      end
    end)
  end))
  listening(server:getsockname().port)

  uv.new_socket_poll(messages:getfd()):start("r", function()
    messages:receive()
    handle_messages()
    if stopped then
      uv.stop()
    end
  end)
  uv.new_prepare():start(function() -- before each wait
    messages:dirty()
  end)
  uv.run()
end

local loop = loops[arg[1]]
if not loop then
  io.stderr:write "usage: lua event_loops.lua tasks|select|copas|luv [CHANNEL]\n"
  os.exit(1)
end
loop()
