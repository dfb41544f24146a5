-- SPDX-License-Identifier: MIT

-- The section of the membership counter, and what other programs may have created in its place.
-- Uses the module's own code with names that are unique to this run: the real section is in use.
local children = require "support.children"
local copydata = require "support.copydata"
local membership = require "support.membership"
local process = require "support.process"
local unique = require "support.unique"
require "support.tidy"(before_each, after_each)

local function section()
  return "Local\\copydata.membership." .. unique()
end

describe("the membership section", function()
  it("is shared by the programs of a session, and ends with the last", function()
    local name = section()
    local child <close> = children.start()
    do
      local counter <close> = membership.open(name)
      assert.equal(0, counter:value())
      counter:changed()
      assert.equal(2, child:run([[
        membership = require "support.membership"
        counter = membership.open(...)
        counter:changed()
        return counter:value()
      ]], name))
      assert.equal(2, counter:value())
    end
    assert.equal(2, child:run "return counter:value()")
    child:run "counter:close()"
    local counter <close> = membership.open(name)
    assert.equal(0, counter:value())
  end)

  it("is for programs of the same user only", function()
    local name = section()
    local counter <close> = membership.open(name)
    local endpoint <close> = copydata.new() -- luacheck: ignore (a window to be known by)
    assert.is_not_nil(counter:value())
    local sid = copydata.raw.find { pid = process.own_pid }[1].sid
    local owner, flags, entries = membership.sddl(name):match "^O:(.-)D:(%a*)(.*)$"
    assert.is_true(owner == sid or owner == "LA") -- how Windows writes the first administrator
    assert.equal("P", flags) -- protected: nothing is inherited
    local rights, who = entries:match "^%(A;;([^;]*);;;([^;]*)%)$" -- one entry
    assert.equal(owner, who)
    assert.truthy(rights:find "CC" and rights:find "DC" and rights:find "LC") -- query, write, read
  end)

  it("is the one that endpoints use", function()
    local endpoint <close> = copydata.new()
    local real = "Local\\copydata.membership"
    local sid = copydata.raw.find { pid = process.own_pid }[1].sid
    local owner = membership.sddl(real):match "^O:(.-)D:P%(A;;[^;]*;;;%1%)$"
    assert.is_true(owner == sid or owner == "LA")
    local counter <close> = membership.open(real)
    local before = counter:value()
    endpoint:channel(unique()):close()
    assert.is_true(counter:value() - before >= 2)
  end)

  -- Runs a stranger that creates something under the name, then does what an endpoint does.
  local function after(kind, value)
    local name = section()
    local child <close> = children.start()
    child:run([[
      local kind, name, value = ...
      held = require "support.membership".stranger(kind, name)
      if value then
        held:write(value)
      end
    ]], kind, name, value)
    local counter <close> = membership.open(name)
    local before = counter:value()
    counter:changed()
    return before, counter:value()
  end

  it("may hold any value", function()
    for _, value in ipairs { -1, math.maxinteger, math.mininteger, 0x5555555555555555 } do
      local before, now = after("large", value)
      assert.equal(value, before)
      assert.equal(value + 1, now)
    end
    local before, now = after("tiny", 7)
    assert.equal(7, before)
    assert.equal(8, now)
  end)

  for _, kind in ipairs { "denied", "event", "file", "reserved" } do
    it(("is not used when a stranger's section is: %s"):format(kind), function()
      local before, now = after(kind)
      assert.is_nil(before)
      assert.is_nil(now)
    end)
  end

  it("kills no program when a stranger's section is read-only", function()
    local before, now = after "read-only"
    assert.is_true(before == nil and now == nil or now == before + 1)
  end)

  it("does not affect correctness: all peers are found, whatever strangers write", function()
    local name = unique()
    local scribbler <close> = children.start()
    local endpoint <close> = copydata.new()
    scribbler:begin([[
      local counter = require "support.membership".open "Local\\copydata.membership"
      for _ = 1, 20000 do
        counter:changed()
      end
      counter:close()
    ]])
    for i = 1, 20 do
      local other <close> = copydata.new()
      local channel = other:channel(name)
      assert.equal(1, #endpoint:peers(name))
      assert.equal(1, (endpoint:send(name, i)))
      assert.equal(i, channel:receive(5).data)
      channel:close()
      assert.equal(0, (endpoint:send(name, i)))
    end
    scribbler:result()
  end)
end)
