-- SPDX-License-Identifier: MIT
local children = require "support.children"
local closing = require "support.closing"
local copydata = require "support.copydata"
local process = require "support.process"
local unique = require "support.unique"
require "support.tidy"(before_each, after_each)

local PATIENCE = 60 -- seconds

local function start(program, documents)
  return process.spawn(children.command(
    ("examples/start_page.lua %s %s"):format(program, documents or "")))
end

-- Waits until an instance shows the list; before that it may show any part of it.
local function shows(instance, list)
  local seen = {}
  repeat
    local line = instance:line(PATIENCE)
    table.insert(seen, line)
    assert(line, ("expected: %s; shown: %s"):format(list, table.concat(seen, "\n")))
  until line == "recent: " .. list
end

describe("examples/start_page.lua", function()
  it("shows in every instance what any has opened", function()
    local program = unique "start"
    local one <close> = start(program, "a.txt b.txt")
    shows(one, "b.txt, a.txt")
    local two <close> = start(program, "c.txt")
    shows(two, "c.txt, b.txt, a.txt")
    shows(one, "c.txt, b.txt, a.txt")
    local three <close> = start(program, "a.txt")
    for _, instance in ipairs { one, two, three } do
      shows(instance, "a.txt, c.txt, b.txt")
    end
  end)

  it("continues when instances are killed, and forgets the list with the last", function()
    local program = unique "start"
    local one = start(program, "a.txt")
    shows(one, "a.txt")
    local two = start(program, "b.txt")
    shows(two, "b.txt, a.txt")
    one:kill()
    one:close()
    local three <close> = start(program)
    shows(three, "b.txt, a.txt")
    two:kill()
    two:close()
    local four = start(program, "c.txt")
    shows(three, "c.txt, b.txt, a.txt")
    four:kill()
    four:close()
    three:kill()
    local five <close> = start(program)
    shows(five, "")
  end)

  it("continues without an instance that does not answer", function()
    local program = unique "start"
    local one <close> = start(program, "a.txt")
    shows(one, "a.txt")
    local frozen <close> = start(program)
    shows(frozen, "a.txt")
    frozen:suspend()
    local three <close> = start(program)
    shows(three, "a.txt")
    frozen:resume()
  end)

  it("ends with the same list when many open documents at once", function()
    local COUNT = 4
    local program = unique "start"
    local endpoint <close> = copydata.new { pump = "thread" }
    local channel = endpoint:channel("start page of " .. program)
    local list <close> = closing {}
    for i = 1, COUNT do
      list[i] = start(program, ("own%d.txt all.txt"):format(i))
    end
    local names, count = {}, 0 -- the documents that they open
    while count < COUNT + 1 do
      for _, document in ipairs(assert(channel:receive(PATIENCE)).data) do
        count = count + (names[document.name] and 0 or 1)
        names[document.name] = true
      end
    end
    -- The final list: the same for all, in an order and with a time that no instance chose
    local last = { name = "last.txt", time = os.time() + 100 }
    channel:send { last, last, { name = "old.txt", time = 1 }, { name = 1 }, "odd" }
    channel:send "odd"
    local lists = {}
    for i, instance in ipairs(list) do
      repeat
        lists[i] = assert(instance:line(PATIENCE), lists[i])
        local _, commas = lists[i]:gsub(",", "")
      until commas == COUNT + 2 and lists[i]:find "^recent: last.txt, all.txt, .*old.txt$"
      assert.equal(lists[1], lists[i])
    end
  end)

  it("ends with the same list, in whatever order messages arrive", function()
    local program = unique "start"
    local endpoint <close> = copydata.new { pump = "thread" }
    local channel = endpoint:channel("start page of " .. program)
    local list <close> = closing { start(program), start(program) }
    shows(list[1], "")
    shows(list[2], "")
    local a, b = { name = "a.txt", time = 2 }, { name = "b.txt", time = 2 }
    local words = { { a, b }, { b, a } }
    for i, peer in ipairs(channel:peers()) do
      assert(channel:send_to(peer, words[i]))
      assert(channel:send_to(peer, { { name = "b.txt", time = 1 }, { name = "c.txt", time = 1 } }))
    end
    shows(list[1], "a.txt, b.txt, c.txt")
    shows(list[2], "a.txt, b.txt, c.txt")
  end)

  it("lists ten documents", function()
    local program = unique "start"
    local names, latest = {}, {}
    for i = 1, 12 do
      names[i] = ("%d.txt"):format(i)
      table.insert(latest, 1, names[i])
    end
    local one <close> = start(program, table.concat(names, " "))
    shows(one, table.concat(latest, ", ", 1, 10))
  end)
end)
