-- SPDX-License-Identifier: MIT

--- Bridges as users start them, with `copydata bridge`, and programs that exchange messages over
-- them. For specs run by tools/desks.
local desk = require "support.desk"
local native = require "support.native"

local bridge = {}

local PATIENCE = 60 -- seconds

--- The command line of a bridge.
-- @param number that of the desktop, after which the bridge is named
-- @param url that of the server
-- @param ... further words
-- @return its words
function bridge.words(number, url, ...)
  return { "bridge", url, "--name", "desk" .. number, ... }
end

--- Starts a bridge, and waits until it carries messages.
-- @return the program
function bridge.start(...)
  local program = desk.copydata((...), bridge.words(...))
  program:says "carries; Ctrl%+C ends"
  return program
end

--- Starts a program on each of the given desktops, which joins a channel: its global `channel`.
function bridge.join(name, ...)
  for _, program in ipairs { ... } do
    program:run("channel = assert(copydata.channel(...))", name)
  end
end

--- Has a program receive a number of messages.
-- @return their payloads, a list
function bridge.take(program, count)
  return program:run([[
    local list, count, patience = {}, ...
    for i = 1, count do
      local message, why = channel:receive(patience)
      list[i] = message and message.data or error(why .. " after " .. i - 1 .. " messages")
    end
    return list]], count, PATIENCE)
end

--- Has other programs send "last", and a program receive until that arrives.
-- @return the payloads of what arrived before it, a list
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

--- Ends, after each test of a block, all programs that the test has started.
function bridge.tidy(after_each)
  after_each(native.reap)
end

return bridge
