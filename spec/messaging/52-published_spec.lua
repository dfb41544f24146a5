-- SPDX-License-Identifier: MIT

-- Which of an object's functions peers may call, and what each of them knows.
local children = require "support.children"
local closing = require "support.closing"
local copydata = require "support.copydata"
local frames = require "support.frames"
local owner = require "support.owner"
local recorder = require "support.recorder"
local unique = require "support.unique"
local window = require "support.window"
require "support.tidy"(before_each, after_each)

local remote = copydata.remote

describe("only what is published can be called:", function()
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

  it("methods of the object and its classes whose names do not begin with _", function()
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

  it("what `methods` names, if given", function()
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

  it("a forged reference sends no message to a window that is not an endpoint", function()
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

describe("an object", function()
  local function thing()
    return {
      read = function() return "read" end,
      write = function() return "written" end,
    }
  end

  it("that is published twice keeps its methods when one name is withdrawn", function()
    local one, two = unique(), unique()
    local asked <close> = copydata.new()
    local asking <close> = copydata.new()
    local object = thing()
    assert(asked:publish(one, object, { methods = { "read" } }))
    assert(asked:publish(two, object)):close()
    local proxy = asking:connect(one)
    assert.equal("read", proxy:read())
    local ok, problem = pcall(proxy.write, proxy)
    assert.is_false(ok)
    assert.matches("no method 'write'", problem)
  end)

  it("that peers can call already cannot be published with other methods", function()
    local name = unique()
    local asked <close> = copydata.new()
    local asking <close> = copydata.new()
    local object = thing()
    local publication <close> = assert(asked:publish(name, { -- luacheck: ignore
      get = function() return remote.reference(object) end,
    }))
    local proxy = asking:connect(name):get()
    local ok, problem = pcall(function()
      asked:publish(unique(), object, { methods = { "read" } })
    end)
    assert.is_false(ok)
    assert.matches("52%-published_spec.lua:%d+: option 'methods': the object is already", problem)
    assert(asked:publish(unique(), object))
    assert.is_truthy(proxy)

    object = thing()
    assert(asked:publish(unique(), object, { methods = { "read" } }))
    assert(asked:publish(unique(), object, { methods = { "read" } }))
    for _, other in ipairs { { "write" }, { "read", "write" }, {} } do
      assert.is_false(pcall(asked.publish, asked, unique(), object, { methods = other }))
    end
  end)

  it("offers no global functions, even if its class inherits the globals", function()
    local name = unique()
    local asked <close> = copydata.new()
    local asking <close> = copydata.new()
    local object = setmetatable({ own = function() return "own" end }, { __index = _G })
    assert(asked:publish(name, object))
    local proxy = asking:connect(name)
    assert.same({ "own" }, remote.fields(proxy))
    assert.equal("own", proxy:own())
    for _, global in ipairs { "rawset", "setmetatable", "next", "load" } do
      assert.matches("no method", select(2, pcall(remote.call, proxy, {}, global, "own", 1)))
    end
    assert.is_function(object.own)
  end)

  it("whose __index raises does not make poll fail", function()
    local name = unique()
    local asked <close> = copydata.new()
    local asking <close> = copydata.new()
    local object = setmetatable({}, {
      __index = function(_, key)
        error("no field " .. key)
      end,
    })
    assert(asked:publish(name, object, { methods = { "made" } }))
    local proxy = asking:connect(name)
    assert.is_true(remote.notify(proxy, "made"))
    assert.same({}, remote.fields(proxy))
    assert.is_false(pcall(proxy.made, proxy))
  end)

  it("knows its caller, but the next handler does not", function()
    local name = unique()
    local asked <close> = copydata.new()
    local asking <close> = copydata.new()
    assert(asked:publish(name, { who = function() return remote.caller().hwnd end }))
    local handled, seen = 0, nil
    local channel = asked:channel(unique())
    channel:on(function()
      handled, seen = handled + 1, seen or remote.caller()
    end)
    local proxy = asking:connect(name)
    local task = copydata.spawn(function()
      return proxy:who()
    end)
    assert.equal(1, (asking:send(channel.name, 1))) -- before the call is handled
    assert.equal(asking:hwnd(), task:wait())
    assert.equal(1, handled)
    assert.is_nil(seen)
  end)

  it("knows its caller, but other handlers do not, while its methods wait", function()
    local name = unique()
    local asked <close> = copydata.new()
    local askers <close> = closing { copydata.new(), copydata.new() }
    local seen, elsewhere = {}, "not asked"
    assert(asked:publish(name, {
      wait = function(_, who, seconds)
        local before = remote.caller()
        copydata.sleep(seconds)
        seen[who] = { before.hwnd, remote.caller().hwnd }
        return remote.caller() == before
      end,
    }))
    local tasks = {}
    for i, asker in ipairs(askers) do
      tasks[i] = copydata.spawn(function()
        local proxy = asker:connect(name)
        return proxy:wait(i, 0.2 - i * 0.05) -- the second is over first
      end)
    end
    local other = copydata.spawn(function()
      while not seen[2] do
        elsewhere = remote.caller()
        copydata.sleep(0.01)
      end
    end)
    for i, task in ipairs(tasks) do
      assert.is_true(task:wait())
      assert.same({ askers[i]:hwnd(), askers[i]:hwnd() }, seen[i])
    end
    assert.is_nil(other:wait())
    assert.is_nil(elsewhere)
    assert.is_nil(remote.caller())
  end)
end)
