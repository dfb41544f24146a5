-- SPDX-License-Identifier: MIT

-- Channels, peers, sending and listening, between the program and other processes.
local children = require "support.children"
local copydata = require "support.copydata"
local eventually = require "support.eventually"
local dkjson = require "dkjson"
local process = require "support.process"
local program = require "support.program"
local taskkill = require "support.taskkill"
local unique = require "support.unique"
require "support.tidy"(before_each, after_each)
local msgpack = copydata.msgpack
local run = program.run

-- Writes a file with these bytes; the caller removes it.
local function file_of(bytes)
  local name = ("%s\\%s.txt"):format(os.getenv "TEMP", unique "copydata")
  local file <close> = assert(io.open(name, "wb"))
  file:write(bytes)
  return name
end

describe("copydata channels", function()
  it("lists the channels and their numbers of peers", function()
    local name = unique "kanäle"
    local one <close> = children.join(name)
    local other <close> = children.join(name)
    local status, output, errors = run { "channels" }
    assert.equal(0, status)
    assert.equal("", errors)
    assert.matches("^CHANNEL +PEERS\n", output)
    assert.matches("\n" .. name .. " +2\n", output .. "\n")

    local lines
    status, lines = run { "channels", "--json" }
    assert.equal(0, status)
    local found
    for line in lines:gmatch "[^\n]+" do
      local channel = dkjson.decode(line)
      found = channel.name == name and channel or found
    end
    assert.equal(2, found.peers)
    one:finish()
    other:finish()
  end)

  it("aligns columns beside names with wide characters and accents", function()
    local name = unique "\u{6F22}\u{5B57}e\u{301}" -- two wide characters, and an accent
    local child <close> = children.join(name)
    local status, output, errors = run { "channels" }
    assert.equal(0, status, output .. errors)
    local head, before = output:match "^(CHANNEL +)", output:match("\n(" .. name .. " +)1")
    assert.equal(#head, utf8.len(before) + 2 - 1)
    child:finish()
  end)
end)

describe("copydata peers --watch", function()
  it("prints the peers, then those that join and leave", function()
    local name = unique()
    local one <close> = children.join(name)
    local watching <close> = program.start { "peers", name:upper(), "--watch" }
    local function line(event, child, hwnd)
      assert.matches(("^%%d%%d:%%d%%d:%%d%%d%%.%%d%%d%%d  %-6s  0x%X  lua[^ ]* %d  %%S+  %%l+$")
        :format(event, hwnd, child.pid), watching:line())
    end
    line("joined", one, one:hwnd())
    local other <close> = children.join(name)
    local hwnd = other:hwnd()
    line("joined", other, hwnd)
    other:kill()
    line("left", other, hwnd)
    taskkill(watching.pid)
    local status, _, errors = watching:finish()
    assert.equal(1, status)
    assert.matches("^watching .*; Ctrl%+C ends\ncopydata: CLOSED: ", errors)
    one:finish()
  end)

  it("prints JSON, one object per line", function()
    local name = unique()
    local watching <close> = program.start { "peers", name, "--watch", "--json" }
    local child <close> = children.join(name)
    local peer = copydata.peers(name)[1]
    local expected = {
      hwnd = child:hwnd(), pid = child.pid, exe = peer.exe, user = peer.user, sid = peer.sid,
      integrity = peer.integrity, elevated = peer.elevated,
    }
    for _, event in ipairs { "joined", "left" } do
      local got = dkjson.decode(watching:line())
      assert.equal(event, got.event)
      assert.is_true(got.time > 1.7e9)
      assert.same(expected, setmetatable(got.peer, nil))
      child.process:kill()
    end
  end)
end)

describe("copydata peers", function()
  it("lists windows, processes, programs and accounts", function()
    local name = unique()
    local child <close> = children.join(name)
    local peer = copydata.peers(name)[1]
    local status, output = run { "peers", name:upper() }
    assert.equal(0, status)
    assert.matches("^HWND +PID +PROGRAM +USER +INTEGRITY +PATH\n", output)
    local row = ("0x%X  %d  "):format(child:hwnd(), child.pid)
    local at = assert(output:find(row, 1, true), output)
    assert.truthy(output:find(peer.user .. "  " .. peer.integrity .. "  ", at, true), output)
    assert.truthy(output:find(peer.exe, at, true), output)

    status, output = run { "peers", name, "--json" }
    assert.equal(0, status)
    assert.same({
      hwnd = child:hwnd(), pid = child.pid, exe = peer.exe, user = peer.user, sid = peer.sid,
      integrity = peer.integrity, elevated = peer.elevated,
    }, setmetatable(dkjson.decode(output), nil))
    child:finish()
  end)

  it("returns 1 if there are no peers", function()
    local name = unique()
    local status, output, errors = run { "peers", name }
    assert.equal(1, status)
    assert.equal("", output)
    assert.equal(('copydata: there are no peers on the channel "%s"\n'):format(name), errors)
    status, output, errors = run { "peers", name, "--json" }
    assert.equal(1, status)
    assert.equal("", output)
    assert.equal("NOTHING", dkjson.decode(errors).error.name)
  end)
end)

describe("copydata send", function()
  -- A channel on its own endpoint, which closes with it.
  local function mailbox()
    local name = unique()
    local endpoint = copydata.new { pump = "thread" }
    return setmetatable({ name = name, endpoint = endpoint, channel = endpoint:channel(name) }, {
      __close = function() endpoint:close() end,
      -- Runs `copydata send NAME WORDS`; returns what arrives.
      __call = function(box, words, input)
        local status, output, errors = run({ "send", name, table.unpack(words) }, input)
        assert.equal("", errors)
        assert.equal("1 recipient", output)
        assert.equal(0, status)
        return assert(box.channel:receive(0)).data
      end,
    })
  end

  it("sends JSON", function()
    local sent <close> = mailbox()
    local value = { file = "Käse.lua", line = 3, zoom = 1.5, list = { 1, 2.0 }, yes = true }
    assert.same(value, sent { dkjson.encode(value) })
    assert.equal("float", math.type(sent { "2.0" }))
    assert.equal("integer", math.type(sent { "2" }))
    assert.equal("text", sent { '"text"' })
    assert.equal(-1, sent { "--", "-1" })
    assert.is_nil(sent { "null" })
    assert.equal(msgpack.null, sent { "[null]" }[1])
  end)

  it("sends Lua, and strings unchanged", function()
    local sent <close> = mailbox()
    assert.same({ "a\n", [5] = { x = 1 << 40 } }, sent { "{'a\\n', [5] = {x = 1 << 40}}", "--lua" })
    assert.equal(msgpack.timestamp(1, 2), sent { "timestamp(1, 2)", "--lua" })
    assert.equal("{not JSON", sent { "{not JSON", "--string" })
    assert.equal("*", sent { "*", "--string" })
    assert.equal('a "b" \\', sent { 'a "b" \\', "--string" })
  end)

  it("reads the value from a file or standard input", function()
    local sent <close> = mailbox()
    local file = file_of '\xEF\xBB\xBF {"a": [1]}\r\n'
    assert.same({ a = { 1 } }, sent { "--file", file })
    os.remove(file)
    local bytes = ("\0\1\r\n\x1a\xff"):rep(50000)
    file = file_of(bytes)
    assert.is_true(bytes == sent { "--file", file, "--string" })
    os.remove(file)
    assert.same({ b = 2 }, sent({}, '{"b": 2}'))
    assert.same({ b = 2 }, sent({ "-", "--lua" }, "{b = 2}"))
  end)

  it("reports as JSON how many accepted it", function()
    local box <close> = mailbox()
    local status, output = run { "send", box.name, "1", "--json" }
    assert.equal(0, status)
    assert.equal('{"recipients":1,"failures":[]}', output)
  end)

  it("returns 1 and says why if no peer accepted it", function()
    local name = unique()
    local status, output, errors = run { "send", name, "1" }
    assert.equal(1, status)
    assert.equal("0 recipients", output)
    assert.equal("", errors)

    local child <close> = children.start()
    child:run([[
      channel = assert(copydata.new { pump = "thread", max_message = 10 }):channel(...)
    ]], name)
    local long = dkjson.encode(("x"):rep(5000))
    status, output, errors = run { "send", name, long }
    assert.equal(1, status)
    assert.equal("0 recipients", output)
    assert.matches(("^copydata: TOO_LARGE: peer 0x%%x+ %%(pid %d, .*%%): "):format(child.pid),
      errors)
    status, output = run { "send", name, long, "--json" }
    assert.equal(1, status)
    local failure = dkjson.decode(output).failures[1]
    assert.equal("TOO_LARGE", failure.code)
    assert.equal(child.pid, failure.peer.pid)
    child:finish()
  end)

  it("waits for a peer that hangs until --timeout", function()
    local name = unique()
    local child <close> = children.start()
    child:run("channel = copydata.new({ pump = 'thread' }):channel(...)", name)
    child.process:suspend()
    local sender <close> = program.start { "send", name, "1", "--timeout", "0.2" }
    sender.process:wait(4.5) -- less than without --timeout
    child.process:resume()
    local status, output, errors = sender:finish()
    assert.equal(1, status)
    assert.equal("0 recipients", output)
    assert.matches("^copydata: TIMEOUT: ", errors)
    child:finish()
  end)
end)

describe("copydata listen", function()
  it("prints messages as they arrive", function()
    local name, other = unique "one", unique "other"
    local listener <close> = program.start { "listen", name, other, name:upper(), "--count", "3" }
    listener:says "listening on"
    assert.equal(1, (copydata.send(name, { file = "main.lua", 1.5, "\27[31m" })))
    local line = listener:line()
    assert.matches("^%d%d:%d%d:%d%d%.%d%d%d  " .. name:gsub("%p", "%%%0")
      .. "  lua[^ ]* " .. process.own_pid, line)
    assert.truthy(line:find('{ 1.5, "\\x1B[31m", file = "main.lua" }', 1, true), line)
    assert.equal(1, (copydata.send(other, nil)))
    assert.matches("  nil$", listener:line())
    assert.equal(1, (copydata.send(name, ("x"):rep(10000))))
    line = listener:line()
    assert.matches("xxx\" …$", line)
    assert.is_true(#line < 5000)
    assert.equal(0, (listener:finish()))
  end)

  it("does not let messages manipulate the terminal or flood it", function()
    local name = unique()
    local listener <close> = program.start { "listen", name, "--count", "5" }
    listener:says "listening on"
    for sent, shown in pairs {
      ["\u{202e}gpj.exe"] = [["\xE2\x80\xAEgpj.exe"]], -- right to left
      ["a\u{2028}b\u{9b}31m"] = [["a\xE2\x80\xA8b\xC2\x9B31m"]],
      ["\xff\27]0;title\7"] = [["\xFF\x1B]0;title\x07"]],
    } do
      assert.equal(1, (copydata.send(name, sent)))
      local line = listener:line()
      assert.truthy(line:find(shown, 1, true), line)
    end
    assert.equal(1, (copydata.send(name, { [("x"):rep(10000)] = 1 })))
    assert.is_true(#listener:line() < 5000)
    local keys = {}
    for i = 1, 300000 do
      keys["k" .. i] = i
    end
    assert.equal(1, (copydata.send(name, keys)))
    assert.is_true(#listener:line() < 9000)
    assert.equal(0, (listener:finish()))
  end)

  it("prints long messages whole with --full", function()
    local name = unique()
    local listener <close> = program.start { "listen", name, "--count", "1", "--full" }
    listener:says "listening on"
    assert.equal(1, (copydata.send(name, ("x"):rep(10000))))
    assert.truthy(listener:line():find(("x"):rep(10000) .. '"', 1, true))
    assert.equal(0, (listener:finish()))
  end)

  it("prints JSON, one object per line, at once", function()
    local name = unique()
    local listener <close> = program.start { "listen", name, "--json", "--count", "2" }
    for i = 1, 2 do
      repeat until copydata.send(name, { i = i }) == 1
      local message = dkjson.decode(listener:line())
      assert.equal(name, message.channel)
      assert.equal(i, message.data.i)
      assert.equal(process.own_pid, message.sender.pid)
      assert.equal("string", type(message.sender.exe))
      assert.is_true(message.sent > 1.7e9 and message.received >= message.sent)
    end
    local status, _, errors = listener:finish()
    assert.equal(0, status)
    assert.equal("", errors)
  end)

  it("says what is retained, and where it came from", function()
    local name = unique()
    local endpoint <close> = copydata.new { pump = "thread" }
    local channel = endpoint:channel(name)
    channel:retain { volume = 7 }
    local listener <close> = program.start { "listen", name, "--count", "2" }
    local line
    assert.is_true(eventually(function()
      line = listener.process:line(0)
      return line ~= nil
    end))
    assert.matches("%d  retained: { volume = 7 }$", line)
    channel:send "news"
    assert.matches('%d  "news"$', listener:line())
    assert.equal(0, (listener:finish()))
    channel:close()

    -- Sends as a bridge does.
    local function carry(origin)
      repeat until endpoint._outgoing:send(name, 1, {
        deadline = math.huge, extras = { retained = true, origin = origin, via = { "north" } },
      }) == 1
    end
    local people <close> = program.start { "listen", name, "--count", "3" }
    for _, case in ipairs {
      { { desktop = "north", exe = "C:\\Vim\\vim.exe" }, "vim.exe on north" },
      { { desktop = "\27[2J", exe = 7 }, "? on \\x1B[2J" },
      { { desktop = { 1 } }, "? on ?" },
    } do
      carry(case[1])
      local shown = people:line()
      assert.truthy(shown:find((" %d (%s)  retained: 1"):format(process.own_pid, case[2]), 1, true),
        shown)
    end
    assert.equal(0, (people:finish()))

    local json <close> = program.start { "listen", name, "--count", "1", "--json" }
    carry { user = "U" }
    local message = dkjson.decode(json:line())
    assert.is_true(message.retained)
    assert.equal("U", message.origin.user)
    assert.same({ "north" }, setmetatable(message.via, nil))
    assert.equal(0, (json:finish()))
  end)

  -- What JSON cannot express is not lost either: listen prints it, send reads it.
  it("prints JSON that send reads as the same value", function()
    local name = unique()
    local values = {
      nil, 1, 1.0, -0.0, 0.1, 1e300, math.mininteger, 2.0 ^ 53, 1 / 0, -1 / 0, "text", "\xff\0",
      "\u{9b}", msgpack.bin "bin", {}, msgpack.map {}, { n = 3 }, { 1, msgpack.null, 3 },
      { [1] = 1, [3] = 3 }, { [true] = 1, [1.5] = 2 }, { ["$bin"] = "no bytes" }, { ["\xff"] = 1 },
      msgpack.uint64 "18446744073709551615", msgpack.timestamp(1, 999999999), msgpack.ext(5, "e"),
      { deep = { { ["$map"] = {} }, msgpack.map { 1, 2 } } },
    }
    local count = 26
    local listener <close> = program.start { "listen", name, "--json", "--count", "" .. count }
    local lines = {}
    for i = 1, count do
      repeat until copydata.send(name, values[i]) == 1
      lines[i] = listener:line():match '"data":(.*),"sent":'
    end
    listener:finish()
    local back <close> = copydata.new { pump = "thread" }
    local channel = back:channel(name)
    local options = { sorted = true }
    for i = 1, count do
      assert.equal(0, (run { "send", name, "--", lines[i] }))
      local data = channel:receive(0).data
      -- In Lua, str and bin are both strings.
      assert.equal(msgpack.encode(msgpack.decode(msgpack.encode(values[i])), options),
        msgpack.encode(data, options), lines[i])
    end
  end)

  it("ends after --timeout, with 1 if fewer than --count arrived", function()
    local status, output, errors = run { "listen", unique(), "--timeout", "0.1" }
    assert.equal(0, status)
    assert.equal("", output)
    assert.matches("^listening on ", errors)
    status, output, errors = run { "listen", unique(), "--count", "2", "--timeout", "0.1" }
    assert.equal(1, status)
    assert.equal("", output)
    assert.matches("copydata: TIMEOUT: 0 of 2 messages", errors)
  end)

  it("ends and says why when it is asked to close", function()
    local listener <close> = program.start { "listen", unique() }
    listener:says "listening on"
    taskkill(listener.pid)
    local status, _, errors = listener:finish()
    assert.equal(1, status)
    assert.matches("copydata: CLOSED: the program was asked to close\n$", errors)
  end)

  it("ends quietly when the reader of its output is gone", function()
    local name = unique()
    local command = program.command { "listen", name }
    local child <close> = children.start()
    local errors = ("%s\\%s.txt"):format(os.getenv "TEMP", unique "copydata")
    child:run([[
      local process = require "support.process"
      local command, errors = ...
      listener = process.spawn(command, false, errors)
    ]], command, errors)
    while #copydata.peers(name) == 0 do
      copydata.poll(0.01)
    end
    child:begin("listener:close_output() return listener:wait(10)")
    local count = 0
    repeat
      count = count + (copydata.send(name, "x") or 0)
    until #copydata.peers(name) == 0
    assert.equal(1, (child:result()))
    child:finish()
    local file = assert(io.open(errors))
    assert.equal(("listening on %s; Ctrl+C ends\n"):format(name), file:read "a")
    file:close()
    os.remove(errors)
  end)
end)
