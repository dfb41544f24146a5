-- SPDX-License-Identifier: MIT

-- Objects that are called from other processes.
local children = require "support.children"
local closing = require "support.closing"
local copydata = require "support.copydata"
local frames = require "support.frames"
local process = require "support.process"
local recorder = require "support.recorder"
local tidy = require "support.tidy"
local unique = require "support.unique"
local window = require "support.window"

local remote = copydata.remote

-- What children publish: an object of a class, with another class above it.
local OBJECT = [[
  Base = {}
  Base.__index = Base
  function Base:inherited() return "from the base" end
  Class = setmetatable({}, { __index = Base })
  Class.__index = Class
  function Class:count() self.number = self.number + 1 return self.number end
  function Class:echo(...) return ... end
  function Class:raise(what) error(what) end
  function Class:call(object, ...) return object:step(...) end
  function Class:keep(object) kept = object end
  function Class:forget() kept = nil collectgarbage() collectgarbage() end
  function Class:use(...) return kept:step(...) end
  function Class:count_kept() return kept:count() end
  weak = setmetatable({}, { __mode = "v" })
  function Class:given_lives() collectgarbage() collectgarbage() return weak[1] ~= nil end
  function Class:give() given = given or setmetatable({ number = 100 }, Class) weak[1] = given
    return copydata.remote.reference(given) end
  function Class:is_given(object) return object == given end
  function Class:kept() return kept ~= nil end
  function Class:drop() given = nil collectgarbage() collectgarbage() end
  function Class:caller() return copydata.remote.caller().pid end
  function Class:never() return never:there() end
  function Class:_private() return "private" end
  Class.field = "a field"
  Class.nested = { secret = function() return "secret" end }
  object = setmetatable({ number = 0 }, Class)
  function object:own() return "own" end
]]

-- A child that publishes it and runs.
local function owner(name, more)
  local child = children.start()
  child:begin(OBJECT .. [[
    assert(copydata.remote.publish(..., object))
  ]] .. (more or "") .. [[
    say "published"
    copydata.run()
  ]], name)
  child:said()
  return child
end

-- Polls until it is so.
local function until_(endpoint, condition)
  for _ = 1, 200 do
    if condition() then
      return true
    end
    collectgarbage()
    endpoint:poll(0.05)
  end
  return false
end

