-- SPDX-License-Identifier: MIT
local bridge = require "support.bridge"
local desk = require "support.desk"
local native = require "support.native"
local redis_server = require "support.redis_server"

describe("copydata bridge says", function()
  local one, two, server

  before_each(function()
    one, two = desk.start(1), desk.start(2)
    bridge.join("talk", one, two)
  end)

  bridge.tidy(after_each)

  local function password_file(password)
    return native.write(native.unused "password", password .. "\n")
  end

  -- Whether messages go from desktop 1 to desktop 2.
  local function carries()
    one:run "assert(channel:send 'a message' == 1)"
    assert.same({ "a message" }, bridge.take(two, 1))
  end

  -- Whether a bridge of desktop 1 ends with 1 and says so.
  local function fails(pattern, ...)
    local failed = desk.copydata(1, bridge.words(1, ...))
    assert.equal(1, failed:wait())
    assert.matches(pattern, failed:output())
  end

  it("AUTH for a wrong password, and none", function()
    server = redis_server.start { "requirepass secret" }
    local right, wrong = password_file "secret", password_file "guess"
    fails("AUTH: .*WRONGPASS", server:url(), "--channel", "talk", "--password-file", wrong)
    fails("AUTH: .*NOAUTH", server:url(), "--channel", "talk")
    local options = { "--channel", "talk", "--password-file", right }
    bridge.start(1, server:url(), table.unpack(options))
    bridge.start(2, server:url(), table.unpack(options))
    carries()
  end)

  it("NOPERM for what the server does not allow, and keeps to what it does", function()
    server = redis_server.start()
    local client = server:client()
    client:acl("SETUSER", "full", "on", ">one", "~copydata:*", "+@all", "-@dangerous", "-@admin")
    client:acl("SETUSER", "other", "on", ">one", "~elsewhere:*", "+@all")
    client:quit()
    local password = password_file "one"
    fails("NOPERM: ", server:url(nil, "other"), "--channel", "talk", "--password-file", password)
    local options = { "--channel", "talk", "--password-file", password }
    bridge.start(1, server:url(nil, "full"), table.unpack(options))
    bridge.start(2, server:url(nil, "full"), table.unpack(options))
    carries()
  end)

  it("nothing of leave to be silent, and keeps its position with and without", function()
    local COUNT = 20
    server = redis_server.start()
    local client = server:client()
    local password = password_file "one"
    local function saves()
      local stats = client:info("commandstats").commandstats
      return tonumber((stats.cmdstat_hset or "calls=0"):match "calls=(%d+)")
    end
    for user, rule in pairs { silent = "+client|reply", told = "-client" } do
      client:acl("SETUSER", user, "on", ">one", "~copydata:*", "+@all", rule)
      local options = { "--channel", "talk", "--prefix", user, "--password-file", password }
      local programs = {}
      for number = 1, 2 do
        programs[number] =
          bridge.start(number, server:url(nil, user), table.unpack(options))
      end
      local before = saves()
      for _ = 1, COUNT do
        carries()
      end
      local stream, position = ("copydata:%s:{talk}"):format(user), nil
      assert(native.eventually(function()
        local last = client:xinfo("STREAM", stream)
        for i = 1, #last, 2 do
          last[last[i]] = last[i + 1]
        end
        local hash = client:hgetall(("copydata:%s:position:desk2"):format(user))
        position = hash[stream] or hash[2] or ""
        return position:find(last["last-generated-id"], 1, true)
      end), position)
      assert(saves() - before >= COUNT, saves() - before)
      for number = 1, 2 do
        programs[number]:kill()
        assert.not_matches("NOPERM", programs[number]:output())
      end
    end
    client:quit()
  end)

  it("nothing of the users that docs/bridge.md describes, who can do no more than that", function()
    local settings = {}
    for line in native.read("docs/bridge.md"):gmatch "\n(user [^\n]*)" do
      settings[#settings + 1] = line:gsub(">PASSWORD", ">one")
    end
    assert.equal(4, #settings) -- default, desk1, desk2, and desk3, which only reads
    server = redis_server.start(settings)
    local password = password_file "one"
    local options = { "--prefix", "prod", "--password-file", password }
    fails("AUTH: .*NOAUTH", server:url(), "--channel", "talk")
    bridge.start(1, server:url(nil, "desk1"), "--channel", "talk", "--requests", "talk",
      table.unpack(options))
    bridge.start(2, server:url(nil, "desk3"), "--in", "talk", "--name", "desk3",
      table.unpack(options))
    carries()
    for user, key in pairs { desk1 = "elsewhere", desk3 = "copydata:prod:{talk}" } do
      local restricted = server:client(user, "one")
      local ok, problem = pcall(restricted.xadd, restricted, key, "*", "a", "b")
      assert.is_false(ok)
      assert.matches("NOPERM", problem)
    end
  end)

  it("UNREACHABLE when there is no server, and waits for one when it is told to", function()
    server = redis_server.start()
    server:kill()
    fails("UNREACHABLE: ", server:url(), "--channel", "talk")
    local first = desk.copydata(1, bridge.words(1, server:url(), "--channel", "talk",
      "--wait"))
    first:says "UNREACHABLE: "
    server:restart()
    first:says "carries; Ctrl%+C ends"
    bridge.start(2, server:url(), "--channel", "talk")
    carries()
  end)

  it("NAME_TAKEN for a name that another bridge has, which goes on", function()
    server = redis_server.start()
    bridge.start(1, server:url(), "--channel", "talk")
    bridge.start(2, server:url(), "--channel", "talk")
    local third = desk.copydata(3, bridge.words(1, server:url(), "--channel", "talk"))
    assert.equal(1, third:wait())
    assert.matches("NAME_TAKEN: ", third:output())
    carries()
  end)

  it("SECOND_BRIDGE when the desktop has one for the channel and the server", function()
    server = redis_server.start()
    bridge.start(1, server:url(), "--channel", "talk")
    bridge.start(2, server:url(), "--channel", "talk")
    local extra = desk.copydata(1, bridge.words(7, server:url(), "--channel", "talk"))
    assert.equal(1, extra:wait())
    assert.matches("SECOND_BRIDGE: ", extra:output())
    local another = bridge.start(1, server:url(), "--channel", "other", "--name", "desk8")
    carries()
    another:signal "INT"
    assert.equal(0, another:wait())
  end)

  it("what is wrong with its words, with status 2", function()
    for pattern, words in pairs {
      ["stunnel"] = { "rediss://localhost", "--channel", "talk" },
      ["no password in the address"] = { "redis://u:secret@localhost", "--channel", "talk" },
      ["address such as"] = { "http://localhost", "--channel", "talk" },
      ["the server's address is missing; see copydata bridge --help"] = { "--channel", "talk" },
      ["name at least one to carry"] = { "redis://localhost" },
    } do
      local wrong = desk.copydata(1, { "bridge", table.unpack(words) })
      assert.equal(2, wrong:wait())
      assert.truthy(wrong:output():find(pattern, 1, true), wrong:output())
    end
  end)

  it("no word twice: two bridges in a ring do not make a storm", function()
    server = redis_server.start()
    -- Desktops 1 and 2 are joined by two prefixes, so that everything could go round.
    for number = 1, 2 do
      bridge.start(number, server:url(), "--channel", "talk", "--prefix", "a")
      bridge.start(number, server:url(), "--channel", "talk=round",
        "--prefix", "b", "--name", "other" .. number)
    end
    local client = server:client()
    one:run "assert(channel:send 'once')"
    bridge.take(two, 1)
    two:run "copydata.sleep(1)" -- time for a storm
    local entries = client:xlen "copydata:a:{talk}" + client:xlen "copydata:b:{round}"
    assert(entries <= 8, entries)
    client:quit()
  end)

  it("how it is doing, to --status", function()
    server = redis_server.start()
    bridge.start(1, server:url(), "--channel", "talk")
    bridge.start(2, server:url(), "--channel", "talk")
    carries()
    local status = desk.copydata(1, { "bridge", "--status", "--once", "--json" })
    assert.equal(0, status:wait())
    assert.matches('"sent":%s*1', status:output())
    assert.matches('"name":%s*"desk1"', status:output())
    local nobody = desk.copydata(3, { "bridge", "--status", "--once" })
    assert.equal(1, nobody:wait())
  end)

  it("nothing when it is ended by Ctrl+C, and reads on where it was", function()
    server = redis_server.start()
    bridge.start(1, server:url(), "--channel", "talk")
    local second = bridge.start(2, server:url(), "--channel", "talk")
    carries()
    second:signal "INT"
    assert.equal(0, second:wait())
    one:run "for i = 1, 500 do assert(channel:send(i) == 1) end"
    second = bridge.start(2, server:url(), "--channel", "talk")
    local expected = {}
    for i = 1, 500 do
      expected[i] = i
    end
    assert.same(expected, bridge.take(two, 500))
    second:signal "INT"
    assert.equal(0, second:wait())
    one:run "assert(channel:send 'missed')"
    bridge.start(2, server:url(), "--channel", "talk", "--from", "now")
    carries()
  end)
end)
