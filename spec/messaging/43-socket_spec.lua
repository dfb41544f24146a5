-- SPDX-License-Identifier: MIT
local children = require "support.children"
local copydata = require "support.copydata"
local core = require "copydata.core"
local press = require "support.press"
local process = require "support.process"
local taskkill = require "support.taskkill"
local unique = require "support.unique"
local window = require "support.window"
require "support.tidy"(before_each, after_each)

local PATIENCE = 60 -- seconds
local WHILE = 0.1 -- seconds in which nothing should happen

local found, luasocket = pcall(require, "socket")

describe("copydata.socket", function()
  if not found then
    it("wakes socket loops", function()
      pending "LuaSocket is not installed: not run here"
    end)
    return
  end

  -- The script may pump the default endpoint of other specs.
  setup(copydata.close)

  teardown(function()
    local pump = os.getenv "COPYDATA_PUMP"
    assert(not pump or copydata.open { pump = pump })
  end)

  describe("in a program with two endpoints", function()
    local name, endpoint, other, socket

    before_each(function()
      name = unique()
      endpoint = assert(copydata.new { pump = "thread" })
      other = assert(copydata.new { pump = "thread" })
      socket = assert(copydata.socket())
    end)

    after_each(function()
      socket:close()
      endpoint:close()
      other:close()
      endpoint, other = nil, nil -- for the collector: a request in progress would need attention
    end)

    -- Whether LuaSocket's select finds the socket readable within a time.
    local function selects(seconds)
      return luasocket.select({ socket }, nil, seconds)[1] == socket
    end

    -- Calls f with a LuaSocket object that has the socket's descriptor.
    local function with_descriptor(f)
      local view = assert(luasocket.udp())
      local own = view:getfd()
      view:settimeout(0)
      view:setfd(socket:getfd())
      local results = table.pack(pcall(f, view))
      view:setfd(own)
      view:close()
      return select(2, assert(table.unpack(results, 1, results.n)))
    end

    -- Whether its descriptor is readable, whatever `dirty` says.
    local function readable(seconds)
      local bare = { getfd = function() return socket:getfd() end }
      return luasocket.select({ bare }, nil, seconds)[1] == bare
    end

    -- Polls until there is nothing to do.
    local function settle()
      local give_up = core.seconds() + PATIENCE
      while socket:dirty() do
        copydata.poll(0)
        assert(core.seconds() < give_up, "there is always something to do")
      end
    end

    it("is not readable while there is nothing to do", function()
      endpoint:channel(name):on(error)
      assert.is_false(socket:dirty())
      assert.is_false(selects(WHILE))
      assert.is_false(readable(0))
      assert.same({ nil, "timeout" }, { socket:receive() })
    end)

    it("wakes select for another process's messages, again and again", function()
      local child <close> = children.start()
      local got = {}
      endpoint:channel(name):on(function(data) got[#got + 1] = data end)
      for i = 1, 3 do
        child:begin("local name, data = ... return (copydata.send(name, data))", name, i)
        while #got < i do
          assert.is_true(selects(PATIENCE))
          copydata.poll(0)
        end
        assert.equal(1, child:result())
        assert.is_false(selects(0))
      end
      assert.same({ 1, 2, 3 }, got)
    end)

    it("is readable for a message that arrived before it was made", function()
      socket:close()
      endpoint:channel(name):on(function() end)
      other:send(name, 1)
      socket = assert(copydata.socket())
      assert.is_true(socket:dirty())
      assert.is_true(readable(PATIENCE))
      assert.equal(1, copydata.poll(0))
      assert.is_false(selects(0))
    end)

    it("is readable when a message arrives after dirty, for loops on the descriptor", function()
      endpoint:channel(name):on(function() end)
      for _ = 1, 3 do
        assert.is_false(socket:dirty())
        assert.is_false(readable(0))
        other:send(name, 1)
        assert.is_true(readable(PATIENCE))
        assert.equal(1, copydata.poll(0))
      end
    end)

    it("wakes select for peers that join a watched channel, and for ending programs", function()
      local watching <close> = children.start() -- where Windows' threads for it do not count
      watching:begin([[
        local luasocket = require "socket"
        local endpoint = assert(copydata.new { pump = "thread" })
        local socket = assert(copydata.socket())
        endpoint:channel(..., { listen = false }):on_peers(function(_, event) say(event) end)
        say "watching"
        repeat
          luasocket.select({ socket }, nil)
        until not copydata.poll(0)
      ]], name)
      assert.equal("watching", watching:said())
      local child <close> = children.join(name)
      assert.equal("joined", watching:said())
      child:kill()
      assert.equal("left", watching:said())
      watching:kill()
    end)

    it("returns what made it readable once", function()
      endpoint:channel(name):on(function() end)
      other:send(name, 1)
      for _ = 1, 2 do
        assert.is_true(socket:dirty())
        assert.is_true(readable(PATIENCE))
        assert.equal(1, #socket:receive())
        assert.same({ nil, "timeout" }, { socket:receive() })
      end
      assert.equal(1, copydata.poll(0))
      assert.is_false(socket:dirty())
      assert.same({ nil, "timeout" }, { socket:receive() })
    end)

    it("is readable for what a poll left behind", function()
      local channel = endpoint:channel(name)
      local got = 0
      channel:on(function()
        got = got + 1
        if got == 1 then
          other:send(name, "while the first is handled")
        end
      end)
      assert.is_false(socket:dirty())
      other:send(name, "first")
      copydata.poll(0)
      while got < 2 do
        assert.is_true(selects(PATIENCE))
        copydata.poll(0)
      end
      assert.is_false(selects(0))
    end)

    it("returns one byte, until the next wait", function()
      endpoint:channel(name):on(function() end)
      assert.is_false(socket:dirty())
      for i = 1, 5 do
        other:send(name, i)
      end
      local function bytes(view)
        local count = 0
        while view:receive() do
          count = count + 1
        end
        return count
      end
      assert.is_true(readable(PATIENCE))
      assert.is_true(socket:dirty())
      assert.is_true(socket:dirty())
      assert.equal(1, with_descriptor(bytes))
      assert.equal(5, copydata.poll(0))
      assert.is_false(socket:dirty())
    end)

    it("wakes when a sleeping task's time has come, not before", function()
      local slept
      local begun = core.seconds()
      copydata.spawn(function()
        copydata.sleep(WHILE)
        slept = core.seconds() - begun
      end)
      while not slept do
        assert.is_true(selects(PATIENCE))
        assert(core.seconds() - begun >= WHILE, "too early")
        copydata.poll(0)
      end
      assert.is_false(selects(0))
    end)

    it("wakes at the earlier of two times, whichever was waited for first", function()
      local woken = {}
      local function sleeper(seconds, what)
        return function()
          copydata.sleep(seconds)
          woken[#woken + 1] = what
        end
      end
      local late = copydata.spawn(sleeper(PATIENCE, "late"))
      assert.is_false(socket:dirty())
      copydata.spawn(sleeper(WHILE / 2, "early"))
      while not woken[1] do
        assert.is_true(selects(PATIENCE / 2))
        copydata.poll(0)
      end
      assert.same({ "early" }, woken)
      late:cancel()
    end)

    it("wakes for a task that can continue, and for posts", function()
      local event = copydata.event()
      local over
      copydata.spawn(function() over = event:wait() end)
      assert.is_false(selects(0))
      event:set "over"
      assert.is_true(socket:dirty())
      assert.is_true(readable(PATIENCE))
      copydata.poll(0)
      assert.equal("over", over)

      local channel = endpoint:channel(name)
      other:post(name, "posted")
      assert.is_true(selects(PATIENCE))
      copydata.poll(0)
      assert.equal("posted", channel:receive(PATIENCE).data)
      assert.is_false(selects(0))
    end)

    it("wakes for a request that got no answer in time", function()
      local answer = copydata.event()
      endpoint:channel(name):serve(function() return answer:wait() end)
      local code
      copydata.spawn(function()
        code = select(3, other:request(name, "?", { timeout = WHILE }))
      end)
      while not code do
        assert.is_true(selects(PATIENCE))
        copydata.poll(0)
      end
      assert.equal("TIMEOUT", code)
      answer:set()
      settle()
    end)

    it("wakes for an unreported error", function()
      endpoint:channel(name):on(function()
        copydata.spawn(error, "first", 0)
        error("second", 0)
      end)
      other:send(name, 1)
      for _, what in ipairs { "first", "second" } do
        assert.is_true(selects(PATIENCE))
        local ok, why = pcall(copydata.poll, 0)
        assert.is_false(ok)
        assert.matches("^" .. what, why)
      end
      settle()
    end)

    it("wakes when the last endpoint was closed, once", function()
      copydata.poll(0)
      endpoint:close()
      assert.is_false(selects(0))
      other:close()
      assert.is_true(selects(PATIENCE))
      assert.equal("CLOSED", (select(3, copydata.poll(0))))
      assert.is_false(selects(0))
    end)

    it("wakes when an endpoint's window is closed from outside", function()
      assert.is_false(socket:dirty())
      window.post(endpoint:hwnd(), 0x10) -- WM_CLOSE
      assert.is_true(readable(PATIENCE))
      assert.equal("CLOSED", (select(3, copydata.poll(0))))
    end)

    it("stays readable after the program was asked to close", function()
      local child <close> = children.start()
      child:run [[
        endpoint = assert(copydata.new { pump = "thread" })
        socket = assert(copydata.socket())
        assert(not socket:dirty())]]
      taskkill(child.pid)
      assert.is_true(child:run "repeat until not copydata.poll(20) return socket:dirty()")
    end)

    it("wakes for Ctrl+C, which reaches lua.exe", function()
      local child <close> = children.start(true)
      child:begin [[
        local endpoint = assert(copydata.new { pump = "thread" })
        local socket <close> = assert(copydata.socket())
        say "waiting"
        require("socket").select { socket }
      ]]
      child:said()
      press(child)
      local ok, message = pcall(child.result, child)
      assert.is_false(ok)
      assert.matches("interrupted!", message)
    end)

    it("ignores strangers' datagrams", function()
      endpoint:channel(name):on(function() end)
      assert.is_false(socket:dirty())
      local _, port = with_descriptor(function(view) return view:getsockname() end)
      local stranger = assert(luasocket.udp())
      stranger:setoption("reuseaddr", true)
      assert.is_nil((stranger:setsockname("127.0.0.1", port)))
      for _ = 1, 10 do
        assert(stranger:sendto("a stranger's", "127.0.0.1", port))
      end
      assert.is_false(readable(WHILE))
      assert.is_false(selects(WHILE))
      stranger:close()
      other:send(name, 1)
      assert.is_true(readable(PATIENCE))
      assert.equal(1, copydata.poll(0))
    end)

    it("is the same for the whole program, until it is closed", function()
      assert.equal(socket, (copydata.socket()))
      local former = socket
      socket:close()
      socket = assert(copydata.socket())
      assert.not_equal(former, socket)
      former:close()
      assert.equal(socket, (copydata.socket()))
    end)

    it("describes itself; closed, it is never readable", function()
      assert.matches("^copydata%.socket %(descriptor %d+%)$", tostring(socket))
      assert.equal(1, socket:settimeout(0))
      assert.error_matches(function() socket.name = 1 end, "field 'name' cannot be set", 1, true)
      socket:close()
      socket:close()
      assert.equal("copydata.socket (closed)", tostring(socket))
      assert.equal(-1, socket:getfd())
      assert.is_false(socket:dirty())
      assert.same({ nil, "closed" }, { socket:receive() })
      assert.is_false(selects(0))
    end)

    it("stays until it is closed, whatever the collector does", function()
      local descriptor = socket:getfd()
      socket = nil
      collectgarbage()
      collectgarbage()
      socket = assert(copydata.socket())
      assert.equal(descriptor, socket:getfd())
    end)

    it("raises while an endpoint's messages would go unnoticed, and names the remedy", function()
      local pumped = assert(copydata.new { pump = "script" })
      for _, call in ipairs { copydata.socket, function() return socket:dirty() end } do
        local ok, why = pcall(call)
        assert.is_false(ok)
        assert.matches('copydata.open { pump = "thread" }', why, 1, true)
      end
      pumped:close()
      assert.is_false(socket:dirty())
    end)

    it("leaves nothing behind", function()
      local function open_and_close()
        socket:close()
        socket = assert(copydata.socket())
        socket:dirty()
      end
      for _ = 1, 5 do
        open_and_close()
      end
      local before = process.handle_count()
      for _ = 1, 20 do
        open_and_close()
      end
      assert.equal(before, process.handle_count())
    end)
  end)
end)
