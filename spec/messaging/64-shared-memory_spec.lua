-- SPDX-License-Identifier: MIT

-- Named memory that programs share (raw.section).
local blames_here = require "support.blames"
local children = require "support.children"
local copydata = require "support.copydata"
local membership = require "support.membership"
local process = require "support.process"
local unique = require "support.unique"
require "support.tidy"(before_each, after_each)

local raw = copydata.raw

describe("raw.section", function()
  it("is memory that other programs read and write", function()
    local name = unique()
    local child <close> = children.start()
    local section <close> = raw.section(name, 100)
    assert.equal(100, section.size)
    assert.equal(("\0"):rep(100), section:read())
    section:write "first"
    section:write("last", 96)
    section:write("", 100)
    assert.same({ "first", "last", "" }, { child:run([[
      section = assert(copydata.raw.section(...))
      return section:read(0, 5), section:read(96, 4), section:read(96, 0)
    ]], name) })
    assert.equal(0, child:run "return section.size % 4096")
    section:write "\0\xff\0ab"
    assert.equal("\0\xff\0ab", child:run "return section:read(0, 5)")
    assert.equal("\0ab", child:run "return section:read(2, 3)")
    child:run "section:close()"
  end)

  it("fails as EXISTS for a name that is taken, by any object", function()
    local name = unique()
    local child <close> = children.start()
    child:run("section = assert(copydata.raw.section(..., 8))", name)
    local function taken(of)
      local section, message, code = raw.section(of, 8)
      assert.is_nil(section)
      assert.equal("EXISTS: the section's name is taken", message)
      assert.equal("EXISTS", code)
    end
    taken(name)
    local single <close> = copydata.new()
    assert(single:single_instance(name, {}))
    taken("Local\\copydata.single." .. name:upper()) -- a mutex has the name
    child:run "section:close()"
    local free <close> = raw.section(name, 8)
    assert.equal(8, free.size)
  end)

  it("fails as ABSENT for a name that does not exist", function()
    local section, message, code = raw.section(unique())
    assert.is_nil(section)
    assert.equal("ABSENT: there is no section with that name", message)
    assert.equal("ABSENT", code)
  end)

  it("stays while any process has it, even if its owner dies", function()
    local name = unique()
    local child <close> = children.start()
    child:run("section = copydata.raw.section(..., 8) section:write 'remains!'", name)
    local section <close> = raw.section(name)
    child:kill()
    assert.equal("remains!", section:read(0, 8))
    section:close()
    assert.equal("ABSENT", (select(3, raw.section(name))))
  end)

  it("is no longer mapped when it is closed", function()
    local name = unique()
    local section = raw.section(name, 8)
    section:close()
    section:close()
    blames_here(function() section:read() end, "the section is closed")
    blames_here(function() section:write "x" end, "the section is closed")
    assert.equal("copydata.raw.section (closed)", tostring(section))
    assert.equal("ABSENT", (select(3, raw.section(name))))
    section = raw.section(name, 8)
    assert.equal("copydata.raw.section (8 bytes)", tostring(section))
    section = nil -- luacheck: ignore
    collectgarbage()
    assert.equal("ABSENT", (select(3, raw.section(name))))
  end)

  it("belongs to the user, and no others have access", function()
    local name = unique()
    local section <close> = raw.section(name, 8) -- luacheck: ignore section
    local endpoint <close> = copydata.new() -- luacheck: ignore endpoint (to be known by)
    local sid = raw.find({ pid = process.own_pid })[1].sid
    local owner, who = membership.sddl(name):match "^O:(.-)D:P%(A;;[^;]*;;;([^;)]*)%)$"
    assert.is_true(owner == sid or owner == "LA") -- how Windows writes the first administrator
    assert.equal(owner, who)
  end)

  it("rejects inaccessible memory, and objects that are not sections", function()
    for kind, expected in pairs {
      reserved = { "UNSUPPORTED", "EXISTS" },
      file = { "UNSUPPORTED", "EXISTS" },
      denied = { "DENIED", "EXISTS" },
      event = { "SYSTEM", "EXISTS" },
    } do
      local name = unique()
      local strange <close> = membership.stranger(kind, name) -- luacheck: ignore strange
      local opened, message, code = raw.section(name)
      assert.is_nil(opened, kind)
      assert.equal(expected[1], code, message)
      opened, message, code = raw.section(name, 8)
      assert.is_nil(opened, kind)
      assert.equal(expected[2], code, message)
    end
    for _, kind in ipairs { "tiny", "large", "read-only" } do
      local name = unique()
      local strange <close> = membership.stranger(kind, name) -- luacheck: ignore strange
      local section <close> = raw.section(name)
      assert.equal("\0", section:read(0, 1))
      assert.equal(0, section.size % 4096)
      assert.equal(section.size, #section:read())
    end
  end)

  it("checks every bound", function()
    local section <close> = raw.section(unique(), 8)
    blames_here(function() section:read(9) end, "offset: 9 is outside the section's 8 bytes")
    blames_here(function() section:read(-1) end, "offset: %-1 is outside the section's 8 bytes")
    blames_here(function() section:read(0, 9) end, "9 bytes from offset 0 on exceed the")
    blames_here(function() section:read(8, 1) end, "1 bytes from offset 8 on")
    blames_here(function() section:read(0, -1) end, "%-1 bytes from offset 0 on")
    blames_here(function() section:read(1, math.maxinteger) end, "9223372036854775807 bytes from")
    blames_here(function() section:read(math.maxinteger, 1) end, "offset: 9223372036854775807 is")
    blames_here(function() section:read("0") end, "offset: expected integer, got string")
    blames_here(function() section:read(0, 1.5) end, "count: expected integer, got the float 1.5")
    blames_here(function() section:write("123456789") end, "9 bytes from offset 0 on")
    blames_here(function() section:write("12", 7) end, "2 bytes from offset 7 on")
    blames_here(function() section:write(1) end, "bytes: expected string, got number")
    blames_here(function() section.read(1) end, "expected a copydata.raw.section")
    assert.equal(("\0"):rep(8), section:read())
    assert.equal("", section:read(8))
  end)

  it("can be written only by the process that made it", function()
    local name = unique()
    local section <close> = raw.section(name, 8)
    local other <close> = raw.section(name)
    blames_here(function() other:write "x" end, "the section was opened for reading only")
    section:write "written"
    assert.equal("written", other:read(0, 7))
  end)

  it("refuses invalid names and sizes", function()
    blames_here(function() raw.section() end, "name: expected string, got nil")
    blames_here(function() raw.section "" end, "name: must not be empty")
    blames_here(function() raw.section "a\0b" end, "name: contains a NUL byte")
    blames_here(function() raw.section "\xff" end, "name: not valid UTF%-8 at byte 1")
    blames_here(function() raw.section("x", "8") end, "size: expected integer, got string")
    blames_here(function() raw.section("x", 0) end, "size: must be 1 or more, got 0")
    blames_here(function() raw.section("x", -1) end, "size: must be 1 or more, got %-1")
    local section, _, code = raw.section(unique(), 1 << 46)
    assert.is_nil(section)
    assert.is_true(code == "MEMORY" or code == "SYSTEM", code)
  end)
end)
