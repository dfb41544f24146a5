-- SPDX-License-Identifier: MIT
local children = require "support.children"
local copydata = require "support.copydata"
local frames = require "support.frames"
local process = require "support.process"
local unique = require "support.unique"
require "support.tidy"(before_each, after_each)

local PATIENCE = 60 -- seconds

copydata.hwnd() -- makes the default endpoint, which stays for all specs

-- Starts a viewer.
local function watch(arguments)
  local viewer = process.spawn(children.command("examples/trace_viewer.lua " .. arguments))
  assert.equal("watching", viewer:line(PATIENCE))
  return viewer
end

-- The next record that a viewer shows, without its time and process.
local function shown(viewer)
  local line = viewer:line(PATIENCE) or "nothing"
  local level, source, text = line:match "^%d%d:%d%d:%d%d%.%d%d%d (%u+) +(%S+)%[%d+%] (.*)$"
  return level and ("%s %s %s"):format(level, source, text) or line
end

describe("examples/trace_viewer.lua", function()
  it("shows what trace_listener.lua logs, by level and source", function()
    local name = unique "trace"
    local all <close> = watch("info " .. name)
    local logging <close> = watch("DEBUG " .. name .. ".logging")
    local worst <close> = watch("ERROR " .. name)
    local listener <close> = process.spawn(children.command(
      ("examples/trace_listener.lua %s 10"):format(name)))
    local has_logging = pcall(require, "logging")
    for i = 1, 9 do
      assert.equal(("INFO %s step %d of 10"):format(name, i), shown(all))
      if has_logging then
        assert.matches(("^DEBUG %s.logging memory: [%%d.]+ KiB$"):format(name), shown(logging))
      end
    end
    assert.equal(("WARN %s step 10 of 10"):format(name), shown(all))
    assert.equal(("ERROR %s no more work"):format(name), shown(all))
    assert.equal(("ERROR %s no more work"):format(name), shown(worst))
    assert.is_nil((listener:line(PATIENCE))) -- it prints nothing
    assert.equal(0, listener:wait(PATIENCE))
  end)

  it("lists the levels", function()
    local command = children.command "examples/trace_viewer.lua LOUD"
    local pipe = assert(io.popen(('"%s 2>&1"'):format(command)))
    assert.equal("LEVEL: expected DEBUG, INFO, WARN, ERROR or FATAL, got LOUD\n", pipe:read "a")
    assert.equal(1, (select(3, pipe:close())))
  end)
end)

describe("examples/trace.lua", function()
  local function tracer(name)
    local child = children.start()
    child:run([[
      package.path = "examples/?.lua;" .. package.path
      log = require("trace").source(...)
      -- Counts how often it is formatted
      formatted = 0
      text = { format = function(_, ...) formatted = formatted + 1 return table.concat { ... } end }
    ]], name)
    return child
  end

  it("formats and sends nothing without a viewer", function()
    local child <close> = tracer(unique "trace")
    child:run("require('trace').CHANNEL = ...", unique())
    assert.equal(0, child:run "for i = 1, 1000 do log('INFO', text, i) end return formatted")
  end)

  it("continues when the viewer is killed, and finds the next one", function()
    local name = unique "trace"
    local first = watch("DEBUG " .. name)
    local child <close> = tracer(name)
    child:run "log('INFO', text, 'one\\n', 'two') log('WARN', '%')"
    assert.equal(("INFO %s one two"):format(name), shown(first))
    assert.equal(("WARN %s %%"):format(name), shown(first))
    first:kill()
    first:close()
    child:run "for i = 1, 1000 do log('INFO', 'to nobody') end"
    local second <close> = watch("DEBUG " .. name)
    child:begin "for i = 1, 1000 do log('INFO', 'step %d', i) copydata.poll(0.01) end"
    assert.matches(("^INFO %s step %%d+$"):format(name), shown(second))
    child:kill()
  end)

  it("shows nothing but records", function()
    local name = unique "trace"
    local viewer <close> = watch("DEBUG " .. name)
    local child <close> = tracer(name)
    child:run "copydata.send('trace', 'text') copydata.send('trace', { level = {} })"
    child:run("copydata.send('trace', { level = 'INFO', source = ..., text = { 1 } })", name)
    assert.matches(("^INFO %s table: "):format(name), shown(viewer))
  end)

  it("shows records with an impossible time", function()
    local name = unique "trace"
    local viewer <close> = watch("DEBUG " .. name)
    local record = copydata.msgpack.encode { level = "INFO", source = name, text = "when?" }
    local sent = "\xc7\x0c\xff" .. string.pack(">I4 i8", 0, 1 << 60)
    local frame = frames.notification("trace", record, sent, 1)
    for _, peer in ipairs(copydata.peers "trace") do
      if peer.pid == viewer:pid() then
        local answer = copydata.raw.send(peer, frames.MPK1, frame, { sender = copydata })
        assert.equal(frames.ACCEPTED, answer)
      end
    end
    assert.equal(("INFO %s when?"):format(name), shown(viewer))
  end)
end)
