-- SPDX-License-Identifier: MIT

-- examples/vim.lua against Vim.
local process = require "support.process"
local real = require "spec.interop.real"
local unique = require "support.unique"
require "support.tidy"(before_each, after_each)

local PATIENCE = 60 -- seconds
local FILE = "spec\\interop\\02-vim-example_spec.lua"

local function name()
  return (unique("VIM"):upper():gsub("%.", "_"))
end

-- What the example prints if it succeeds.
local function vim_lua(...)
  local lines, status, errors = real.run(real.example("vim", { ... }))
  assert.equal("", errors)
  assert.equal(0, status)
  return lines
end

describe("examples/vim.lua", function()
  it("lists servers", function()
    local first, second = name(), name()
    local one <close> = real.vim(first) -- luacheck: ignore
    local another <close> = real.vim(second) -- luacheck: ignore
    local lines = vim_lua "list"
    table.sort(lines)
    assert.same({ first, second }, lines)
  end)

  it("evaluates expressions", function()
    local server = name()
    local vim <close> = real.vim(server) -- luacheck: ignore
    assert.same({ "42", server, "it's" },
      vim_lua("expr", server, "6 * 7", "v:servername", "'it''s'"))
    local lines, status, errors = real.run(real.example("vim", { "expr", server, "nothing(" }))
    assert.same({}, lines)
    assert.equal(1, status)
    assert.equal('E449: Invalid expression received: "nothing("\n', errors)
  end)

  for encoding, bytes in pairs { ["utf-8"] = "Gr\u{FC}\u{DF}e", latin1 = "Gr\xFC\xDFe" } do
    it("exchanges text with Vim in any encoding: " .. encoding, function()
      local server = name()
      local vim <close> = real.vim(server, "set encoding=" .. encoding) -- luacheck: ignore
      assert.same({ encoding, "Grüße", tostring(#bytes) },
        vim_lua("expr", server, "&encoding", "'Grüße'", "strlen('Grüße')"))
    end)
  end

  it("types keys", function()
    local server = name()
    local vim <close> = real.vim(server)
    assert.same({}, vim_lua("keys", server, "iGrüße, <lt>b><Esc>"))
    vim.handle:shows "<b>"
    assert.same({ "Grüße, <b>" }, vim_lua("expr", server, "getline(1)"))
  end)

  it("opens a file at a line, beside unsaved changes", function()
    local server = name()
    local vim <close> = real.vim(server)
    vim_lua("keys", server, "ihello<Esc>")
    vim.handle:shows "hello"
    local path = ("%s:3"):format(FILE)
    local shown = vim_lua("open", server, FILE, "3")[1]
    assert.equal(path, shown:sub(-#path))
    vim.handle:shows "examples/vim%.lua against Vim"
    assert.same({ "2" }, vim_lua("expr", server, "winnr('$')"))
  end)

  it("is a server for Vim's requests", function()
    local server = name()
    local example <close> = process.spawn(real.example("vim", { "serve", server }))
    assert.equal(server .. " is serving", example:line(PATIENCE))

    local function ask(...)
      local lines, status, errors = real.run(real.vim_client { "--servername", server, ... })
      return { lines[1], status, errors }
    end
    assert.same({ "42", 0, "" }, ask("--remote-expr", "6 * 7"))
    assert.same({ "Grüße", 0, "" }, ask("--remote-expr", "('Gr%s%se'):format('ü', 'ß')"))
    assert.matches("attempt to call a nil value", ask("--remote-expr", "nothing()")[3])
    ask("--remote-send", "typed<CR>")
    assert.equal("typed<CR>", example:line(PATIENCE))
    assert.same({ "43", 0, "" }, ask("--remote-expr", "6 * 7 + 1"))

    -- from a Vim that is a server itself
    local other = name()
    local vim <close> = real.vim(other) -- luacheck: ignore
    assert.same({ "42" }, vim_lua("expr", other, ("remote_expr('%s', '40 + 2')"):format(server)))
    assert.is_true(#vim_lua "list" == 2)
  end)

  it("reports that there is no such Vim", function()
    local nobody = name()
    assert.same({ {}, 1, ("no Vim server is called %s\n"):format(nobody) },
      { real.run(real.example("vim", { "expr", nobody, "1" })) })
  end)
end)
