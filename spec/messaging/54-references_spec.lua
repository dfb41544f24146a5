-- SPDX-License-Identifier: MIT

-- Objects that travel by reference, and how long they are kept.
local copydata = require "support.copydata"
local eventually = require "support.eventually"
local frames = require "support.frames"
local owner = require "support.owner"
local stranger = require "support.stranger"
local unique = require "support.unique"
local window = require "support.window"
local proxies = require "copydata.remote.proxies"
require "support.tidy"(before_each, after_each)

local remote = copydata.remote

describe("references", function()
  -- An object here, with a method that a child calls.
  local function stepper()
    return { step = function(_, n) return n + 1 end }
  end

  it("as arguments allow calls back, to any depth", function()
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

  it("to the same object are the same proxy, and at their owner the object", function()
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

  it("can be passed on to a third program", function()
    local name, other = unique(), unique()
    local giver <close> = owner(name) -- luacheck: ignore
    local taker <close> = owner(other) -- luacheck: ignore
    local endpoint <close> = copydata.new()
    local from, to = assert(endpoint:connect(name)), assert(endpoint:connect(other))
    local given = from:give()
    from:drop()
    to:keep(given)
    remote.close(given) -- now only the third program keeps it
    copydata.poll(0)
    assert.is_true(from:given_lives())
    assert.equal(101, to:count_kept())
    to:forget()
    assert.is_true(eventually(function()
      return not from:given_lives()
    end))
  end)

  it("can be passed on while the owner computes", function()
    local name, other = unique(), unique()
    local giver <close> = owner(name, [[
      function Class:compute(seconds)
        say "computing"
        local over = os.clock() + seconds
        while os.clock() < over do end
      end
    ]]) -- luacheck: ignore
    local taker <close> = owner(other) -- luacheck: ignore
    local endpoint <close> = copydata.new()
    local from, to = assert(endpoint:connect(name)), assert(endpoint:connect(other))
    local given = from:give()
    from:drop()
    assert(remote.notify(from, "compute", 0.3))
    assert.equal("computing", giver:said())
    to:keep(given)
    assert.is_true(from:given_lives()) -- it has finished computing
    remote.close(given)
    copydata.poll(0)
    assert.is_true(from:given_lives())
    assert.equal(101, to:count_kept())
  end)

  it("keep their object while a proxy lives, and no longer", function()
    local name = unique()
    local child <close> = owner(name) -- luacheck: ignore
    local endpoint <close> = copydata.new()
    local proxy = assert(endpoint:connect(name))
    local weak = setmetatable({ stepper() }, { __mode = "v" })
    proxy:keep(remote.reference(weak[1]))
    proxy:keep(remote.reference(weak[1])) -- twice, because it arrived there twice
    collectgarbage()
    collectgarbage()
    assert.is_not_nil(weak[1])
    assert.equal(8, proxy:use(7))
    proxy:forget()
    assert.is_true(eventually(function()
      return weak[1] == nil
    end))
    assert.is_false(proxy:kept())
  end)

  it("are released by close, after which the proxy raises", function()
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
    assert.matches("54%-references_spec.lua:%d+: the proxy is closed", problem)
    assert.is_true(eventually(function()
      return not proxy:watching()
    end))
  end)

  it("are given back to a program that seldom pumps messages", function()
    local name = unique()
    local more = [[
      copydata.spawn(function()
        while true do
          local over = os.clock() + 0.3
          while os.clock() < over do end
          copydata.sleep(0)
        end
      end)
    ]]
    local child <close> = owner(name, more) -- luacheck: ignore
    local endpoint <close> = copydata.new()
    local proxy = assert(endpoint:connect(name, { timeout = 20 }))
    for _ = 1, 2 do
      local given = proxy:give()
      proxy:drop()
      assert.is_true(proxy:given_lives())
      remote.close(given)
      assert.is_true(eventually(function()
        return not proxy:given_lives()
      end))
    end
  end)

  it("of a killed program are released", function()
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
    assert.is_true(eventually(function()
      return weak[1] == nil
    end))
  end)

  it("of a call that failed are not kept", function()
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

  it("travel only in calls", function()
    local endpoint <close> = copydata.new()
    local ok, problem = pcall(endpoint.send, endpoint, unique(), remote.reference {})
    assert.is_false(ok)
    assert.matches("a reference travels in remote calls only", problem)
  end)

  it("that were sent to a missing method are released", function()
    local name = unique()
    local asked <close> = copydata.new()
    local asking <close> = copydata.new()
    assert(asked:publish(name, {}))
    local proxy = asking:connect(name)
    local weak = setmetatable({ {} }, { __mode = "v" })
    assert.is_false(pcall(remote.call, proxy, {}, "missing", remote.reference(weak[1])))
    assert.is_true(eventually(function()
      return weak[1] == nil
    end))
    assert.is_truthy(proxy)
  end)

  it("of a third program that arrive many times are held there at once", function()
    local name = unique()
    local asked <close> = copydata.new()
    local asking <close> = copydata.new()
    local home <close> = stranger "copydata.remote"
    local got
    assert(asked:publish(name, {
      take = function(_, list)
        got = list
        return #list
      end,
    }))
    local proxy = asking:connect(name)
    local node = proxies.known(proxy).node
    local third = node.proxies:of(home:hwnd(), window.pid(home:hwnd()), 77)
    local list = {}
    for i = 1, 50 do
      list[i] = third
    end
    assert.equal(50, proxy:take(list))
    local _, sender, bytes, count = home:newest()
    assert.equal(asked:hwnd(), sender)
    assert.equal(1, count)
    assert.same({ "hold", 77, 50 }, copydata.msgpack.decode(bytes)[3][1])
    assert.is_true(got[1] == got[50])
  end)
end)

describe("the count of references", function()
  it("is the number sent minus the number released, and nothing else changes it", function()
    local name = unique()
    local peer <close> = stranger "copydata.remote"
    local endpoint <close> = copydata.new()
    local weak = setmetatable({ {} }, { __mode = "v" })
    local publication = assert(endpoint:publish(name, weak[1]))
    local function post(bytes)
      assert.equal(frames.ACCEPTED, frames.deliver(endpoint, bytes, peer))
      copydata.poll(0)
    end
    local function lives()
      collectgarbage()
      collectgarbage()
      return weak[1] ~= nil
    end
    for _ = 1, 3 do
      post(frames.request(1, "copydata.remote:" .. name, "\xc0"))
    end
    local answer = copydata.msgpack.decode((select(3, peer:newest())))
    local id = string.unpack("<i8", answer[4], #answer[4] - 8) -- before the number of values
    local function tell(what, count)
      post(frames.notification("copydata.remote", copydata.msgpack.encode { what, id, count }))
    end
    publication:close()
    assert.is_true(lives())
    tell("release", 2)
    tell("release", -1)
    tell("release", 0)
    tell("hold", -1)
    assert.is_true(lives())
    tell("hold", 1)
    tell("release", 1)
    assert.is_true(lives())
    tell("release", 1)
    assert.is_false(lives())

    weak[1] = {}
    publication = assert(endpoint:publish(name, weak[1]))
    assert.is_true(lives())
    publication:close()
    assert.is_false(lives())
  end)
end)
