-- SPDX-License-Identifier: MIT

-- A program on a spec's desktop, see desk.lua: connects to the given port and runs the chunks that
-- it gets, one per line, in one environment; answers each with a line: "ok" and its results, or
-- "error" and the message. Meanwhile its loop runs.
local copydata = require "copydata"
local literal = require "support.literal"
local socket = require "socket"

local connection = assert(socket.connect("127.0.0.1", arg[1]))
local environment = setmetatable({ copydata = copydata }, { __index = _G })

local function write(kind, ...)
  assert(connection:send(kind .. " " .. literal.write_list(...) .. "\n"))
end

-- Sends values to the spec before the chunk ends.
function environment.say(...)
  write("say", ...)
end

local function answer(ok, ...)
  if ok then
    write("ok", ...)
  else
    write("error", tostring((...)))
  end
end

copydata.run(function()
  while copydata.readable(connection) do
    local line = connection:receive()
    if not line then
      return
    end
    local chunk, problem = load(literal.read(line), "=chunk", "t", environment)
    if chunk then
      answer(xpcall(chunk, debug.traceback))
    else
      answer(false, problem)
    end
  end
end)
copydata.close()
