-- SPDX-License-Identifier: MIT
local children = require "support.children"
local process = require "support.process"

describe("examples/demo.lua #programs", function()
  it("shows two processes that talk, and a third that is killed", function()
    local demo <close> = process.spawn(children.command "examples/demo.lua")
    local lines = {}
    for line in function() return (demo:line(30)) end do
      lines[#lines + 1] = line
    end
    assert.equal(0, demo:wait(10), table.concat(lines, "\n"))

    -- What each process prints, in this order. Other demos may run on the same desktop.
    local stories = {
      Ann = {
        "joined MyDataChannel, hwnd 0x%x+$",
        "received on MyDataChannel from hwnd 0x%x+, pid %d+$",
        'data: .*nested = { list = { "a", { "b", 2%.5 } }, map = { yes = true } }',
        "sent %d%d:%d%d:%d%d%.%d+, received %d%d:%d%d:%d%d%.%d+$",
        "peers on MyDataChannel: [1-9]",
        "hwnd 0x%x+  pid %d+  .*lua[^\\/]*%.exe$",
        "sent to [1-9]%d* recipients?$",
        "data: .*thank you",
        "data: .*I will not say goodbye",
        "peers on MyDataChannel: [2-9]",
        "killing Cleo, pid %d+$",
        "peers on MyDataChannel: [1-9]",
        "Cleo is gone from the list$",
        "sent to [1-9]%d* recipients?$",
        'data: { from = "Ben", text = "bye" }$',
      },
      Ben = {
        "joined MyDataChannel, hwnd 0x%x+$",
        "peers on MyDataChannel: [1-9]",
        "hwnd 0x%x+  pid %d+  .*lua[^\\/]*%.exe$",
        "sent to [1-9]%d* recipients?$",
        "data: { document = { open = true, pages = { 1, 2, 3 }, title = \"Demo\", zoom = 1%.25 }",
        "sent to [1-9]%d* recipients?$",
        "data: .*bye",
        "sent to [1-9]%d* recipients?$",
      },
      Cleo = {
        "joined MyDataChannel, hwnd 0x%x+$",
        "sent to [2-9]%d* recipients$",
      },
    }
    for name, story in pairs(stories) do
      local position = 1
      for _, pattern in ipairs(story) do
        repeat
          local line = lines[position]
          assert(line, name .. " does not say: " .. pattern .. "\n" .. table.concat(lines, "\n"))
          position = position + 1
          local who, said = line:match "^%[(%a+)%] *(.*)$"
        until who == name and said:find(pattern)
      end
    end
  end)
end)
