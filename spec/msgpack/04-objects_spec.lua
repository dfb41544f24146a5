-- SPDX-License-Identifier: MIT

local msgpack = require "copydata.msgpack"
local hex = require "spec.msgpack.hex"

local function round(value, options)
  return msgpack.decode(msgpack.encode(value, options), options and { refs = options.refs })
end

-- Ext types are registered permanently, so every class of the specs has its own.
local Point = { __name = "Point" }
msgpack.register { type = 10, metatable = Point }

local Money = {}
msgpack.register {
  type = 11, metatable = Money,
  pack = function(money) return string.pack(">i8", money.cents) end,
  unpack = function(bytes) return setmetatable({ cents = string.unpack(">i8", bytes) }, Money) end,
}

describe("a registered class without pack", function()
  it("is encoded by its fields, and gets its metatable back", function()
    local point = round(setmetatable({ x = 1, y = { 2, 3 } }, Point))
    assert.equal(Point, getmetatable(point))
    assert.same({ x = 1, y = { 2, 3 } }, setmetatable(point, nil))
  end)

  it("may be anywhere, even inside its own kind", function()
    local inner = setmetatable({ 1, 2, 3 }, Point)
    local back = round { list = { inner, setmetatable({ inner = inner }, Point), 5 }, last = true }
    assert.equal(Point, getmetatable(back.list[1]))
    assert.equal(3, #back.list[1])
    assert.equal(Point, getmetatable(back.list[2].inner))
    assert.equal(5, back.list[3])
    assert.is_true(back.last)
    local keyed = round { [setmetatable({}, Point)] = "v" }
    local key, value = next(keyed)
    assert.equal(Point, getmetatable(key))
    assert.equal("v", value)
  end)

  it("travels as an ext, whatever the length of its fields", function()
    for _, length in ipairs { 0, 1, 5, 13, 30, 230, 260, 65530, 70000 } do
      local text = ("x"):rep(length)
      local back = round { setmetatable({ text }, Point), setmetatable({ text, n = 1 }, Point) }
      assert.equal(text, back[1][1])
      assert.equal(text, back[2][1])
      assert.equal(Point, getmetatable(back[2]))
    end
    local many = {}
    for i = 1, 40 do many[i] = i end
    local back = round { setmetatable(many, Point), "behind" }
    assert.equal(40, #back[1])
    assert.equal("behind", back[2])
  end)

  it("counts as a level of its own", function()
    local deep = {}
    for _ = 1, 63 do deep = setmetatable({ deep }, Point) end
    assert.is_truthy(round(deep))
    assert.error_matches(function() msgpack.encode(setmetatable({ { deep } }, Point)) end,
      "nested that deep")
  end)

  it("is refused when its payload is not a table of fields", function()
    for _, bytes in ipairs { "d4 0a 05", "d5 0a 90 90", "d4 0a 91", "d4 0a c1", "92 d4 0a c0 01",
      "c7 00 0a", "d6 0a 92 01 02 03", "92 d5 0a 90 90" } do
      local value, message, code = msgpack.decode(hex(bytes))
      assert.is_nil(value)
      assert.equal("MALFORMED", code)
      assert.matches("at byte %d+$", message)
    end
  end)
end)

describe("a registered class with pack and unpack", function()
  it("travels as what pack returns", function()
    local bytes = msgpack.encode { setmetatable({ cents = 995 }, Money) }
    assert.equal("91 d7 0b 00 00 00 00 00 00 03 e3", hex.of(bytes))
    assert.equal(995, msgpack.decode(bytes)[1].cents)
  end)

  it("may be userdata", function()
    local Class = {}
    local object = debug.setmetatable(msgpack.uint64(7), Class)
    msgpack.register { type = 12, metatable = Class,
      pack = function(o) return type(o) end, unpack = function(bytes) return bytes end }
    assert.same({ "userdata" }, round { object })
  end)

  it("reports where pack returned no string, and raises its errors", function()
    local Bad = {}
    msgpack.register { type = 13, metatable = Bad, pack = function(b) return b.result end,
      unpack = function(bytes) return bytes end }
    assert.error_matches(function() msgpack.encode { a = setmetatable({ result = 5 }, Bad) } end,
      "cannot encode what pack returned, a number instead of a string, at .a", 1, true)
    local Raising = {}
    msgpack.register { type = 14, metatable = Raising, pack = function() error("my own", 0) end,
      unpack = function(bytes) return bytes end }
    local ok, err = pcall(msgpack.encode, setmetatable({}, Raising))
    assert.is_false(ok)
    assert.equal("my own", err)
  end)

  it("turns what unpack raises into MALFORMED", function()
    local value, message, code = msgpack.decode(hex "92 01 d4 0b 00")
    assert.is_nil(value)
    assert.equal("MALFORMED", code)
    assert.matches("unpack of ext type 11 raised .* at byte 5$", message)
    msgpack.register { type = 15, unpack = function(bytes)
      if bytes == "t" then error {} end
      if bytes == "n" then return nil end
      return bytes == "0" and 0 / 0 or bytes
    end }
    assert.matches("no string", select(2, msgpack.decode "\xd4\x0ft"))
    assert.is_nil((msgpack.decode "\xd4\x0fn"))
    assert.equal(msgpack.null, msgpack.decode("\x91\xd4\x0fn")[1])
    assert.matches("nil as a map key", select(2, msgpack.decode "\x81\xd4\x0fn\x01"))
    assert.matches("NaN as a map key", select(2, msgpack.decode "\x81\xd4\x0f0\x01"))
    assert.same({ k = 1 }, msgpack.decode "\x81\xd4\x0fk\x01")
  end)
end)

describe("register", function()
  it("checks its arguments", function()
    local function refuses(pattern, what)
      assert.error_matches(function() msgpack.register(what) end, pattern)
    end
    refuses("table expected", nil)
    refuses("must be 0 to 126", { type = 127, metatable = {} })
    refuses("must be 0 to 126", { type = -1, metatable = {} })
    refuses("must be an integer", { type = 1.5, metatable = {} })
    refuses("must be a number", { type = "1", metatable = {} })
    refuses("must be a table", { type = 20, metatable = 1 })
    refuses("must be a function", { type = 20, metatable = {}, pack = 1 })
    refuses("'pack' needs a metatable", { type = 20, pack = print })
    refuses("is needed", { type = 20 })
    refuses("'unpack' needs 'pack'", { type = 20, metatable = {}, unpack = print })
    refuses("no field 'unpck'", { type = 20, metatable = {}, unpck = print })
    refuses("registered for another class", { type = 10, metatable = {} })
    refuses("msgpack's own", { type = 20, metatable = getmetatable(msgpack.array {}) })
    msgpack.register { type = 10, metatable = Point } -- registering it again is allowed
  end)

  it("leaves unregistered types to ext", function()
    assert.is_true(msgpack.ext(99, "abc") == round(msgpack.ext(99, "abc")))
  end)
end)

describe("__msgpack", function()
  it("returns what travels in place of an object", function()
    local Class = { __msgpack = function(self) return { name = self.name } end }
    assert.same({ { name = "n" }, 2 }, round { setmetatable({ name = "n", secret = 1 }, Class), 2 })
    assert.equal("text", round(setmetatable({}, { __msgpack = function() return "text" end })))
    assert.is_nil(round(setmetatable({}, { __msgpack = function() end })))
  end)

  it("may return the object itself, for its fields", function()
    assert.same({ 1, 2 }, round(setmetatable({ 1, 2 }, { __msgpack = function(o) return o end })))
  end)

  it("may encode, send and raise while the encoder is inside it", function()
    local Class = { __msgpack = function(self)
      local inner = msgpack.encode { self.name, ("x"):rep(5000) }
      return { #inner, msgpack.decode(inner)[1] }
    end }
    local value = { ("y"):rep(3000), setmetatable({ name = "n" }, Class), ("z"):rep(3000) }
    for _ = 1, 3 do
      local back = round(value)
      assert.same({ ("y"):rep(3000), { 5006, "n" }, ("z"):rep(3000) }, back)
    end
    local raising = setmetatable({}, { __msgpack = function() error("mine", 0) end })
    for _ = 1, 3 do
      local ok, err = pcall(msgpack.encode, { ("y"):rep(3000), raising })
      assert.is_false(ok)
      assert.equal("mine", err)
      assert.same({ 1 }, round { 1 })
    end
  end)

  it("that never ends is an error", function()
    local Endless = {}
    Endless.__msgpack = function() return setmetatable({}, Endless) end
    assert.error_matches(function() msgpack.encode { a = setmetatable({}, Endless) } end,
      "nested that deep at .a", 1, true)
    assert.error_matches(function()
      msgpack.encode({ a = setmetatable({}, Endless) }, { refs = true })
    end, "without end at .a", 1, true)
  end)

  it("makes no key that cannot be decoded", function()
    local nothing = setmetatable({}, { __msgpack = function() end })
    assert.error_matches(function() msgpack.encode { a = { [nothing] = 1 } } end,
      "cannot encode null as a key at .a", 1, true)
    local nan = setmetatable({}, { __msgpack = function() return 0 / 0 end })
    assert.error_matches(function() msgpack.encode { a = { [nan] = 1 } } end,
      "cannot encode NaN as a key at .a", 1, true)
  end)

  it("may change the table that is being encoded, with an unspecified result", function()
    local list = {}
    local Growing = { __msgpack = function() list[#list + 1] = 1 return "g" end }
    for i = 1, 20 do list[i] = i == 5 and setmetatable({}, Growing) or i end
    local ok, bytes = pcall(msgpack.encode, list)
    assert.is_true(not ok or msgpack.decode(bytes)[5] == "g")
    assert.same({ 1 }, round { 1 })
  end)
end)

describe("other metatables", function()
  it("do not matter: fields are encoded raw", function()
    local t = setmetatable({ a = 1 }, { __index = { b = 2 }, __pairs = error, __len = error })
    assert.same({ a = 1 }, round(t))
  end)
end)
