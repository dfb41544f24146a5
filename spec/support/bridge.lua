-- SPDX-License-Identifier: MIT

--- Bridges as users start them, `copydata bridge`, and what the programs beside them say and hear.
-- For specs below tools/desks.
local desk = require "support.desk"
local native = require "support.native"

local bridge = {}

local PATIENCE = 20 -- seconds

--- What it needs to start.
-- @param number of the desktop, which the bridge is named after
-- @param url of the server
-- @param ... further words
-- @return words of the command line
function bridge.words(number, url, ...)
  return { "bridge", url, "--name", "desk" .. number, ... }
end

--- Starts one and waits until it carries.
-- @return the program
function bridge.start(...)
  local program = desk.copydata((...), bridge.words(...))
  program:says "carries; Ctrl%+C ends"
  return program
end

--- Has the programs on each desktop that are given be on a channel: global `channel`.
function bridge.join(name, ...)
  for _, program in ipairs { ... } do
    program:run("channel = assert(copydata.channel(...))", name)
  end
end

--- Has a program take so many messages.
-- @return a list of what they say
function bridge.take(program, count)
  return program:run([[
    local list, count, patience = {}, ...
    for i = 1, count do
      local message, why = channel:receive(patience)
      list[i] = message and message.data or error(why .. " after " .. i - 1 .. " messages")
    end
    return list]], count, PATIENCE)
end

--- Whether a program has nothing more to take, once what others say now has come: they say "last".
-- @return what came before that, a list
function bridge.rest(program, other)
  other:run "assert(channel:send 'last')"
  return program:run([[
    local list = {}
    repeat
      local message = assert(channel:receive(...))
      list[#list + 1] = message.data
    until message.data == "last"
    list[#list] = nil
    return list]], PATIENCE)
end

--- Ends, after each test of a block, all programs that it has started.
function bridge.tidy(after_each)
  after_each(native.reap)
end

return bridge
