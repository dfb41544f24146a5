-- SPDX-License-Identifier: MIT

-- Requests to other programs: those that reply before they answer, those that reply later, and
-- those that do neither.
local blames_here = require "support.blames"
local children = require "support.children"
local copydata = require "support.copydata"
local process = require "support.process"
local recorder = require "support.recorder"
local unique = require "support.unique"
require "support.tidy"(before_each, after_each)

local raw = copydata.raw

local QUESTION, REPLY, ENCODING = 10, 11, 20

-- Makes a child reply before it answers, like Vim. It runs until it is killed.
local NESTED = [[
  local class, question, reply, encoding = ...
  window = require "support.recorder" (class, 0)
  window:echo(reply)
  window:announce(encoding)
  return window:hwnd()
]]

-- Makes a child keep the requests and reply to them when told to.
local LATE = [[
  questions = {}
  server = copydata.new { class = ... }
  server:on_raw(function(bytes, message)
    table.insert(questions, { bytes = bytes, sender = message.sender })
  end, { result = 5 })
  return server:hwnd()
]]
local UNTIL = "while #questions < ... do copydata.poll(20) end"
local ANSWER = [[
  local number, bytes, tag = ...
  local asker = questions[number].sender
  local result, _, code = copydata.raw.send(asker, tag, bytes, { sender = server })
  return result or code
]]

local function start(chunk)
  local child = children.start()
  local hwnd = child:run(chunk, unique "class", QUESTION, REPLY, ENCODING)
  return child, hwnd
end

-- A task that makes a request.
local function ask(hwnd, sender)
  return copydata.spawn(raw.request, hwnd, QUESTION, "?",
    { reply = REPLY, timeout = 20, sender = sender })
end

