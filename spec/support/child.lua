-- SPDX-License-Identifier: MIT

-- A child process of a spec: runs the chunks that it gets, one per line, in one environment, and
-- answers each with a line: "ok" and its results, or "error" and the message.
local literal = require "support.literal"

io.stdout:setvbuf "no" -- Windows has no line buffering

local environment = setmetatable({}, { __index = _G })

local function write(kind, ...)
  io.stdout:write(kind .. " " .. literal.write_list(...) .. "\n")
end

local function answer(ok, ...)
  if ok then
    write("ok", ...)
  else
    write("error", tostring((...)))
  end
end

-- Sends values to the spec before the chunk ends.
function environment.say(...)
  write("say", ...)
end

for line in io.lines() do
  local chunk, problem = load(literal.read(line), "=chunk", "t", environment)
  if chunk then
    answer(pcall(chunk))
  else
    answer(false, problem)
  end
end
