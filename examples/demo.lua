-- SPDX-License-Identifier: MIT

-- Programs find each other and exchange tables.
--
--   lua examples\demo.lua          on Windows
--   make demo                      on Linux, under Wine
--
-- This process is Ann. She starts Ben, a second Lua process; both join MyDataChannel, see each
-- other, and send tables both ways. Then Cleo joins and is killed without a chance to clean up.
-- Each line begins with the name of the process that prints it. Exits with 0 if all went as
-- described.
local copydata = require "copydata"

local CHANNEL = "MyDataChannel"
local PATIENCE = 10 -- seconds to wait for another process before giving up

local name, run = arg[1] or "Ann", arg[2]

local function say(text, ...)
  io.write(("[%s] "):format(name), text:format(...), "\n")
  io.flush()
end

-- A table as Lua would write it, keys in order.
local function show(value)
  if type(value) == "string" then
    return ("%q"):format(value)
  elseif type(value) ~= "table" then
    return tostring(value)
  end
  local keys, fields = {}, {}
  for key in pairs(value) do
    keys[#keys + 1] = key
  end
  table.sort(keys, function(a, b) return tostring(a) < tostring(b) end)
  for i, key in ipairs(keys) do
    local item = show(value[key])
    fields[i] = key == i and item or ("%s = %s"):format(key, item)
  end
  return "{ " .. table.concat(fields, ", ") .. " }"
end

local function clock(seconds)
  return os.date("%H:%M:%S", math.floor(seconds)) .. (".%06d"):format(seconds % 1 * 1e6 // 1)
end

local channel = assert(copydata.channel(CHANNEL))

local function list_peers()
  local peers = channel:peers()
  say("peers on %s: %d", channel.name, #peers)
  for _, peer in ipairs(peers) do
    say("  hwnd 0x%X  pid %s  %s", peer.hwnd, peer.pid, peer.exe)
  end
  return peers
end

local function find_peer(pid)
  for _, peer in ipairs(list_peers()) do
    if peer.pid == pid then
      return peer
    end
  end
end

local function send(data)
  data.run, data.from = run, name
  local recipients, failures = assert(channel:send(data))
  say("sent to %d recipient%s", recipients, recipients == 1 and "" or "s")
  for _, failure in ipairs(failures) do
    say("  not to %s: %s", failure.peer, failure.message)
  end
end

-- Waits for the next message from `from` in this run; another demo may run on the same desktop.
local function receive(from)
  local message, data
  repeat
    local why
    message, why = channel:receive(PATIENCE)
    if not message then
      error(("%s waited %d s for %s: %s"):format(name, PATIENCE, from, why), 0)
    end
    data = message.data
  until type(data) == "table" and data.run == run and data.from == from
  data.run = nil
  say("received on %s from hwnd 0x%X, pid %d", message.channel, message.sender.hwnd,
    message.sender.pid)
  say("  data: %s", show(data))
  say("  sent %s, received %s", clock(message.sent), clock(message.received))
  return message
end

-- Starts this script under another name; its output goes where ours goes.
local function start(who)
  local lua = arg[-1]
  for i = -1, -20, -1 do
    lua = arg[i] or lua
  end
  return assert(io.popen(('""%s" "%s" %s %s"'):format(lua, arg[0], who, run), "w"))
end

local parts = {}

function parts.Ann()
  run = ("%x-%x"):format(os.time(), copydata.hwnd())
  say("joined %s, hwnd 0x%X", channel.name, copydata.hwnd())
  local ben = start "Ben"
  local hello = receive "Ben"
  assert(find_peer(hello.sender.pid), "Ben is not listed")
  send {
    text = "nice to see you",
    document = { title = "Demo", pages = { 1, 2, 3 }, open = true, zoom = 1.25 },
  }
  receive "Ben"

  local cleo = start "Cleo"
  local pid = receive("Cleo").sender.pid
  assert(find_peer(pid), "Cleo is not listed")
  say("killing Cleo, pid %d", pid)
  assert(os.execute(("taskkill /F /PID %d >nul"):format(pid)))
  cleo:close()
  assert(not find_peer(pid), "Cleo is still listed")
  say("Cleo is gone from the list")

  send { text = "bye" }
  receive "Ben"
  ben:close()
end

function parts.Ben()
  say("joined %s, hwnd 0x%X", channel.name, copydata.hwnd())
  list_peers()
  send { text = "hello", nested = { list = { "a", { "b", 2.5 } }, map = { yes = true } } }
  local answer = receive("Ann").data
  send { text = "thank you", pages = #answer.document.pages }
  receive "Ann"
  send { text = "bye" }
end

function parts.Cleo()
  say("joined %s, hwnd 0x%X", channel.name, copydata.hwnd())
  send { text = "I will not say goodbye" }
  repeat until not channel:receive(PATIENCE) -- waits to be killed
end

parts[name]()
