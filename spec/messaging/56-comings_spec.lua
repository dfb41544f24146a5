-- SPDX-License-Identifier: MIT

-- Many programs that join and leave, and some that try to mislead watchers.
local children = require "support.children"
local copydata = require "support.copydata"
local core = require "copydata.core"
local eventually = require "support.eventually"
local process = require "support.process"
local unique = require "support.unique"
local watcher = require "support.watcher"
local window = require "support.window"
require "support.tidy"(before_each, after_each)

local PATIENCE = 60 -- seconds

-- { [hwnd] = pid } of those on a channel.
local function present(endpoint, name)
  local set = {}
  for _, peer in ipairs(endpoint:peers(name)) do
    set[peer.hwnd] = peer.pid
  end
  return set
end

-- Keeps a list of peers from events, in this process.
-- @return { [hwnd] = pid }, and a list of what was wrong
local function follow(channel)
  local set, wrong = {}, {}
  channel:on_peers(function(peer, event)
    if (event == "joined") ~= (set[peer.hwnd] == nil) then
      wrong[#wrong + 1] = event .. " " .. tostring(peer)
    end
    set[peer.hwnd] = event == "joined" and peer.pid or nil
  end)
  return set, wrong
end

local function count(set)
  local n = 0
  for _ in pairs(set) do
    n = n + 1
  end
  return n
end

local function same(a, b)
  for key, value in pairs(a) do
    if b[key] ~= value then
      return false
    end
  end
  return count(a) == count(b)
end

local CHURN = [[
local name, seed, stays = ...
math.randomseed(seed)
for i = 1, 8 do
  channel = assert(copydata.channel(name))
  copydata.sleep(math.random() * 0.02)
  if math.random(3) == 1 then
    copydata.close() -- and with another window again
  else
    channel:close()
  end
  copydata.sleep(math.random() * 0.02)
end
channel = stays and assert(copydata.channel(name)) or nil
]]

describe("50 programs that join and leave, half of them killed,", function()
  it("end up the same for three watchers, one of which was suspended", function()
    local name = unique()
    local endpoint <close> = copydata.new()
    local kinds, watchers, asked = { "handler", "task", "slow" }, {}, {}
    for i, kind in ipairs(kinds) do
      watchers[i], asked[i] = watcher(name, kind)
    end
    watchers[1].process:suspend()
    local all, stay = {}, 0
    for wave = 1, 5 do
      local some = {}
      for i = 1, 10 do
        some[i] = children.start()
        all[#all + 1] = some[i]
        some[i]:begin(CHURN, name, 100 * wave + i, i % 3 == 0)
      end
      for i = 1, 10, 2 do
        some[i].process:line(math.random() * 0.1) -- meanwhile
        some[i]:kill()
      end
      for i = 2, 10, 2 do
        some[i]:result(60)
        if i % 3 == 0 then
          stay = stay + 1
        elseif i % 4 == 0 then
          some[i]:finish()
        end
      end
    end
    watchers[1].process:resume()

    local expected = present(endpoint, name)
    assert.equal(stay, count(expected))
    for i, to in ipairs(asked) do
      local answer, why
      eventually(function() -- one that was suspended for 5 s counts as hung until it looks
        answer, why = endpoint:request(to, "who?", { timeout = PATIENCE })
        return answer and same(expected, answer.present)
      end)
      assert(answer, why)
      assert.same(expected, answer.present, kinds[i])
      assert.equal(0, answer.wrong, kinds[i])
    end
    for _, child in ipairs(all) do
      child:close()
    end
    for i, to in ipairs(asked) do
      assert.is_true(eventually(function()
        return next(assert(endpoint:request(to, "who?", { timeout = PATIENCE })).present) == nil
      end))
      watchers[i]:close()
    end
  end)
end)

describe("more programs than a thread can wait for", function()
  it("are each seen to end", function()
    local name = unique()
    local endpoint <close> = copydata.new()
    local channel = endpoint:channel(name, { listen = false })
    local set, wrong = follow(channel)
    local path = assert(package.searchpath("support.member", (package.cpath:gsub("%.dll", ".exe"))))
    local programs = {}
    for i = 1, 70 do
      programs[i] = process.spawn(('"%s" %s'):format(path, name))
    end
    assert.is_true(eventually(function() return count(set) == 70 end))
    assert.equal(70, endpoint._window:watched())

    local presence, looks = endpoint._presence, 0
    local look, began = presence._look, core.seconds()
    function presence:_look(now)
      looks = looks + 1
      return look(self, now)
    end
    for i = 1, 20 do -- none of them costs a look at the others
      programs[i]:kill()
      assert.is_true(eventually(function() return count(set) == 70 - i end))
    end
    assert.is_true(looks <= core.seconds() - began + 1, looks) -- one a second

    for i = 21, 70 do
      programs[i]:kill()
    end
    assert.is_true(eventually(function() return count(set) == 0 end))
    assert.same({}, wrong)
    assert.equal(0, endpoint._window:watched())
    for _, program in ipairs(programs) do
      program:close()
    end
  end)
end)

describe("a peer that leaves and joins again at once", function()
  for how, again in pairs {
    ["with the same window"] = "channel:close() channel = copydata.channel(...)",
    ["with another window"] = "copydata.close() channel = copydata.channel(...)",
  } do
    it("is present in the end, " .. how, function()
      local name = unique()
      local endpoint <close> = copydata.new()
      local set, wrong = follow(endpoint:channel(name, { listen = false }))
      local child <close> = children.join(name)
      child:run("for _ = 1, 200 do " .. again .. " end", name)
      local expected = present(endpoint, name)
      assert.equal(1, count(expected))
      assert.is_true(eventually(function() return same(expected, set) end))
      assert.same({}, wrong)
      child:kill()
      assert.is_true(eventually(function() return next(set) == nil end))
      assert.same({}, wrong)
    end)
  end
end)

describe("a program that tries to mislead a watcher", function()
  describe("in vain", function()
    local name, endpoint, server, set, wrong

    before_each(function()
      name = unique()
      endpoint, server = copydata.new(), copydata.new()
      server:channel(name):serve(function(data) return data + 1 end)
      set, wrong = follow(endpoint:channel(name .. ".watched", { listen = false }))
    end)

    -- A peer joins and is killed, both of which are reported; and a request is answered.
    after_each(function()
      local child <close> = children.join(name .. ".watched")
      assert.is_true(eventually(function() return set[child:hwnd()] == child.pid end))
      child:kill()
      assert.is_true(eventually(function() return next(set) == nil end))
      assert.same({}, wrong)
      assert.equal(2, endpoint:request(name, 1, { timeout = PATIENCE }))
      endpoint:close()
      server:close()
    end)

    it("keeps forging hints", function()
      local forger <close> = children.start()
      forger:begin([[
        local hwnd, server = ...
        local window = require "support.window"
        local message = window.registered "copydata.presence"
        say "forging"
        for i = 1, 20000 do
          window.post(hwnd, message, i % 2 == 0 and server or math.random(0xFFFFFFFF))
        end
      ]], endpoint:hwnd(), server:hwnd())
      forger:said()
      for i = 1, 20 do
        copydata.poll(0.01)
        assert.equal(i + 1, endpoint:request(name, i, { timeout = PATIENCE }))
      end
      assert.same({}, set)
      assert.same({}, wrong)
      forger:result(60)
    end)

    it("posts hints to an endpoint that does not watch", function()
      local message = window.registered "copydata.presence"
      for _ = 1, 100 do
        window.post(server:hwnd(), message, endpoint:hwnd())
      end
      copydata.poll(0.05)
      assert.is_false(server._window:hinted())
    end)

    it("removes the property from the watcher's window", function()
      copydata.poll(0.01)
      window.set_property(endpoint:hwnd(), "copydata.watch", 0)
    end)

    it("sets the property on windows that do not watch", function()
      window.set_property(server:hwnd(), "copydata.watch", 1)
      endpoint:channel(name .. ".more"):on(print)
      copydata.poll(0.05)
      assert.is_false(server._window:hinted())
      window.set_property(server:hwnd(), "copydata.watch", 0)
    end)
  end)
end)
