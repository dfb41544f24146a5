-- SPDX-License-Identifier: MIT
local children = require "support.children"
local process = require "support.process"
local unique = require "support.unique"

describe("examples/remote_server.lua and remote_client.lua #programs", function()
  local name = unique "speller"

  local function client(text)
    return process.spawn(children.command(
      ('examples/remote_client.lua "%s" %s'):format(text, name)))
  end

  -- Everything that a program prints, and its exit status.
  local function output(program)
    local lines = {}
    for line in function() return (program:line(30)) end do
      lines[#lines + 1] = line
    end
    return table.concat(lines, "\n"), program:wait(10)
  end

  it("check the texts of two clients at once, with a callback for progress", function()
    local server <close> = process.spawn(children.command("examples/remote_server.lua " .. name))
    assert.matches("^serving", (server:line(30)))
    local first <close> = client "Their frend can recieve copydata"
    local second <close> = client "no wurd is wierd"
    local text, status = output(first)
    assert.equal(0, status, text)
    assert.matches("it can: add, check\n", text)
    assert.matches("checked 5 of 5 words\n2 of 5 misspelt:\n  frend, at 7\n  recieve, at 17\n",
      text)
    assert.matches("raised here.*not a word: no word!$", text)
    text, status = output(second)
    assert.equal(0, status, text)
    assert.matches("4 of 4 words\n2 of 4 misspelt:\n  wurd, at 4\n  wierd, at 12\n", text)
    server:kill()
  end)

  it("report that the server is not running", function()
    local alone <close> = client "text"
    local text, status = output(alone)
    assert.equal(1, status)
    assert.matches("^no speller: start examples/remote_server.lua first %(NO_PEER: ", text)
  end)
end)
