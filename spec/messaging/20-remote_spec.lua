-- SPDX-License-Identifier: MIT

-- Calls of objects in other processes.
local children = require "support.children"
local closing = require "support.closing"
local copydata = require "support.copydata"
local owner = require "support.owner"
local process = require "support.process"
local unique = require "support.unique"
require "support.tidy"(before_each, after_each)

local remote = copydata.remote

describe("a remote object's method", function()
  it("runs where the object is, and returns all its results", function()
    local name = unique()
    local child <close> = owner(name) -- luacheck: ignore
    local endpoint <close> = copydata.new()
    local proxy = assert(endpoint:connect(name))
    assert.equal(1, proxy:count())
    assert.equal(2, proxy:count())
    assert.equal("own", proxy:own())
    assert.equal("from the base", proxy:inherited())
    assert.same({ n = 0 }, table.pack(proxy:echo()))
    assert.same({ n = 1 }, table.pack(proxy:echo(nil)))
    assert.same({ n = 5, nil, 2, nil, "x" }, table.pack(proxy:echo(nil, 2, nil, "x", nil)))
    assert.same({ n = 3, false, { a = { 1, 2 } }, 1.5 },
      table.pack(proxy:echo(false, { a = { 1, 2 } }, 1.5)))
    local many = {}
    for i = 1, 250 do
      many[i] = i
    end
    assert.same(many, { proxy:echo(table.unpack(many)) })
    local large = ("x"):rep(1000000)
    assert.is_true(proxy:echo(large) == large)
    assert.equal(child.pid, proxy:echo(child.pid))
  end)

  it("raises its errors at the caller, with the remote traceback", function()
    local name = unique()
    local child <close> = owner(name) -- luacheck: ignore
    local endpoint <close> = copydata.new()
    local proxy = assert(endpoint:connect(name))
    local ok, problem = pcall(proxy.raise, proxy, "on purpose")
    assert.is_false(ok)
    assert.matches("^chunk:%d+: on purpose\nremote stack traceback:\n.*chunk:%d+: in ", problem)
    assert.is_nil(problem:find("copydata[/\\]remote"))
    ok, problem = pcall(proxy.raise, proxy, { code = 5, list = { 1 } })
    assert.is_false(ok)
    assert.same({ code = 5, list = { 1 } }, problem)
    ok, problem = pcall(function()
      proxy:echo(print)
    end)
    assert.is_false(ok)
    assert.matches("20%-remote_spec.lua:%d+: cannot encode a function at %[1%]", problem)
    assert.equal(1, proxy:count())
  end)

  it("knows its caller", function()
    local name = unique()
    local child <close> = owner(name) -- luacheck: ignore
    local other <close> = children.start()
    local endpoint <close> = copydata.new()
    local proxy = assert(endpoint:connect(name))
    assert.equal(process.own_pid, proxy:caller())
    assert.equal(other.pid,
      other:run("return assert(copydata.remote.connect(...)):caller()", name))
    assert.is_nil(remote.caller())
  end)

  it("can be called without waiting, in order", function()
    local name = unique()
    local child <close> = owner(name) -- luacheck: ignore
    local endpoint <close> = copydata.new()
    local proxy = assert(endpoint:connect(name))
    for _ = 1, 10 do
      assert.is_true(remote.notify(proxy, "count"))
    end
    assert.is_true(remote.notify(proxy, "raise", "nobody hears"))
    assert.is_true(remote.notify(proxy, "_private"))
    assert.equal(11, proxy:count())
  end)

  it("fails as TIMEOUT if it takes longer than the proxy's or the call's time", function()
    local name = unique()
    local child <close> = children.start()
    child:begin([[
      assert(copydata.remote.publish(..., { slow = function()
        copydata.sleep(1)
        return 0
      end }))
      say "published"
      copydata.run()
    ]], name)
    child:said()
    local endpoint <close> = copydata.new()
    local proxy = assert(endpoint:connect(name, { timeout = 0.2 }))
    local ok, problem = pcall(proxy.slow, proxy)
    assert.is_false(ok)
    assert.matches("TIMEOUT: ", problem)
    assert.equal(0, remote.call(proxy, { timeout = 20 }, "slow"))
    proxy = assert(endpoint:connect(name))
    ok, problem = pcall(remote.call, proxy, { timeout = 0.2 }, "slow")
    assert.is_false(ok)
    assert.matches("TIMEOUT: ", problem)
  end)

  it("fails as GONE if its program is killed during the call", function()
    local name = unique()
    local child <close> = owner(name, "object.hang = function() say 'called' while true do end end")
    local caller <close> = children.start()
    caller:begin([[
      local proxy = assert(copydata.remote.connect(..., { timeout = 60 }))
      local _, problem = pcall(proxy.hang, proxy)
      return problem
    ]], name)
    assert.equal("called", child:said())
    child:kill()
    assert.matches("GONE: ", caller:result(10))
  end)

  it("can be called by a hundred tasks at once", function()
    local name = unique()
    local child <close> = owner(name) -- luacheck: ignore
    local endpoint <close> = copydata.new()
    local proxy = assert(endpoint:connect(name))
    local tasks, sum = {}, 0
    for i = 1, 100 do
      tasks[i] = copydata.spawn(function()
        return proxy:echo(i)
      end)
    end
    assert.equal("copydata.task (in progress)", tostring(tasks[1]))
    for _, task in ipairs(tasks) do
      sum = sum + task:wait()
    end
    assert.equal(5050, sum)
  end)
end)

