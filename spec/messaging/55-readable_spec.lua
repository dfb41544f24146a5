-- SPDX-License-Identifier: MIT
local children = require "support.children"
local copydata = require "support.copydata"
local core = require "copydata.core"
local process = require "support.process"
local unique = require "support.unique"
require "support.tidy"(before_each, after_each)

local PATIENCE = 60 -- seconds
local WHILE = 0.2 -- seconds in which nothing should happen
local FEW = 15 -- turns of the loop: more than necessary, far fewer than with polling

local found, luasocket = pcall(require, "socket")

copydata.hwnd() -- makes the default endpoint, which stays for all tests

describe("copydata.readable and writable", function()
  if not found then
    it("wait for sockets", function()
      pending "LuaSocket is not installed: not run here"
    end)
    return
  end

  local open -- the sockets of this test

  before_each(function() open = {} end)

  after_each(function()
    for _, socket in ipairs(open) do
      socket:close()
    end
  end)

  local function keep(socket)
    socket:settimeout(0)
    open[#open + 1] = socket
    return socket
  end

  local function listen()
    local server = keep(assert(luasocket.bind("127.0.0.1", 0)))
    return server, (select(2, server:getsockname()))
  end

  -- Two connected sockets.
  local function pair()
    local server, port = listen()
    local one = assert(luasocket.connect("127.0.0.1", port))
    assert.is_true(copydata.readable(server, PATIENCE))
    return keep(one), keep(assert(server:accept()))
  end

  -- How often the loop waits while f runs.
  local function turns_of(f, ...)
    local wait, count = core.wait, 0
    core.wait = function(...)
      count = count + 1
      return wait(...)
    end
    local results = table.pack(pcall(f, ...))
    core.wait = wait
    assert(table.unpack(results, 1, results.n))
    return count
  end

  -- Lets everything continue that can.
  local function settle()
    for _ = 1, 5 do
      copydata.poll(0)
    end
  end

  local function finish(...)
    for _, task in ipairs { ... } do
      assert(task:wait(PATIENCE))
    end
  end

  it("suspend a task until data arrives, and check no more often than necessary", function()
    local server, port = listen()
    local child <close> = children.start()
    child:begin([[
      local socket = require "socket"
      local client = assert(socket.connect("127.0.0.1", ...))
      for line in function() return client:receive() end do
        socket.sleep(tonumber(line))
        client:send("after " .. line .. "\n")
      end]], port)
    assert.is_true(copydata.readable(server, PATIENCE))
    local client = keep(assert(server:accept()))
    local lines = {}
    local turns = turns_of(function()
      finish(copydata.spawn(function()
        for _ = 1, 3 do
          client:send(WHILE .. "\n")
          assert(copydata.readable(client, PATIENCE))
          lines[#lines + 1] = client:receive()
        end
        return true
      end))
    end)
    assert.same({ "after 0.2", "after 0.2", "after 0.2" }, lines)
    assert(turns <= FEW, turns)
  end)

  it("let messages, tasks and timers continue", function()
    local one, two = pair()
    local name = unique()
    local channel = assert(copydata.channel(name))
    local handled = 0
    channel:on(function()
      handled = handled + 1
      copydata.sleep(0.001)
      two:send "now"
    end)
    local other <close> = assert(copydata.new())
    copydata.spawn(function() other:send(name, 1) end)
    assert.is_true(copydata.readable(one, PATIENCE)) -- outside a task
    assert.equal("now", (select(3, one:receive "*a")))
    assert.equal(1, handled)
    channel:close()
  end)

  it("find present data at once, and still let others continue", function()
    local one, two = pair()
    one:send "x"
    local ticks, ended = 0, false
    copydata.spawn(function()
      while not ended do
        copydata.sleep(0)
        ticks = ticks + 1
      end
    end)
    finish(copydata.spawn(function()
      while ticks < 5 do -- never ends unless others continue
        assert(copydata.readable(two, PATIENCE))
      end
      ended = true
      return true
    end))
    settle()
  end)

  it("say how many bytes have arrived, but not of connections", function()
    local one, two = pair()
    one:send "12345"
    assert.same({ true, 5 }, { copydata.readable(two, PATIENCE) })
    assert.equal("12345", two:receive(5))
    one:close()
    assert.same({ true }, { copydata.readable(two, PATIENCE) })
    local server, port = listen()
    keep(luasocket.tcp()):connect("127.0.0.1", port)
    assert.same({ true }, { copydata.readable(server, PATIENCE) })
  end)

  it("know what LuaSocket has read ahead", function()
    local one, two = pair()
    one:send "a\nb\nc\n"
    for _, line in ipairs { "a", "b", "c" } do
      assert.is_true(copydata.readable(two, PATIENCE))
      assert.equal(line, two:receive())
    end
    assert.equal("TIMEOUT", (select(3, copydata.readable(two, 0))))
  end)

  it("report what arrives after a part was received, again and again", function()
    local one, two = pair()
    local got, size = 0, 300000
    local writer = copydata.spawn(function()
      local bytes, sent = ("x"):rep(size), 0
      while sent < size do
        local last, _, partly = one:send(bytes, sent + 1, sent + 10000)
        sent = last or partly
        copydata.sleep(0)
      end
      return true
    end)
    local reader = copydata.spawn(function()
      while got < size do
        assert(copydata.readable(two, PATIENCE))
        local bytes, _, partly = two:receive(1000)
        got = got + #(bytes or partly)
      end
      return true
    end)
    finish(writer, reader)
    assert.equal("TIMEOUT", (select(3, copydata.readable(two, 0))))
  end)

  it("report each time that the other side has closed", function()
    local one, two = pair()
    local task = copydata.spawn(function() return copydata.readable(two, PATIENCE) end)
    one:close()
    assert.is_true(task:wait(PATIENCE))
    for _ = 1, 3 do
      assert.is_true(copydata.readable(two, PATIENCE))
      assert.equal("closed", (select(2, two:receive())))
    end
  end)

  it("wait until a connection succeeds or is refused", function()
    local server, port = listen()
    local client = keep(luasocket.tcp())
    assert.equal("timeout", (select(2, client:connect("127.0.0.1", port))))
    assert.is_true(copydata.writable(client, PATIENCE))
    assert.equal(port, tostring(select(2, client:getpeername())))
    assert.is_true(copydata.readable(server, PATIENCE))
    keep(server:accept())

    server:close()
    local refused = keep(luasocket.tcp())
    refused:connect("127.0.0.1", port)
    assert.is_true(copydata.writable(refused, PATIENCE))
    assert.is_nil((refused:getpeername()))
    assert.equal("connection refused", refused:getoption "error")
  end)

  it("wait for room when the socket's buffer is full", function()
    local server, port = listen()
    local child <close> = children.start()
    child:run([[client = assert(require("socket").connect("127.0.0.1", ...))]], port)
    assert.is_true(copydata.readable(server, PATIENCE))
    local client = keep(assert(server:accept()))
    local chunk = ("0123456789"):rep(20000)
    for _ = 1, 3 do
      local size = 0
      local last, _, partly
      repeat
        last, _, partly = client:send(chunk)
        size = size + (last or partly)
      until not last
      assert.equal("TIMEOUT", (select(3, copydata.writable(client, 0))))
      child:begin("return #client:receive(...)", size)
      local turns = turns_of(function()
        assert.is_true(copydata.writable(client, PATIENCE))
      end)
      assert(turns <= FEW, turns)
      assert.equal(size, child:result())
    end
  end)

  it("serve several tasks that wait for one socket, in both directions", function()
    local one, two = pair()
    local told = {}
    for i = 1, 3 do
      copydata.spawn(function()
        if copydata.readable(two, PATIENCE) then
          told[#told + 1] = i
        end
      end)
    end
    assert.is_true(copydata.writable(two, 0))
    settle()
    assert.same({}, told)
    one:send "x"
    assert.is_true(copydata.readable(two, PATIENCE))
    settle()
    assert.same({ 1, 2, 3 }, told)
  end)

  it("end when the socket is closed meanwhile or was closed before", function()
    local one, two = pair()
    local read = copydata.spawn(function() return copydata.readable(two) end)
    local turns = turns_of(function()
      copydata.spawn(function()
        copydata.sleep(WHILE)
        two:close()
      end)
      assert.same({ nil, "CLOSED: the socket is closed", "CLOSED" }, { read:wait(PATIENCE) })
    end)
    assert(turns <= FEW, turns)
    assert.equal("CLOSED", (select(3, copydata.readable(two))))
    assert.equal("CLOSED", (select(3, copydata.writable(two))))
    assert.is_true(copydata.writable(one, PATIENCE))
  end)

  it("distinguish a new socket from a closed one with the same descriptor", function()
    local one, two = pair()
    local task = copydata.spawn(function() return copydata.readable(two) end)
    local fd = two:getfd()
    two:close()
    local _, three
    repeat
      _, three = pair()
    until three:getfd() == fd or #open > 60
    local other = copydata.spawn(function() return copydata.readable(three, WHILE) end)
    assert.equal("CLOSED", (select(3, task:wait(PATIENCE))))
    assert.equal("TIMEOUT", (select(3, other:wait(PATIENCE))))
    one:close()
  end)

  it("fail as TIMEOUT when time runs out, and leave the socket unchanged", function()
    local one, two = pair()
    local turns = turns_of(function()
      assert.same({ nil, "TIMEOUT: time ran out", "TIMEOUT" }, { copydata.readable(two, WHILE) })
    end)
    assert(turns <= FEW, turns)
    one:send "x\n"
    two:settimeout(PATIENCE)
    assert.equal("x", two:receive())
  end)

  it("leave nothing behind that ends later waits, whichever wait gave up", function()
    local one, two = pair()
    local task = copydata.spawn(function() return copydata.readable(two) end)
    copydata.sleep(0.01) -- which finds nothing
    one:send "x" -- Windows signals it before the loop checks again
    task:cancel()
    assert.equal("CANCELLED", (select(3, task:wait())))
    local turns = turns_of(function() copydata.sleep(WHILE) end)
    assert(turns <= FEW, turns)

    assert.is_true(copydata.readable(two, PATIENCE))
    turns = turns_of(function() copydata.sleep(WHILE) end) -- readable, but no call waits for it
    assert(turns <= FEW, turns)
  end)

  it("wait for more sockets than the handles that Windows can wait for", function()
    local COUNT = 100
    local told, tasks, sockets = 0, {}, {}
    for i = 1, COUNT do
      sockets[i] = keep(assert(luasocket.udp()))
      assert(sockets[i]:setsockname("127.0.0.1", 0))
      tasks[i] = copydata.spawn(function()
        assert(copydata.readable(sockets[i], PATIENCE))
        told = told + 1
        return sockets[i]:receive()
      end)
    end
    local sender = keep(assert(luasocket.udp()))
    for i = COUNT, 1, -1 do
      assert(sender:sendto("to " .. i, "127.0.0.1", (select(2, sockets[i]:getsockname()))))
    end
    for i = 1, COUNT do
      assert.equal("to " .. i, tasks[i]:wait(PATIENCE))
    end
    assert.equal(COUNT, told)
  end)

  it("leave no handle open", function()
    local _, two = pair()
    local function wait()
      copydata.readable(two, 0)
      local task = copydata.spawn(copydata.readable, two)
      task:cancel()
    end
    wait()
    local before = process.handle_count()
    for _ = 1, 20 do
      wait()
    end
    assert.equal(before, process.handle_count())
  end)

  it("work in a program without endpoints, and cost nothing in one without sockets", function()
    local child <close> = children.start()
    local _, code = child:run [[
      local _, message, code = copydata.readable({ getfd = function() return 100 end })
      return message, code]]
    assert.equal("SYSTEM", code) -- copydata has not loaded Winsock
    local server, port = listen()
    child:begin([[
      local client = assert(require("socket").connect("127.0.0.1", ...))
      assert(copydata.readable(client, 20))
      return client:receive()]], port)
    assert.is_true(copydata.readable(server, PATIENCE))
    server:accept():send "hello\n"
    assert.equal("hello", child:result())
  end)

  it("fail as SYSTEM for a descriptor that is not a socket", function()
    local none = { getfd = function() return 3 end }
    for _, call in ipairs { copydata.readable, copydata.writable } do
      local ok, message, code = call(none)
      assert.is_nil(ok)
      assert.matches("^SYSTEM: .*10038", message)
      assert.equal("SYSTEM", code)
    end
  end)

  it("raise at the caller's line for an object without a descriptor", function()
    for _, call in ipairs { copydata.readable, copydata.writable } do
      for _, what in ipairs { 1, {}, false, "socket", io.stdout } do
        local ok, why = pcall(function() call(what) end)
        assert.is_false(ok)
        assert.matches("55%-readable_spec.lua:%d+: socket: expected a LuaSocket socket", why)
      end
      local ok, why = pcall(function() call(keep(luasocket.udp()), -1) end)
      assert.is_false(ok)
      assert.matches("55%-readable_spec.lua:%d+: seconds to wait", why)
    end
  end)

  it("make copydata.socket readable, for other libraries' loops", function()
    local child <close> = children.start() -- where every endpoint has a thread of its own
    assert.same({ "one", "two" }, child:run [[
      local luasocket = require "socket"
      copydata.close()
      local endpoint <close> = assert(copydata.new { pump = "thread" })
      local server = assert(luasocket.bind("127.0.0.1", 0))
      local one = assert(luasocket.connect("127.0.0.1", (select(2, server:getsockname()))))
      local two = server:accept()
      two:settimeout(0)
      local outer <close> = assert(copydata.socket())
      local bare = { getfd = function() return outer:getfd() end } -- lacks `dirty`
      local lines = {}
      copydata.spawn(function()
        while copydata.readable(two) do
          lines[#lines + 1] = two:receive()
        end
      end)
      for i, line in ipairs { "one", "two" } do
        while outer:dirty() do
          copydata.poll(0)
        end
        one:send(line .. "\n")
        while #lines < i do
          assert(luasocket.select({ bare }, nil, 20)[1] == bare)
          copydata.poll(0)
        end
      end
      return lines]])
  end)
end)