describe("a remote object's method", function()
  tidy(before_each, after_each)

  it("is called where the object is, and returns all its results", function()
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

  it("raises here what it raises there, with the remote traceback", function()
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

  it("knows who calls", function()
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

  it("fails by TIMEOUT when it takes too long, by the proxy's or the call's time", function()
    local name = unique()
    local child <close> = children.start()
    child:begin([[
      assert(copydata.remote.publish(..., { slow = function()
        local endpoint <close> = copydata.new()
        return endpoint:poll(1)
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

  it("fails as GONE when its program is killed in the midst of it", function()
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

  it("can be called by a hundred coroutines at once", function()
    local name = unique()
    local child <close> = owner(name) -- luacheck: ignore
    local endpoint <close> = copydata.new()
    local proxy = assert(endpoint:connect(name))
    local done, sum = 0, 0
    for i = 1, 100 do
      endpoint:spawn(function()
        local echoed = proxy:echo(i)
        done, sum = done + 1, sum + echoed
      end)
    end
    assert.equal(0, done)
    while done < 100 do
      endpoint:poll()
    end
    assert.equal(5050, sum)
  end)
end)

describe("finding remote objects", function()
  tidy(before_each, after_each)

  it("takes the first of several, or the one that is chosen", function()
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

  it("fails as NO_PEER when nobody publishes one of that name, or no longer", function()
    local name = unique()
    local endpoint <close> = copydata.new()
    assert.equal("NO_PEER", select(3, endpoint:connect(name)))
    local child <close> = children.start()
    child:begin(OBJECT .. [[
      publication = copydata.remote.publish(..., object)
      object.withdraw = function() publication:close() publication:close() end
      say(tostring(publication))
      copydata.run()
    ]], name)
    assert.equal(("copydata.remote.publication %q (open)"):format(name), child:said())
    local proxy = assert(endpoint:connect(name:upper()))
    proxy:withdraw()
    assert.equal("NO_PEER", select(3, endpoint:connect(name)))
    assert.equal(1, proxy:count()) -- proxies stay good
  end)

  it("tells what can be called", function()
    local name = unique()
    local child <close> = owner(name) -- luacheck: ignore
    local endpoint <close> = copydata.new()
    local proxy = assert(endpoint:connect(name))
    assert.equal("call caller count count_kept drop echo forget give given_lives inherited "
      .. "is_given keep kept never own raise use", table.concat(remote.fields(proxy), " "))
  end)
end)

describe("references", function()
  tidy(before_each, after_each)

  -- An object here, with a method that a child calls.
  local function stepper()
    return { step = function(_, n) return n + 1 end }
  end

  it("as arguments are called back, however deep", function()
    local name = unique()
    local more = [[
      object.down = function(self, other, n)
        if n == 0 then return "bottom" end
        return n .. "," .. other:down(copydata.remote.reference(self), n - 1)
      end
    ]]
    local child <close> = owner(name, more) -- luacheck: ignore
    local endpoint <close> = copydata.new()
    local proxy = assert(endpoint:connect(name))
    assert.equal(42, proxy:call(remote.reference(stepper()), 41))
    local object = {}
    function object:down(other, n)
      if n == 0 then
        return "bottom"
      end
      return n .. "," .. other:down(remote.reference(self), n - 1)
    end
    assert.equal("8,7,6,5,4,3,2,1,bottom", proxy:down(remote.reference(object), 8))
  end)

  it("travel inside tables, and in results", function()
    local name = unique()
    local more = [[
      object.each = function(_, list)
        local sum = 0
        for _, entry in ipairs(list) do sum = sum + entry.object:step(entry.n) end
        return { sum = sum, self = copydata.remote.reference(object) }
      end
    ]]
    local child <close> = owner(name, more) -- luacheck: ignore
    local endpoint <close> = copydata.new()
    local proxy = assert(endpoint:connect(name))
    local list = {}
    for i = 1, 3 do
      list[i] = { object = remote.reference(stepper()), n = i }
    end
    local results = proxy:each(list)
    assert.equal(9, results.sum)
    assert.is_true(results.self == proxy)
  end)

  it("to the same object are the same proxy, and at home the object", function()
    local name = unique()
    local child <close> = owner(name) -- luacheck: ignore
    local endpoint <close> = copydata.new()
    local proxy = assert(endpoint:connect(name))
    local given = proxy:give()
    assert.is_true(given == proxy:give())
    assert.is_true(proxy:is_given(given))
    assert.is_false(proxy:is_given(proxy))
    assert.equal(101, given:count())
    local mine = stepper()
    local reference = remote.reference(mine)
    assert.is_true(proxy:echo(reference) == mine)
  end)

  it("can be handed on to a third program", function()
    local name, other = unique(), unique()
    local giver <close> = owner(name) -- luacheck: ignore
    local taker <close> = owner(other) -- luacheck: ignore
    local endpoint <close> = copydata.new()
    local from, to = assert(endpoint:connect(name)), assert(endpoint:connect(other))
    local given = from:give()
    from:drop()
    to:keep(given)
    remote.close(given) -- now the third alone keeps it
    endpoint:poll(0)
    assert.is_true(from:given_lives())
    assert.equal(101, to:count_kept())
    to:forget()
    assert.is_true(until_(endpoint, function()
      return not from:given_lives()
    end))
  end)

  it("keep their object while a proxy lives, and no longer", function()
    local name = unique()
    local child <close> = owner(name) -- luacheck: ignore
    local endpoint <close> = copydata.new()
    local proxy = assert(endpoint:connect(name))
    local weak = setmetatable({ stepper() }, { __mode = "v" })
    proxy:keep(remote.reference(weak[1]))
    proxy:keep(remote.reference(weak[1])) -- twice: it came there twice
    collectgarbage()
    collectgarbage()
    assert.is_not_nil(weak[1])
    assert.equal(8, proxy:use(7))
    proxy:forget()
    assert.is_true(until_(endpoint, function()
      return weak[1] == nil
    end))
    assert.is_false(proxy:kept())
  end)

  it("are given back by close, after which the proxy raises", function()
    local name = unique()
    local more = [[
      watched = setmetatable({}, { __mode = "v" })
      object.watch = function() local o = { step = print } watched[1] = o
        return copydata.remote.reference(o) end
      object.watching = function() collectgarbage() collectgarbage() return watched[1] ~= nil end
    ]]
    local child <close> = owner(name, more) -- luacheck: ignore
    local endpoint <close> = copydata.new()
    local proxy = assert(endpoint:connect(name))
    local given = proxy:watch()
    assert.is_true(proxy:watching())
    remote.close(given)
    remote.close(given)
    assert.equal("copydata.remote.proxy (closed)", tostring(given))
    local ok, problem = pcall(function()
      given:step()
    end)
    assert.is_false(ok)
    assert.matches("20%-remote_spec.lua:%d+: the proxy is closed", problem)
    assert.is_true(until_(endpoint, function()
      return not proxy:watching()
    end))
  end)

  it("of a program that is killed are given back", function()
    local name = unique()
    local child <close> = owner(name)
    local endpoint <close> = copydata.new()
    local proxy = assert(endpoint:connect(name))
    local weak = setmetatable({ stepper() }, { __mode = "v" })
    proxy:keep(remote.reference(weak[1]))
    collectgarbage()
    collectgarbage()
    assert.is_not_nil(weak[1])
    child:kill()
    assert.is_true(until_(endpoint, function()
      return weak[1] == nil
    end))
  end)

  it("of a call that could not be made are not kept", function()
    local name = unique()
    local child <close> = owner(name)
    local endpoint <close> = copydata.new()
    local proxy = assert(endpoint:connect(name))
    child:kill()
    local weak = setmetatable({ stepper() }, { __mode = "v" })
    assert.is_false(pcall(proxy.keep, proxy, remote.reference(weak[1])))
    assert.is_false(pcall(proxy.keep, proxy, remote.reference(weak[1]), print))
    collectgarbage()
    collectgarbage()
    assert.is_nil(weak[1])
  end)

  it("travel in calls only", function()
    local endpoint <close> = copydata.new()
    local ok, problem = pcall(endpoint.send, endpoint, unique(), remote.reference {})
    assert.is_false(ok)
    assert.matches("a reference travels in remote calls only", problem)
  end)
end)

describe("only what is published can be called:", function()
  tidy(before_each, after_each)

  -- Calls past the proxy, as a hostile program does; returns the error's name, or the results.
  local function hostile(endpoint, name)
    local id = unique() -- luacheck: ignore
    local channel = endpoint:joined "copydata.remote"
    local to = endpoint:remotes(name)[1]
    return function(...)
      local answer, _, _, details = channel:request({ ... }, { to = to })
      return details and (details.name or details.message) or answer
    end
  end

  it("methods of the object and its classes, by names without _", function()
    local name = unique()
    local child <close> = owner(name) -- luacheck: ignore
    local endpoint <close> = copydata.new()
    local proxy = assert(endpoint:connect(name))
    for _, method in ipairs {
      "_private", "__index", "__gc", "__newindex", "field", "nested", "number", "missing", "",
      "nested.secret", "step", "rawget", "setmetatable",
    } do
      local ok, problem = pcall(remote.call, proxy, {}, method)
      assert.is_false(ok)
      assert.matches("the object has no method", problem)
    end
    assert.equal(1, proxy:count())
  end)

  it("what `methods` names, when it is given", function()
    local name = unique()
    local child <close> = children.start()
    child:begin([[
      local made = setmetatable({ plain = function() return "plain" end }, {
        __index = function(_, key)
          if key == "made" then return function() return "made" end end
        end,
      })
      assert(copydata.remote.publish(..., made, { methods = { "made" } }))
      say "published"
      copydata.run()
    ]], name)
    child:said()
    local endpoint <close> = copydata.new()
    local proxy = assert(endpoint:connect(name))
    assert.equal("made", proxy:made())
    assert.is_false(pcall(proxy.plain, proxy))
    assert.same({ "made" }, remote.fields(proxy))
  end)

  it("hostile requests are answered with errors, and change nothing", function()
    local name = unique()
    local child <close> = owner(name) -- luacheck: ignore
    local endpoint <close> = copydata.new()
    local proxy = assert(endpoint:connect(name))
    local ask = hostile(endpoint, name)
    local none = copydata.msgpack.encode { 0 }
    for _, id in ipairs { 0, 1, -1, math.mininteger, math.maxinteger, 1.5, "1", true, {} } do
      assert.equal("NO_OBJECT", ask("call", id, "count", none))
      assert.equal("NO_OBJECT", ask("fields", id))
    end
    local id = require("copydata.remote.proxies").known(proxy).id
    for _, method in ipairs { 1, true, {}, "__gc", "_private" } do
      assert.equal("NO_METHOD", ask("call", id, method, none))
    end
    for _, bytes in ipairs {
      "", "\xc1", "\x90", "\x91\x01", "\x92\x01\x05", "\x91\xcf\xff\xff\xff\xff\xff\xff\xff\xff",
      "\x91\xff", "\x91\xca\0\0\0\0", "\x80", "\xc0", 7, true, {},
      "\x92\xc7\x13\x7e" .. ("\0"):rep(19) .. "\x01", -- a reference one byte short
    } do
      assert.equal("MALFORMED", ask("call", id, "count", bytes))
    end
    for _, body in ipairs { 1, "call", true, {}, { {} }, { "nothing" }, { 1 } } do
      local answer, _, code = endpoint:request("copydata.remote", body,
        { to = endpoint:remotes(name)[1] })
      assert.is_nil(answer)
      assert.equal("REMOTE", code)
    end
    assert.equal(1, proxy:count())
  end)

  it("hostile notifications are ignored", function()
    local name = unique()
    local child <close> = owner(name) -- luacheck: ignore
    local endpoint <close> = copydata.new()
    local proxy = assert(endpoint:connect(name))
    local channel = endpoint:joined "copydata.remote"
    local id = require("copydata.remote.proxies").known(proxy).id
    local to = endpoint:remotes(name)[1]
    for _, body in ipairs {
      1, {}, { {} }, { "hold" }, { "hold", id }, { "hold", id, -1 }, { "hold", id, 1.5 },
      { "hold", id, "x" }, { "release" }, { "release", 1, 1 }, { "release", id, {} },
      { "release", id, -5 }, { "release", id, math.maxinteger }, { "call" },
      { "call", id, "_private", "" }, { "call", id, "count", "\xc1" }, { "connect" },
    } do
      assert.is_true(channel:send_to(to, body))
    end
    assert.equal(1, proxy:count())
    assert.is_true(endpoint:request("copydata.remote:" .. name, {}) ~= nil)
  end)

  it("a forged reference makes no message to a window that is no endpoint", function()
    local name = unique()
    local child <close> = owner(name) -- luacheck: ignore
    local endpoint <close> = copydata.new()
    local proxy = assert(endpoint:connect(name))
    local victim <close> = recorder("another.class", frames.ACCEPTED)
    local ask = hostile(endpoint, name)
    local id = require("copydata.remote.proxies").known(proxy).id
    local forged = string.pack("<I8I4i8", victim:hwnd(), window.pid(victim:hwnd()), 7)
    assert.is_nil(ask("call", id, "keep", "\x92\xc7\x14\x7e" .. forged .. "\x01"):find "MALFORMED")
    proxy:forget()
    assert.equal(1, proxy:count())
    assert.is_nil(victim:newest())
  end)
end)

describe("mistakes with remote objects", function()
  tidy(before_each, after_each)

  it("raise at the caller's line", function()
    local endpoint <close> = copydata.new()
    local published <close> = assert(endpoint:publish(unique(), {})) -- luacheck: ignore
    local function raises(expected, f)
      local ok, problem = pcall(f)
      assert.is_false(ok)
      assert.matches("20%-remote_spec.lua:%d+: " .. expected, problem)
    end
    raises("object: table or userdata expected, got nil", function()
      endpoint:publish("x")
    end)
    raises("option 'methods': no method's name: \"_x\"", function()
      endpoint:publish("x", {}, { methods = { "_x" } })
    end)
    raises("an object named .* is published already", function()
      endpoint:publish(published.name, {})
    end)
    raises("channel name ", function()
      endpoint:publish(("x"):rep(240), {})
    end)
    raises("option 'timeout': must be 0 or more", function()
      endpoint:connect("x", { timeout = -1 })
    end)
    raises("proxy expected: call its methods with a colon", function()
      remote.fields {}
    end)
    raises("proxy expected", function()
      remote.close(nil)
    end)
    raises("method: string expected, got nil", function()
      remote.notify(nil)
    end)
    raises("object: table or userdata expected, got function", function()
      remote.reference(print)
    end)
  end)

  it("raise by proxies too", function()
    local name = unique()
    local child <close> = owner(name) -- luacheck: ignore
    local endpoint = copydata.new()
    local proxy = assert(endpoint:connect(name))
    assert.is_false(pcall(function()
      proxy.field = 1
    end))
    assert.matches("proxy expected: call its methods with a colon",
      select(2, pcall(proxy.count)))
    assert.is_nil(proxy[1])
    local ok, problem = pcall(proxy.echo, proxy, table.unpack({}, 1, 251))
    assert.is_false(ok)
    assert.matches("251 values, the limit is 250", problem)
    endpoint:close()
    assert.matches("CLOSED: the proxy's endpoint is closed", select(2, pcall(proxy.count, proxy)))
  end)
end)