describe("finding remote objects", function()
  it("finds the first of several, or the chosen one", function()
    local name = unique()
    local owners <close> = closing { owner(name), owner(name) }
    local endpoint <close> = copydata.new()
    local peers = endpoint:remotes(name)
    assert.equal(2, #peers)
    for _, peer in ipairs(peers) do
      local proxy = assert(endpoint:connect(name, { peer = peer }))
      proxy:count()
      local index = peer.pid == owners[1].pid and 1 or 2
      assert.equal(owners[index].pid, peer.pid)
    end
    local first = assert(endpoint:connect(name))
    assert.equal(2, first:count())
  end)

  it("fails as NO_PEER if no peer publishes that name, or no longer does", function()
    local name = unique()
    local endpoint <close> = copydata.new()
    local missing = ("NO_PEER: no peer publishes an object named %q"):format(name)
    assert.same({ nil, missing, "NO_PEER" }, { endpoint:connect(name) })
    assert.same({ nil, missing, "NO_PEER" },
      { endpoint:connect(name, { wait = true, timeout = 0 }) })
    local child <close> = children.start()
    child:begin([[
      local count = 0
      local object = { count = function() count = count + 1 return count end }
      publication = copydata.remote.publish(..., object)
      object.withdraw = function() publication:close() publication:close() end
      say(tostring(publication))
      copydata.run()
    ]], name)
    assert.equal(("copydata.remote.publication %q (open)"):format(name), child:said())
    local proxy = assert(endpoint:connect(name:upper()))
    local peer = endpoint:remotes(name)[1]
    proxy:withdraw()
    assert.same({ nil, missing, "NO_PEER" }, { endpoint:connect(name) })
    local absent = "ABSENT: the peer does not, or no longer, publish an object named %q"
    assert.same({ nil, absent:format(name), "ABSENT" }, { endpoint:connect(name, { peer = peer }) })
    assert.equal(1, proxy:count()) -- proxies stay valid
  end)

  it("lists what can be called", function()
    local name = unique()
    local child <close> = owner(name) -- luacheck: ignore
    local endpoint <close> = copydata.new()
    local proxy = assert(endpoint:connect(name))
    assert.equal("call caller count count_kept drop echo forget give given_lives inherited "
      .. "is_given keep kept never own raise use", table.concat(remote.fields(proxy), " "))
  end)

  it("waits for them with wait = true", function()
    local name = unique()
    local endpoint <close> = copydata.new()
    local finding = copydata.spawn(function()
      return assert(endpoint:connect(name, { wait = true, timeout = 20 })):count()
    end)
    assert.equal("TIMEOUT", select(3, finding:wait(0.15)))
    local child <close> = owner(name) -- luacheck: ignore
    assert.equal(1, finding:wait(20))
    assert.equal("NO_PEER",
      select(3, endpoint:connect(unique(), { wait = true, timeout = 0.2 })))
  end)

  it("finds an object of the same endpoint as the object itself", function()
    local name = unique()
    local endpoint <close> = copydata.new()
    local object = { get = function() return "here" end }
    local publication = assert(endpoint:publish(name, object))
    assert.is_true(endpoint:connect(name) == object)
    assert.is_true(endpoint:connect(name:upper(), { wait = true }) == object)
    assert.equal("here", endpoint:connect(name):get())
    publication:close()
    assert.equal("NO_PEER", select(3, endpoint:connect(name)))
    local other <close> = copydata.new()
    assert(other:publish(name, object))
    assert.equal("copydata.remote.proxy", tostring(endpoint:connect(name)):match "^[%a.]+")
    assert.equal("here", endpoint:connect(name):get())
  end)
end)

describe("copydata.remote", function()
  it("is complete, whatever was required before", function()
    local name = unique()
    local child <close> = process.spawn(children.command(
      ('-e "require([[copydata.remote]]).publish([[%s]], {}) print(1) io.read()"'):format(name)))
    assert.equal("1", child:line(20))
    local endpoint <close> = copydata.new()
    assert.equal(child:pid(), endpoint:remotes(name)[1].pid)
    child:kill()
  end)
end)

describe("mistakes with remote objects", function()
  it("raise at the caller's line", function()
    local endpoint <close> = copydata.new()
    local published <close> = assert(endpoint:publish(unique(), {})) -- luacheck: ignore
    local function raises(expected, f)
      local ok, problem = pcall(f)
      assert.is_false(ok)
      assert.matches("20%-remote_spec.lua:%d+: " .. expected, problem)
    end
    raises("object: expected table or userdata, got nil", function()
      endpoint:publish("x")
    end)
    raises("option 'methods': not a method name: \"_x\"", function()
      endpoint:publish("x", {}, { methods = { "_x" } })
    end)
    raises("an object named .* is already published", function()
      endpoint:publish(published.name, {})
    end)
    raises("channel name ", function()
      endpoint:publish(("x"):rep(240), {})
    end)
    raises("option 'timeout': must be 0 or more", function()
      endpoint:connect("x", { timeout = -1 })
    end)
    raises("expected a proxy: call its methods with a colon", function()
      remote.fields {}
    end)
    raises("expected a proxy", function()
      remote.close(nil)
    end)
    raises("method: expected string, got nil", function()
      remote.notify(nil)
    end)
    raises("object: expected table or userdata, got function: put it into a table", function()
      remote.reference(print)
    end)
  end)

  it("raise in proxies too", function()
    local name = unique()
    local child <close> = owner(name) -- luacheck: ignore
    local endpoint = copydata.new()
    local proxy = assert(endpoint:connect(name))
    assert.is_false(pcall(function()
      proxy.field = 1
    end))
    assert.matches("expected a proxy: call its methods with a colon",
      select(2, pcall(proxy.count)))
    assert.is_nil(proxy[1])
    local ok, problem = pcall(proxy.echo, proxy, table.unpack({}, 1, 251))
    assert.is_false(ok)
    assert.matches("251 values, the limit is 250", problem)
    endpoint:close()
    assert.matches("CLOSED: the proxy's endpoint is closed", select(2, pcall(proxy.count, proxy)))
  end)
end)
