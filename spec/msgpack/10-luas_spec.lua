-- SPDX-License-Identifier: MIT

-- Which Luas the module is for.

describe("a Lua", function()
  local function load_in(version)
    local path = assert(package.searchpath("copydata.needs_lua", package.path))
    local globals = setmetatable({ _VERSION = version, _G = {} }, { __index = _G })
    return pcall(assert(loadfile(path, "t", globals)))
  end

  it("that the module is not for is refused in words", function()
    for _, version in ipairs { "Lua 5.1", "Lua 5.2", "Lua 5.3", "Lua 5.6" } do
      local ok, problem = load_in(version)
      assert.is_false(ok)
      assert.equal("copydata needs Lua 5.4 or 5.5; this is " .. version, problem)
    end
  end)

  it("of 5.4 and 5.5 is taken", function()
    assert.is_true(load_in "Lua 5.4")
    assert.is_true(load_in "Lua 5.5")
  end)

  it("is looked at before a DLL is loaded", function()
    for _, name in ipairs { "copydata", "copydata.msgpack" } do
      local file <close> = assert(io.open(assert(package.searchpath(name, package.path)), "rb"))
      local first = file:read("a"):match "\n[%w_ =]*require[ (]*(%b\"\")"
      assert.equal('"copydata.needs_lua"', first, name)
    end
  end)
end)
