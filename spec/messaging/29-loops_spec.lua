-- SPDX-License-Identifier: MIT
local children = require "support.children"
local copydata = require "support.copydata"
local process = require "support.process"
local taskkill = require "support.taskkill"
local unique = require "support.unique"
require "support.tidy"(before_each, after_each)

local PATIENCE = 60 -- seconds

describe("examples/event_loops.lua", function()
  local function connect(port)
    local socket = require "socket"
    local client = assert(socket.tcp())
    client:settimeout(PATIENCE)
    assert(client:connect("127.0.0.1", port))
    return client
  end

  local function ask(client, line)
    assert(client:send(line .. "\n"))
    return assert(client:receive())
  end

  -- Whether a loop can run here; the test is pending if not.
  local function is_installed(loop)
    for _, needed in ipairs { "socket", (loop == "copas" or loop == "luv") and loop or nil } do
      if not pcall(require, needed) then
        pending(("%s is not installed: not run here"):format(needed))
        return false
      end
    end
    return true
  end

  -- Starts it on a channel.
  -- @return the process, its port
  local function start(loop, name)
    local program = process.spawn(
      children.command(("examples/event_loops.lua %s %s"):format(loop, name)))
    return program, assert(tonumber(program:line(PATIENCE)))
  end

  for _, loop in ipairs { "tasks", "select", "copas", "luv" } do
    it("answers sockets and messages at the same time, with " .. loop, function()
      if not is_installed(loop) then
        return
      end
      local name = unique "loops"
      local program <close>, port = start(loop, name)
      -- Accepts answers while this program waits for a socket
      local endpoint <close> = copydata.new { pump = "thread" }
      local channel = assert(endpoint:channel(name))
      local one, two = connect(port), connect(port)

      for i = 1, 3 do
        assert.equal("ONE " .. i, ask(one, "one " .. i))
        assert.equal(1, (channel:send("message " .. i)))
        assert.equal("TWO " .. i, ask(two, "two " .. i))
        local answer = assert(channel:receive(PATIENCE))
        assert.same({ answer = "MESSAGE " .. i }, answer.data)
      end
      one:close()
      assert.equal("STILL HERE", ask(two, "still here"))
      channel:send "stop"
      assert.equal(0, program:wait(PATIENCE))
      two:close()
    end)

    it("ends when it is asked to close, with " .. loop, function()
      if not is_installed(loop) then
        return
      end
      local program <close>, port = start(loop, unique "loops")
      local client = connect(port)
      assert.equal("HERE", ask(client, "here"))
      taskkill(program:pid())
      assert.equal(0, program:wait(PATIENCE))
      client:close()
    end)
  end
end)
