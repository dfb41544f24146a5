-- SPDX-License-Identifier: MIT

-- `copydata request`, answered by other processes.
local children = require "support.children"
local dkjson = require "dkjson"
local program = require "support.program"
local unique = require "support.unique"
require "support.tidy"(before_each, after_each)
local run = program.run

-- Starts a child that serves a channel.
local function serve(name)
  local child = children.start()
  child:run([[
    endpoint = copydata.new { pump = "thread" }
    channel = endpoint:channel(...)
    channel:serve(function(data)
      if data.fail == "error" then
        error("on purpose", 0)
      elseif data.fail == "named" then
        return nil, "BAD: no good", "BAD"
      elseif data.fail == "evil" then
        return nil, "\27[31m\xff\ncopydata: all is well"
      elseif data.fail == "late" then
        copydata.sleep(3)
      end
      return data.value
    end)
  ]], name)
  child:begin "copydata.run()"
  return child
end

describe("copydata request", function()
  it("prints the answer", function()
    local name = unique()
    local child <close> = serve(name)
    local status, output, errors = run { "request", name, '{"value": [1, {"a": "ä"}]}' }
    assert.equal("", errors)
    assert.equal('{ 1, { a = "ä" } }', output)
    assert.equal(0, status)
    status, output = run { "request", name, "{value = 1.5}", "--lua", "--json" }
    assert.equal('{"answer":1.5}', output)
    assert.equal(0, status)
    status, output = run { "request", name, "{}", "--lua", "--json" }
    assert.equal('{"answer":null}', output)
    assert.equal(0, status)
    status, output = run({ "request", name }, "{}")
    assert.equal("nil", output)
    assert.equal(0, status)
    child:kill()
  end)

  it("says what went wrong, and returns 1", function()
    local name = unique()
    local child <close> = serve(name)
    for fail, message in pairs {
      error = "REMOTE: .*on purpose", named = "REMOTE: .*no good", late = "TIMEOUT: ",
    } do
      local value = ("{fail = %q}"):format(fail)
      local status, output, errors = run { "request", name, value, "--lua", "--timeout", "1" }
      assert.equal(1, status)
      assert.equal("", output)
      assert.matches("^copydata: " .. message, errors)
    end
    local _, _, errors = run { "request", name, '{"fail": "error"}', "--json" }
    local problem = dkjson.decode(errors).error
    assert.equal("REMOTE", problem.name)
    assert.equal("on purpose", problem.remote.message)
    assert.matches("^stack traceback:", problem.remote.traceback)
    _, _, errors = run { "request", name, '{"fail": "named"}', "--json" }
    assert.same({ message = "BAD: no good", name = "BAD" }, dkjson.decode(errors).error.remote)
    _, _, errors = run { "request", name, '{"fail": "named"}' }
    assert.equal("copydata: REMOTE: BAD: no good (BAD)\n", (errors:gsub("\r", "")))
    _, _, errors = run { "request", name, '{"fail": "evil"}' }
    assert.matches("^copydata: REMOTE: .*\\x1B%[31m\\xFF\\ncopydata: all is well\n$", errors)
    _, _, errors = run { "request", name, '{"fail": "evil"}', "--json" }
    assert.truthy(utf8.len(errors), errors)
    assert.equal("REMOTE", dkjson.decode(errors).error.name)
    child:kill()
  end)

  it("returns 1 if no peer is on the channel, or none serves it", function()
    local name = unique()
    local status, output, errors = run { "request", name, "1" }
    assert.equal(1, status)
    assert.equal("", output)
    assert.matches("^copydata: NO_PEER: ", errors)
    local child <close> = children.start()
    child:run("channel = copydata.new({ pump = 'thread' }):channel(...)", name)
    status, output, errors = run { "request", name, "1" }
    assert.equal(1, status)
    assert.equal("", output)
    assert.matches("^copydata: REFUSED: ", errors)
    child:finish()
  end)

  it("is not answered by listen and monitor", function()
    local name = unique()
    local listener <close> = program.start { "listen", name }
    listener:says "listening on"
    local monitor <close> = program.start { "monitor", name, "--json", "--interval", "0.1" }
    monitor:line()
    local _, _, errors = run { "request", name, "1" }
    assert.matches("^copydata: REFUSED: ", errors)
  end)
end)
