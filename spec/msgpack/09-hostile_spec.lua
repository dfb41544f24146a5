-- SPDX-License-Identifier: MIT

-- Bytes made to be expensive: how much memory and time n bytes may use.

local msgpack = require "copydata.msgpack"

local MEMORY = 72 -- bytes of Lua objects for each byte decoded
local STACK = 4 << 20 -- and what Lua's stack may grow by
local TIME = 50e-6 -- seconds for each byte: much more than the slowest take, for slow machines
local OURS = package.config:sub(1, 1) == "/" -- os.clock counts our time alone; not so on Windows

local function array(n) return string.pack(">BI4", 0xdd, n) end
local function map(n) return string.pack(">BI4", 0xdf, n) end

local function costs(bytes)
  collectgarbage()
  collectgarbage()
  collectgarbage "stop"
  local before, start = collectgarbage "count", os.clock()
  local value, message = msgpack.decode(bytes)
  local seconds, grown = os.clock() - start, (collectgarbage "count" - before) * 1024
  collectgarbage "restart"
  assert.is_true(grown <= MEMORY * #bytes + STACK, ("%d bytes took %d"):format(#bytes, grown))
  assert.is_true(not OURS or seconds <= TIME * #bytes + 0.05,
    ("%d bytes took %g s"):format(#bytes, seconds))
  return value, message
end

describe("hostile bytes", function()
  it("that claim more than they contain are refused at once", function()
    for _, bytes in ipairs {
      array(0x7fffffff), array(0xffffffff), map(0x7fffffff), map(0xffffffff),
      array(100) .. array(0xffffffff), map(2) .. "\1" .. map(0xffffffff),
      "\xdb\xff\xff\xff\xff", "\xc6\xff\xff\xff\xff", "\xc9\xff\xff\xff\xff\5",
      "\xc9\xff\xff\xff\xfe\5",
    } do
      local value = costs(bytes)
      assert.is_nil(value)
    end
  end)

  it("that repeatedly claim all that is left are refused", function()
    local parts = {}
    for i = 1, 100 do parts[i] = array(200000 - 5 * i) end
    assert.matches("more elements than bytes",
      select(2, costs(table.concat(parts) .. ("\1"):rep(200000))))
    assert.matches("more elements than bytes",
      select(2, costs(("\xdc\xff\xff"):rep(100) .. ("\1"):rep(70000))))
  end)

  it("that are countless small values use no more memory than documented", function()
    local n = 300000
    for _, small in ipairs { "\x90", "\x80", "\x01", "\xc0", "\xa0", "\x91\x01", "\x81\x01\x01",
      "\x81\xa1k\x90", "\xd4\5\0", "\xa1\xff", "\xd6\xff\0\0\0\0",
      "\xcf\xff\xff\xff\xff\xff\xff\xff\xff", ("\x91"):rep(126) .. "\1" } do
      local count = n // #small
      assert.is_truthy(costs(array(count) .. small:rep(count)))
      assert.is_nil((costs(array(count + 1) .. small:rep(count))))
    end
    for _, items in ipairs { 11, 12, 1000, 60000, 65536, 65537 } do
      local count = n // items
      local one = array(items) .. ("\1"):rep(items)
      assert.is_truthy(costs(array(count) .. one:rep(count)))
    end
  end)

  it("whose keys collide in Lua's tables are bounded", function()
    local function colliding(count, key)
      local parts = { map(count) }
      for i = 1, count do parts[i + 1] = key(i) .. "\1" end
      return table.concat(parts)
    end
    local function float(i)
      return string.pack(">BI8", 0xcb, string.unpack("<I8", string.pack("<d", 1.5)) + i)
    end
    local function int(i) return string.pack(">BI4", 0xce, i * 8191) end
    for _, key in ipairs { float, int } do
      assert.is_truthy(costs(colliding(8192, key)))
      assert.matches("too many map keys", select(2, costs(colliding(100000, key))))
    end
  end)

  it("that have strings as keys are not bounded by that", function()
    local parts = { map(100000) }
    for i = 1, 100000 do parts[i + 1] = string.pack("Bs1B", 0xd9, tostring(i), 1) end
    assert.is_truthy(costs(table.concat(parts)))
  end)

  it("nested to the limit and beyond", function()
    for _, one in ipairs { "\x91", "\x81\1", "\xdc\0\1" } do
      assert.is_truthy(costs(one:rep(128) .. "\1"))
      assert.matches("nested too deep", select(2, costs(one:rep(100000) .. "\1")))
    end
  end)

  it("that are nested objects need no more than Lua's stack", function()
    local Node = {}
    msgpack.register { type = 90, metatable = Node }
    local function inside_each_other(count)
      local bytes = "\x90"
      for _ = 1, count do
        local payload = "\x91" .. bytes
        bytes = string.pack(">BI4B", 0xc9, #payload, 90) .. payload
      end
      return bytes
    end
    for _, count in ipairs { 1, 20, 63 } do
      local decode = coroutine.wrap(msgpack.decode) -- coroutines start with little of it
      local value = decode(inside_each_other(count))
      for _ = 1, count do
        assert.equal(Node, getmetatable(value))
        value = value[1]
      end
      assert.same({}, value)
    end
    assert.matches("nested too deep", select(2, costs(inside_each_other(64))))
    assert.same({ 1, { a = 2 } }, msgpack.decode("\x92\1\x81\xa1a\2"))
  end)

  it("at random", function()
    math.randomseed(7)
    for _ = 1, 3000 do
      local t = {}
      for i = 1, math.random(1, 60) do t[i] = string.char(math.random(0, 255)) end
      local value, message, code = msgpack.decode(table.concat(t))
      assert.is_true(value ~= nil or message == nil or code == "MALFORMED")
    end
  end)
end)
