-- SPDX-License-Identifier: MIT

-- Calls that would do nothing, or not what was meant, raise at the caller's line.
local copydata = require "support.copydata"
local unique = require "support.unique"
require "support.tidy"(before_each, after_each)

copydata.hwnd() -- makes the default endpoint, which stays for all specs

local function nothing() end

-- Asserts that a function raises, at a line of this file.
local function raises(expected, f)
  local ok, problem = pcall(f)
  assert.is_false(ok, "it does not raise: " .. expected)
  assert.matches("47%-refusals_spec%.lua:%d+: " .. expected, problem)
end

describe("a channel that was joined with listen = false", function()
  it("accepts no handlers, and receives nothing", function()
    local name = unique()
    local endpoint <close> = copydata.new()
    local channel = endpoint:channel(name, { listen = false })
    local expected = "channel .* was joined with listen = false: it receives nothing"
    raises(expected, function() channel:on(print) end)
    raises(expected, function() channel:serve(print) end)
    raises(expected, function() channel:receive(0) end)
    raises(expected, function() channel:messages() end)
    local other <close> = copydata.new()
    local listening = other:channel(name)
    assert.equal(1, (channel:send "all the same"))
    assert.equal("all the same", listening:receive(5).data)
  end)
end)

describe("options", function()
  it("cannot be passed to post", function()
    local endpoint <close> = copydata.new()
    local channel = endpoint:channel(unique(), { listen = false })
    local expected = "post has no options: set the endpoint's timeout, and on_failure"
    raises(expected, function() channel:post(1, { timeout = 1 }) end)
    raises(expected, function() endpoint:post(channel.name, 1, { timeout = 1 }) end)
    raises(expected, function() copydata.post(channel.name, 1, { timeout = 1 }) end)
    raises(expected, function() channel:post(1, nil) end)
  end)

  it("cannot be passed to open if the endpoint is open already", function()
    raises("the default endpoint is already open", function() copydata.open { timeout = 1 } end)
  end)
end)

describe("fields", function()
  it("that are read only, or do not exist, cannot be set", function()
    local endpoint <close> = copydata.new()
    local name = unique()
    local channel = endpoint:channel(name)
    local publication = endpoint:publish(unique(), {})
    for what, object in pairs {
      channel = channel, endpoint = endpoint, event = copydata.event(),
      task = copydata.spawn(nothing), ["remote.publication"] = publication,
    } do
      for _, field in ipairs { "name", "close", "ignored_answers", "unheard_of", 1 } do
        raises(("copydata.%s: field '%s' cannot be set"):format(what, field), function()
          object[field] = "something"
        end)
      end
    end
    raises("copydata: field 'timeout' cannot be set: .*copydata.open", function()
      copydata.timeout = 1
    end)
    assert.equal(name, channel.name)
    assert.equal(0, endpoint.ignored_answers)
  end)

  it("that can be set accept only valid values", function()
    local endpoint <close> = copydata.new { timeout = 3 }
    raises("timeout: expected number of seconds, got string", function()
      endpoint.timeout = "soon"
    end)
    raises("timeout: must be 0 or more, got %-1", function()
      endpoint.timeout = -1
    end)
    raises("timeout: expected number of seconds, got nil", function()
      endpoint.timeout = nil
    end)
    assert.equal(3, endpoint.timeout)
    endpoint.timeout = 0.25
    assert.equal(0.25, endpoint.timeout)

    local first <close> = assert(endpoint:single_instance(unique "single"))
    raises("window: expected a window handle, got string", function()
      first.window = "x"
    end)
    first.window = endpoint:hwnd()
    assert.equal(endpoint:hwnd(), first.window)
    first.window = nil
    assert.is_nil(first.window)
  end)
end)

describe("whatever is called", function()
  it("is named as in the documentation", function()
    local endpoint <close> = copydata.new()
    local channel = endpoint:channel(unique())
    local first <close> = assert(endpoint:single_instance(unique "single"))
    local set = {
      task = function(f) copydata.spawn(f) end,
      main = function(f) copydata.run(f or false) end,
      ["option 'accept'"] = function(f) copydata.new { accept = f or 1 } end,
    }
    for expected, call in pairs(set) do
      raises(expected .. ": expected function, got ", function() call(nil) end)
      raises(expected .. ": expected function, got number", function() call(5) end)
    end
    for _, guarded in ipairs { endpoint, channel } do
      raises("accept: expected function, got number", function() guarded:guard(5) end)
    end
    raises("handler: expected function, got number", function() channel:on(5) end)
    raises("handler: expected function, got number", function() channel:serve(5) end)
    raises("handler: expected function, got number", function() endpoint:on_failure(5) end)
    raises("handler: expected function, got number", function() copydata.on_error(5) end)
    raises("handler: expected function, got number", function() first:on(5) end)
  end)
end)

describe("a call with a dot for a colon", function()
  it("is reported, whichever it is", function()
    local endpoint <close> = copydata.new()
    local channel = endpoint:channel(unique())
    local event, task = copydata.event(), copydata.spawn(nothing)
    local publication = endpoint:publish(unique(), {})
    local first <close> = assert(endpoint:single_instance(unique "single"))
    for _, case in ipairs {
      { channel, "close", "channel" }, { channel, "send", "channel" }, { channel, "on", "channel" },
      { endpoint, "close", "endpoint" }, { endpoint, "send", "endpoint" },
      { event, "set", "event" }, { event, "wait", "event" },
      { task, "wait", "task" }, { task, "cancel", "task" },
      { publication, "close", "publication" }, { first, "close", "instance" },
      { first, "on", "instance" },
    } do
      local object, method, class = table.unpack(case)
      local call = object[method]
      for _, wrong in ipairs { 5, {}, false } do
        raises(("expected an? [%%a.]*%s: call its functions with a colon, as %s:"):format(class,
          class), function() call(wrong) end)
      end
      raises("expected an? ", function() call() end)
    end
    assert.equal(0, #channel:peers()) -- nothing was closed
  end)
end)
