-- SPDX-License-Identifier: MIT

-- When there is too much of something, several servers, and bridges that programs embed.
local bridge = require "support.bridge"
local desk = require "support.desk"
local native = require "support.native"
local redis_server = require "support.redis_server"

describe("copydata bridge", function()
  local server, other, one, two, programs

  before_each(function()
    server, one, two = redis_server.start(), desk.start(1), desk.start(2)
    programs = { one, two }
    bridge.join("talk", one, two)
  end)

  after_each(function()
    for _, program in ipairs(programs) do
      program:kill()
    end
    server:close()
    if other then
      other:close()
      other = nil
    end
  end)

  bridge.tidy(after_each)

  local function start(...)
    local program = bridge.start(...)
    table.insert(programs, program)
    return program
  end

  -- Has desktop 1 send numbered messages of some size until one is told BUSY.
  -- @return a list of those that were accepted. TIMEOUT, on a busy machine, leaves that open.
  local function fill(size)
    return (one:run([[
      local text, number, accepted = ("x"):rep(...), 0, {}
      while true do
        number = number + 1
        local count, failures = channel:send({ number, text }, { timeout = 2 })
        if count == 1 then
          accepted[#accepted + 1] = number
        elseif failures[1].code == "BUSY" then
          return accepted
        end
      end]], size))
  end

  -- Whether desktop 2 has all of them, in order and once.
  local function has_all(accepted)
    one:run "assert(channel:send { math.huge })"
    local numbers = two:run [[
      local list = {}
      repeat
        local number = assert(channel:receive(30)).data[1]
        list[#list + 1] = number
      until number == math.huge
      return list]]
    local at = 1
    for i, number in ipairs(numbers) do
      assert(i == 1 or number > numbers[i - 1], number)
      at = at + (number == accepted[at] and 1 or 0)
    end
    assert.equal(#accepted + 1, at)
  end

  it("tells senders BUSY when its buffer is full, and loses nothing that it accepted", function()
    start(1, server:url(), "--channel", "talk", "--max-message", "64K", "--buffer", "256K")
    start(2, server:url(), "--channel", "talk")
    server:stop()
    local accepted = fill(4000)
    assert(#accepted >= 20 and #accepted < 130, #accepted)
    server:go_on()
    has_all(accepted)
  end)

  it("says FULL when the server is, and loses nothing that it accepted", function()
    local first = start(1, server:url(), "--channel", "talk", "--max-message", "64K",
      "--buffer", "256K")
    start(2, server:url(), "--channel", "talk")
    local client = server:client()
    client:config("SET", "maxmemory", "1")
    local accepted = fill(4000)
    first:says "FULL: the server says OOM"
    client:config("SET", "maxmemory", "0")
    client:quit()
    has_all(accepted)
  end)

  it("tells senders TOO_LARGE for what is over --max-message", function()
    start(1, server:url(), "--channel", "talk", "--max-message", "4096")
    start(2, server:url(), "--channel", "talk", "--max-message", "4096")
    assert.equal("TOO_LARGE", (one:run [[
      return select(2, channel:send(("x"):rep(5200)))[1].code]]))
    one:run "assert(channel:send(('x'):rep(4000)) == 1)"
    assert.equal(4000, (two:run "return #assert(channel:receive(20)).data"))
  end)

  it("carries channels over several servers, each on its own", function()
    other = redis_server.start()
    local words = { "--server", "b=" .. other:url(), "--channel", "talk", "--channel", "more@b" }
    start(1, server:url(), table.unpack(words))
    start(2, server:url(), table.unpack(words))
    two:run "more = assert(copydata.channel 'more')"
    server:kill()
    one:run "assert(copydata.send('more', 'over the other', { timeout = 5 }) == 1)"
    assert.equal("over the other", (two:run "return assert(more:receive(20)).data"))
    one:run "assert(channel:send 'later' == 1)"
    server:restart()
    assert.same({ "later" }, bridge.take(two, 1))
  end)

  it("is a module for programs, too", function()
    start(2, server:url(), "--channel", "talk")
    one:run([[
      bridge = require "copydata.bridge"
      ours = assert(bridge.open { url = ..., name = "desk1", channels = { "talk" } })]],
      server:url())
    local beside = desk.start(1)
    table.insert(programs, beside)
    bridge.join("talk", beside)
    beside:run "assert(channel:send 'through a program' >= 1)"
    assert.same({ "through a program" }, bridge.take(two, 1))
    assert.same({ "desk1", 1, "up" }, { one:run [[
      local status = ours:status()
      return status.name, status.servers[1].channels[1].sent, status.servers[1].state]] })
    assert.same({ "TIMEOUT", "true" }, { one:run [[
      local _, _, code = ours:wait(0.1)
      ours:close()
      ours:close()
      return code, tostring(ours:wait())]] })
    assert.same({ "through a program" }, bridge.take(one, 1)) -- who also is on the channel
  end)

  it("says what to install where something is missing", function()
    local message = "MISSING: redis%-lua is missing, .*luarocks install redis%-lua%. "
      .. "For the release's zip, see docs/bridge%.md"
    assert.matches(message, (one:run([[
      package.path = package.path:gsub("[^;]*/usr/share/lua[^;]*", "")
      local _, why = require "copydata.bridge".open {
        url = ..., name = "desk1", channels = { "talk" } }
      return why]], server:url())))
  end)

  it("raises what is wrong with its options at the caller's line", function()
    for pattern, options in pairs {
      ["unknown option 'chanels' %(known: buffer, channels,"] = "chanels = {}",
      ["a way is both, out, in or none, not 'up'"] = "channels = { { 'a', way = 'up' } }",
      ["no server 'x'"] = "channels = { { 'a', server = 'x' } }",
      ["stays on its desktop"] = "channels = { 'copydata.a' }",
      ["letters, digits"] = "channels = { 'a' }, name = 'a b'",
    } do
      local why = one:run(([[
        local ok, why = pcall(function()
          local ours = require "copydata.bridge".open { url = "redis://localhost", %s }
          return ours
        end)
        return why]]):format(options))
      assert.matches(pattern, why)
      assert.matches("^[^\n]*chunk:%d+: ", why)
    end
  end)

  it("is tried by copydata doctor", function()
    local well <close> = desk.copydata(1, { "doctor", "--bridge", server:url() })
    assert.equal(0, well:wait())
    assert.matches("ok +connection +127%.0%.0%.1:%d+/0 answers in", well:output())
    assert.matches("ok +commands +12 of 12 operations", well:output())
    assert.matches("ok +keeping +maxmemory%-policy noeviction, appendonly yes", well:output())
    local client = server:client()
    assert.same({}, client:keys "copydata:*")
    client:config("SET", "maxmemory-policy", "allkeys-lru")
    client:acl("SETUSER", "reader", "on", ">word", "%R~*", "+@read", "+time", "+ping")
    client:quit()
    local far <close> = desk.copydata(1, { "doctor", "--bridge", "redis://127.0.0.1:1" })
    assert.equal(1, far:wait())
    assert.matches("\nMessages can flow on this desktop, but a bridge cannot use the server%.\n",
      far:output())
    local loose <close> = desk.copydata(1, { "doctor", "--bridge", server:url() })
    assert.equal(0, loose:wait())
    assert.matches("note +keeping +maxmemory%-policy is allkeys%-lru", loose:output())
    local password = native.write(native.unused "password", "word\n")
    local ill <close> = desk.copydata(1, { "doctor", "--bridge", server:url(nil, "reader"),
      "--password-file", password })
    assert.equal(1, ill:wait())
    assert.matches("problem +commands +a bridge could not append to a stream: NOPERM",
      ill:output())
  end)
end)
