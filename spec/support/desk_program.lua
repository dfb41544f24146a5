-- SPDX-License-Identifier: MIT

-- A program on a desktop of a spec's, see desk.lua: connects to the port that it is given and runs
-- the chunks that come, one a line, in one environment; answers each with a line: "ok" and its
-- results, or "error" and the message. Meanwhile its loop runs.
local copydata = require "copydata"
local literal = require "support.literal"
local socket = require "socket"

local connection = assert(socket.connect("127.0.0.1", arg[1]))
local environment = setmetatable({ copydata = copydata }, { __index = _G })

local function write(kind, ...)
  assert(connection:send(kind .. " " .. literal.write_list(...) .. "\n"))
end

-- A chunk that has something to tell before it ends says it.
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
