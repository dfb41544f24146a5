-- SPDX-License-Identifier: MIT

-- Our own windows that other programs find, and finding theirs by their properties.
local blames_here = require "support.blames"
local children = require "support.children"
local copydata = require "support.copydata"
local process = require "support.process"
local recorder = require "support.recorder"
local unique = require "support.unique"
local window = require "support.window"
require "support.tidy"(before_each, after_each)

local raw = copydata.raw

describe("an endpoint with its own window class", function()
  it("is found by other programs, by class and title", function()
    local class = unique "Klasse"
    local child <close> = children.start()
    local endpoint <close> = copydata.new { class = class, title = "GVIM – 1", top_level = true }
    local hidden <close> = copydata.new { class = class .. ".m" }
    assert.same({ endpoint:hwnd(), "GVIM – 1", false, false }, { child:run([[
      local found = copydata.raw.find { class = ... }[1]
      return found.hwnd, found.title, found.message_only, found.visible
    ]], class) })
    assert.same({ hidden:hwnd(), "copydata", true, false }, { child:run([[
      local found = copydata.raw.find { class = ... }[1]
      return found.hwnd, found.title, found.message_only, found.visible
    ]], class .. ".m") })
    endpoint:on_raw(print, { result = 3 })
    child:begin("return copydata.raw.send(...)", endpoint:hwnd(), 1, "")
    assert.equal(3, child:result())
  end)

  it("may share its class with others, at the same time and later", function()
    local class = unique "class"
    for _ = 1, 3 do
      local one <close> = copydata.new { class = class }
      local other <close> = copydata.new { class = class, pump = "thread" }
      assert.equal(2, #raw.find { class = class })
      assert.not_equal(one:hwnd(), other:hwnd())
    end
    assert.same({}, raw.find { class = class })
  end)

  it("may use the name of one of Windows' classes", function()
    local endpoint <close> = copydata.new { class = "Button", title = unique "title" }
    endpoint:on_raw(print, { result = 9 })
    assert.equal(9, raw.send(raw.find { class = "Button", pid = process.own_pid }[1], 1, ""))
  end)

  it("is on no channels", function()
    local name = unique()
    local endpoint <close> = copydata.new { class = unique "class" }
    local other <close> = copydata.new()
    for _, call in ipairs {
      function() endpoint:channel(name) end,
      function() endpoint:send(name, 1) end,
      function() endpoint:send_to(name, other:hwnd(), 1) end,
      function() endpoint:post(name, 1) end,
      function() endpoint:request(name, 1) end,
      function() endpoint:request_all(name, 1) end,
      function() endpoint:publish(name, {}) end,
      function() endpoint:connect(name) end,
      function() endpoint:single_instance(name, {}) end,
    } do
      blames_here(call, "an endpoint with its own window class joins no channels")
    end
    assert.same({}, endpoint:joined())
    local found = window.find("copydata.endpoint", true, process.own_pid)
    for _, hwnd in ipairs(found) do
      assert.not_equal(endpoint:hwnd(), hwnd)
    end
    other:channel(name)
    assert.equal(1, #endpoint:peers(name)) -- it may look up peers
    assert.equal(6, raw.send(endpoint:hwnd(), 0x314B504D, "\x93\x02\xa1x\x91\x01")) -- absent
  end)

  it("is closed when its window is, as by its title bar", function()
    local endpoint <close> = copydata.new { class = unique "class", top_level = true }
    endpoint:on_raw(print)
    assert.is_true(raw.message(endpoint:hwnd(), 0x10, 0, 0, { post = true })) -- WM_CLOSE
    assert.equal("CLOSED", (select(3, copydata.poll(10))))
    assert.equal(0, endpoint:hwnd())
  end)

  it("is not made with invalid options", function()
    blames_here(function() copydata.new { title = "x" } end, "option 'title': requires option")
    blames_here(function() copydata.new { top_level = true } end, "option 'top_level': requires")
    blames_here(function() copydata.new { class = "" } end, "option 'class': must have 1 to 255")
    blames_here(function() copydata.new { class = ("ä"):rep(256) } end, "option 'class': must")
    blames_here(function() copydata.new { class = "Copydata.endpoint" } end,
      "option 'class': names that begin with \"copydata.\" are copydata's own")
    blames_here(function() copydata.new { class = "a\0b" } end, "option 'class': contains a NUL")
    blames_here(function() copydata.new { class = "\xff" } end, "option 'class': not valid UTF%-8")
    blames_here(function() copydata.new { class = "x", title = "\0" } end, "option 'title': cont")
    blames_here(function() copydata.new { class = 1 } end, "option 'class': expected string")
    local class = ("ä"):rep(255)
    local longest <close> = copydata.new { class = class }
    assert.equal(longest:hwnd(), raw.find { class = class }[1].hwnd)
  end)
end)

describe("raw.find", function()
  it("finds windows by program", function()
    local class = unique "class"
    local own <close> = recorder(class, 1)
    local exe = raw.find { class = class }[1].exe
    local name = exe:match "[^\\]*$"
    for _, wanted in ipairs { exe, exe:upper(), (exe:gsub("\\", "/")), name, name:upper() } do
      local found = raw.find { class = class, exe = wanted }
      assert.equal(1, #found, wanted)
      assert.equal(own:hwnd(), found[1].hwnd)
    end
    for _, other in ipairs { "x" .. name, name .. "x", "\\" .. name, exe .. "\\" .. name, "x" } do
      assert.same({}, raw.find { class = class, exe = other })
    end
    blames_here(function() raw.find { exe = "" } end, "option 'exe': expected a file name")
    blames_here(function() raw.find { exe = "C:\\" } end, "option 'exe': expected a file name")
    blames_here(function() raw.find { exe = "a\0" } end, "option 'exe': contains a NUL byte")
  end)

  it("finds windows by whether they are shown", function()
    local class = unique "class"
    local own <close> = recorder(class, 1)
    assert.equal(1, #raw.find { class = class, visible = false })
    assert.same({}, raw.find { class = class, visible = true })
    window.show(own:hwnd())
    assert.same({}, raw.find { class = class, visible = false })
    assert.is_true(raw.find { class = class, visible = true }[1].visible)
  end)
end)

describe("raw.wait", function()
  it("returns an existing window at once, and waits for others", function()
    local class = unique "class"
    local child <close> = children.start()
    local found
    copydata.spawn(function() found = raw.wait({ class = class }, 20) end)
    copydata.poll(0)
    assert.is_nil(found)
    local hwnd = child:run("server = copydata.new { class = ... } return server:hwnd()", class)
    while not found do
      copydata.poll(1)
    end
    assert.equal(hwnd, found.hwnd)
    assert.equal(hwnd, raw.wait({ class = class }, 0).hwnd)
    assert.equal(hwnd, raw.wait({ class = class }).hwnd)
    child:run "server:close()"
  end)

  it("fails as TIMEOUT if none appears", function()
    local found, message, code = raw.wait({ class = unique "class" }, 0.15)
    assert.is_nil(found)
    assert.equal("TIMEOUT: there is no such window", message)
    assert.equal("TIMEOUT", code)
    blames_here(function() raw.wait({ klass = 1 }) end, "unknown option 'klass'")
    blames_here(function() raw.wait({}, "x") end, "seconds to wait: expected number of seconds")
  end)
end)
