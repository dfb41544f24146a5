-- SPDX-License-Identifier: MIT

-- The versions of Lua that the module supports.

describe("a Lua", function()
  local function load_in(version)
    local path = assert(package.searchpath("copydata.needs_lua", package.path))
    local globals = setmetatable({ _VERSION = version, _G = {} }, { __index = _G })
    return pcall(assert(loadfile(path, "t", globals)))
  end

  it("of another version is refused with a clear message", function()
    for _, version in ipairs { "Lua 5.1", "Lua 5.2", "Lua 5.3", "Lua 5.6" } do
      local ok, problem = load_in(version)
      assert.is_false(ok)
      assert.equal("copydata needs Lua 5.4 or 5.5; this is " .. version, problem)
    end
  end)

  it("of version 5.4 or 5.5 is accepted", function()
    assert.is_true(load_in "Lua 5.4")
    assert.is_true(load_in "Lua 5.5")
  end)

  it("is checked before a DLL is loaded", function()
    for _, name in ipairs { "copydata", "copydata.msgpack" } do
      local file <close> = assert(io.open(assert(package.searchpath(name, package.path)), "rb"))
      local first = file:read("a"):match "\n[%w_ =]*require[ (]*(%b\"\")"
      assert.equal('"copydata.needs_lua"', first, name)
    end
  end)
end)