describe("raw.request", function()
  setup(copydata.hwnd) -- makes the default endpoint, which stays
  it("returns a reply that a program sends before it answers", function()
    local child <close>, hwnd = start(NESTED)
    child:begin "copydata.run()"
    local bytes, message = raw.request(hwnd, QUESTION, "1 + 1", { reply = REPLY })
    assert.equal("1 + 1", bytes)
    assert.equal("1 + 1", message.data)
    assert.equal(REPLY, message.tag)
    assert.equal(hwnd, message.sender.hwnd)
    assert.equal(child.pid, message.sender.pid)
    assert.equal("", (raw.request(hwnd, QUESTION, "", { reply = { 12, REPLY } })))
    assert.equal("utf-8\0", (raw.request(hwnd, QUESTION, "any will do")))
    child:kill()
  end)

  it("returns the message that a function accepts as the reply, and drops the rest", function()
    local child <close>, hwnd = start(NESTED)
    child:begin "copydata.run()"
    local seen = {}
    assert.equal("x", (raw.request(hwnd, QUESTION, "x", { reply = function(bytes, message)
      seen[#seen + 1] = { bytes, message.tag }
      return message.tag == REPLY
    end })))
    assert.same({ { "utf-8\0", ENCODING }, { "x", REPLY } }, seen)
    blames_here(function()
      raw.request(hwnd, QUESTION, "x", { reply = function() error "of the script" end })
    end, "of the script")
    assert.equal("y", (raw.request(hwnd, QUESTION, "y", { reply = REPLY })))
    child:kill()
  end)

  it("passes the window for the reply to a function that makes the bytes", function()
    local child <close>, hwnd = start(NESTED)
    child:begin "copydata.run()"
    local told
    local bytes = raw.request(hwnd, QUESTION, function(window)
      told = window
      return (":%d:askproperty:FileName"):format(window)
    end, { reply = REPLY })
    assert.equal((":%d:askproperty:FileName"):format(told), bytes)
    blames_here(function() raw.request(hwnd, QUESTION, function() return 1 end) end,
      "bytes: expected a string from the function, got number")
    child:kill()
  end)

  it("has the reply sent to the endpoint that it names", function()
    local child <close>, hwnd = start(NESTED)
    local endpoint <close> = copydata.new()
    local handled = {}
    endpoint:on_raw(function(bytes, message) handled[#handled + 1] = { bytes, message.tag } end)
    endpoint:guard(function() return false end) -- which does not concern the program that was asked
    child:begin "copydata.run()"
    assert.equal("q", (raw.request(hwnd, QUESTION, "q", { reply = REPLY, sender = endpoint })))
    endpoint:guard(nil)
    assert.equal("q", (raw.request(hwnd, QUESTION, "q", { reply = REPLY, sender = endpoint })))
    assert.same({ { "utf-8\0", ENCODING } }, handled)
    assert.equal("q", (raw.request(hwnd, QUESTION, "q", { reply = REPLY, sender = copydata })))
    child:kill()
  end)

  it("answers the reply with the given result", function()
    local child <close>, hwnd = start(LATE)
    for i, expected in ipairs { 1, 0, -1, 77 } do
      child:begin(UNTIL, i)
      local task = copydata.spawn(raw.request, hwnd, QUESTION, "?",
        { reply = REPLY, result = expected ~= 1 and expected or nil })
      child:result()
      assert.equal(expected, child:run(ANSWER, i, "!", REPLY))
      assert.equal("!", (task:wait(20)))
    end
    child:run "server:close()"
  end)

  -- Makes two requests, gives up the first, and has the child reply to both.
  -- @return what the second request got, and the answer to each reply
  local function late(options, give_up)
    local child <close>, hwnd = start(LATE)
    child:begin(UNTIL, 1)
    local first = give_up(hwnd, options)
    child:result()
    child:begin(UNTIL, 2)
    local second = copydata.spawn(raw.request, hwnd, QUESTION, "second",
      { reply = REPLY, sender = options.sender, timeout = 20 })
    child:result()
    local told = child:run(ANSWER, 1, "to the first", REPLY)
    local told_second = child:run(ANSWER, 2, "to the second", REPLY)
    local got = second:wait(20)
    child:run "server:close()"
    return got, told, told_second, first
  end

  local function time_out(hwnd, options)
    local reply, message, code = raw.request(hwnd, QUESTION, "first",
      { reply = REPLY, sender = options.sender, timeout = 0.1 })
    assert.is_nil(reply)
    assert.matches("^TIMEOUT: no reply in time; the message was answered 5$", message)
    return code
  end

  local function cancel(hwnd, options)
    local task = copydata.spawn(raw.request, hwnd, QUESTION, "first",
      { reply = REPLY, sender = options.sender, timeout = 20 })
    task:cancel()
    return select(3, task:wait(0))
  end

  it("does not mistake a late reply to another request for its own", function()
    local got, told, told_second, code = late({}, time_out)
    assert.equal("to the second", got)
    assert.equal("GONE", told)
    assert.equal(1, told_second)
    assert.equal("TIMEOUT", code)
    got, told, told_second, code = late({}, cancel)
    assert.same({ "to the second", "GONE", 1, "CANCELLED" }, { got, told, told_second, code })
  end)

  it("does not do so either if both go to one endpoint", function()
    for _, give_up in ipairs { time_out, cancel } do
      local endpoint <close> = copydata.new()
      local handled = 0
      endpoint:on_raw(function() handled = handled + 1 end)
      local got, told, told_second = late({ sender = endpoint }, give_up)
      assert.equal("to the second", got)
      assert.same({ 1, 1 }, { told, told_second })
      assert.equal(0, handled)
    end
  end)

  it("to an endpoint misses at most one reply after one that never arrives", function()
    local endpoint <close> = copydata.new()
    local child <close>, hwnd = start(LATE)
    local function question(number, timeout)
      child:begin(UNTIL, number)
      local task = copydata.spawn(raw.request, hwnd, QUESTION, "?",
        { reply = REPLY, sender = endpoint, timeout = timeout })
      child:result()
      return task
    end
    local function answer(number, task)
      child:run(ANSWER, number, "to " .. number, REPLY)
      return (task:wait(20))
    end
    for i = 1, 3 do -- without a reply
      assert.is_nil(question(i, 0.1):wait(20))
    end
    assert.is_nil(answer(4, question(4, 1))) -- because it could have been for one of those
    assert.equal("to 5", answer(5, question(5, 20)))
    assert.equal("to 6", answer(6, question(6, 20)))
    child:run "server:close()"
  end)

  it("runs requests side by side, whatever the order of the replies", function()
    local child <close>, hwnd = start(LATE)
    child:begin(UNTIL, 3)
    local tasks = {}
    for i = 1, 3 do
      tasks[i] = ask(hwnd)
    end
    child:result()
    for _, i in ipairs { 3, 1, 2 } do
      child:run(ANSWER, i, "to " .. i, REPLY) -- no script of ours needs to run
    end
    for i = 1, 3 do
      assert.equal("to " .. i, (tasks[i]:wait(20)))
    end
    child:run "server:close()"
  end)

  it("runs requests one after another if the replies go to one endpoint", function()
    local endpoint <close> = copydata.new()
    local child <close>, hwnd = start(LATE)
    local other <close>, its = start(LATE)
    child:begin(UNTIL, 1)
    local tasks = {}
    for i = 1, 4 do
      tasks[i] = ask(hwnd, endpoint)
    end
    child:result()
    tasks[2]:cancel() -- the next in turn
    other:begin(UNTIL, 1)
    local elsewhere = ask(its, endpoint) -- need not wait for another program
    other:result()
    assert.equal(1, child:run "return #questions")
    for i, task in ipairs { tasks[1], tasks[3], tasks[4] } do
      child:run(ANSWER, i, "to " .. i, REPLY)
      assert.equal("to " .. i, (task:wait(20)))
      if i < 3 then
        child:begin(UNTIL, i + 1)
        while copydata.poll(0) > 0 do end
        child:result()
      end
    end
    assert.equal(3, child:run "return #questions")
    other:run(ANSWER, 1, "elsewhere", REPLY)
    assert.equal("elsewhere", (elsewhere:wait(20)))
    child:kill()
    other:kill()
  end)

  it("suspends only the calling task", function()
    local child <close>, hwnd = start(LATE)
    child:begin(UNTIL, 1)
    local ticks, reply = 0, nil
    copydata.spawn(function()
      reply = raw.request(hwnd, QUESTION, "?", { reply = REPLY, timeout = 20 })
    end)
    child:result()
    while ticks < 3 do
      copydata.sleep(0.01)
      ticks = ticks + 1
    end
    assert.is_nil(reply)
    child:run(ANSWER, 1, "!", REPLY)
    while not reply do
      copydata.poll(5)
    end
    assert.equal("!", reply)
    child:run "server:close()"
  end)

  it("fails as GONE if the program does not exist, or leaves before it replies", function()
    local child, hwnd = start(LATE)
    child:begin(UNTIL, 1)
    local task = ask(hwnd)
    child:result()
    child:kill()
    local reply, message, code = task:wait(20)
    assert.is_nil(reply)
    assert.equal("GONE: the program left before it replied", message)
    assert.equal("GONE", code)
    assert.equal("GONE", (select(3, raw.request(hwnd, QUESTION, "?", { reply = REPLY }))))
  end)

  it("fails as GONE if the program dies with the request, unless it has replied before", function()
    local class = unique "class"
    local child <close> = children.start()
    local hwnd = child:run([[
      window = require "support.recorder" (..., 1)
      window:die()
      return window:hwnd()
    ]], class)
    child:begin "copydata.run()"
    assert.equal("GONE", (select(3, raw.request(hwnd, QUESTION, "?", { reply = REPLY }))))

    local other <close>, its = start(NESTED)
    other:run "window:die()"
    other:begin "copydata.run()"
    assert.equal("last words", (raw.request(its, QUESTION, "last words", { reply = REPLY })))
    assert.equal("GONE", (select(3, raw.request(its, QUESTION, "?", { reply = REPLY }))))
  end)

  it("fails as TIMEOUT if the program hangs, and the next request gets its own reply", function()
    for _, sender in ipairs { false, copydata } do
      local child <close>, hwnd = start(NESTED)
      child:begin "copydata.run()"
      child.process:suspend()
      local options = { reply = REPLY, timeout = 0.2, sender = sender or nil }
      assert.equal("TIMEOUT", (select(3, raw.request(hwnd, QUESTION, "hangs", options))))
      assert.equal("TIMEOUT", (select(3, raw.request(hwnd, QUESTION, "hangs", options))))
      child.process:resume()
      options.timeout = 20
      assert.equal("goes on", (raw.request(hwnd, QUESTION, "goes on", options)))
      assert.equal("and on", (raw.request(hwnd, QUESTION, "and on", options)))
      child:kill()
    end
  end)

  it("gives no other request the reply to one that timed out while it was being handled", function()
    for _, sender in ipairs { false, copydata } do
      local child <close>, hwnd = start(NESTED)
      child:run("window:delay(0.6) window:announce(..., 0.3)", ENCODING) -- replies in two messages
      child:begin "copydata.run()"
      local options = { reply = REPLY, timeout = 0.2, sender = sender or nil }
      assert.equal("TIMEOUT", (select(3, raw.request(hwnd, QUESTION, "first", options))))
      options.timeout = 20
      assert.equal("other", (raw.request(hwnd, QUESTION, "other", options)))
      assert.equal("third", (raw.request(hwnd, QUESTION, "third", options)))
      child:kill()
    end
  end)

  it("ends when the endpoint for the reply is closed", function()
    local child <close>, hwnd = start(LATE)
    local endpoint <close> = copydata.new()
    child:begin(UNTIL, 1)
    local task = ask(hwnd, endpoint)
    child:result()
    endpoint:close()
    assert.equal("CLOSED", (select(3, task:wait(5))))
    child:run "server:close()"
  end)

  it("survives the destruction of the window for the reply by another program", function()
    local child <close>, hwnd = start(LATE)
    child:begin(UNTIL, 1)
    local task = ask(hwnd)
    child:result()
    child:run "copydata.raw.message(questions[1].sender, 0x10, 0, 0, { post = true })" -- WM_CLOSE
    assert.equal("CLOSED", (select(3, task:wait(20))))
    child:begin(UNTIL, 2)
    task = ask(hwnd)
    child:result()
    child:run(ANSWER, 2, "!", REPLY)
    assert.equal("!", (task:wait(20)))
    child:run "server:close()"
  end)

  it("accepts nothing that another program sends to the window for the reply", function()
    local child <close>, hwnd = start(LATE)
    local stranger <close> = children.start()
    child:begin(UNTIL, 1)
    local task = ask(hwnd)
    child:result()
    local window = raw.find { class = "copydata.reply", pid = process.own_pid }
    for _, it in ipairs(window) do
      assert.equal(0, stranger:run([[
        return copydata.raw.send(..., 11, "forged", { sender = copydata })
      ]], it.hwnd))
    end
    child:run(ANSWER, 1, "!", REPLY)
    assert.equal("!", (task:wait(20)))
    child:run "server:close()"
  end)

  it("can be called thousands of times in a row", function()
    local child <close>, hwnd = start(NESTED)
    child:begin "copydata.run()"
    for i = 1, 2000 do
      assert.equal(tostring(i), (raw.request(hwnd, QUESTION, tostring(i), { reply = REPLY })))
    end
    assert.is_true(#raw.find { class = "copydata.reply", pid = process.own_pid } <= 8)
    child:kill()
  end)

  it("refuses invalid requests", function()
    local own <close> = recorder(unique "class", 1)
    local hwnd = own:hwnd()
    blames_here(function() raw.request("x", 1, "") end, "window: expected window or window handle")
    blames_here(function() raw.request(-1, 1, "") end, "window: %-1 means all windows")
    blames_here(function() raw.request(hwnd, "1", "") end, "dwData: expected integer, got string")
    blames_here(function() raw.request(hwnd, 1, 2) end, "bytes: expected string or function")
    blames_here(function() raw.request(hwnd, 1, "", { replies = 1 }) end, "unknown option 'repl")
    blames_here(function() raw.request(hwnd, 1, "", { reply = "x" }) end,
      "option 'reply': expected integer, list of integers or function")
    blames_here(function() raw.request(hwnd, 1, "", { reply = 1.5 }) end, "option 'reply': exp")
    blames_here(function() raw.request(hwnd, 1, "", { reply = {} }) end, "option 'reply': the list")
    blames_here(function() raw.request(hwnd, 1, "", { reply = { 1, "2" } }) end,
      "option 'reply': expected integer, got string")
    blames_here(function() raw.request(hwnd, 1, "", { sender = hwnd }) end,
      "option 'sender': expected table, got number")
    blames_here(function() raw.request(hwnd, 1, "", { sender = {} }) end,
      "option 'sender': expected endpoint")
    local pretender = { hwnd = function() return hwnd end }
    blames_here(function() raw.request(hwnd, 1, "", { sender = pretender }) end,
      "option 'sender': not an endpoint of this program")
    blames_here(function() raw.request(hwnd, 1, "", { timeout = -1 }) end, "option 'timeout': must")
    blames_here(function() raw.request(hwnd, 1, "", { result = 1.5 }) end, "option 'result': e")
    local closed = copydata.new()
    closed:close()
    blames_here(function() raw.request(hwnd, 1, "", { sender = closed }) end,
      "option 'sender': the endpoint is closed")
  end)
end)
