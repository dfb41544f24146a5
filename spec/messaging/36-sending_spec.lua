-- SPDX-License-Identifier: MIT

-- Programs that send, or compute, for a long time without waiting: Windows considers a thread hung
-- that has not pumped messages for 5 s.
local children = require "support.children"
local copydata = require "support.copydata"
local stranger = require "support.stranger"
local unique = require "support.unique"
local window = require "support.window"
require "support.tidy"(before_each, after_each)

local WM_CLOSE = 0x10

describe("a program that only sends", function()
  it("pumps its own window meanwhile, and nothing else", function()
    local name = unique()
    local peer <close> = stranger(name) -- luacheck: ignore
    local child <close> = children.start()
    child:begin([[
      local timed = false
      local timer <close> = require "support.timer"(0.01, function() timed = true end)
      say(copydata.hwnd())
      local started = os.clock()
      repeat
        assert(copydata.send(..., 1) == 1)
        local took = os.clock() - started
      until copydata.hwnd() == 0 and took > 0.5 or took > 8
      local closed, timed_meanwhile = copydata.hwnd() == 0, timed
      local other <close> = copydata.new()
      copydata.poll(0.1)
      return closed, timed_meanwhile, timed
    ]], name)
    assert.is_true(window.post(child:said(), WM_CLOSE))
    local closed, timed_meanwhile, timed = child:result()
    assert.is_true(closed)
    assert.is_false(timed_meanwhile) -- another library's timer, which must not run here
    assert.is_true(timed)
  end)

  it("can be reached by other programs while it sends", function()
    local name, back, done = unique(), unique "back", unique "done"
    local peer <close> = stranger(name) -- luacheck: ignore
    local child <close> = children.join(back)
    local other <close> = children.start()
    child:begin([[
      local name, done = ...
      local started = os.clock()
      repeat
        assert(copydata.send(name, 1) == 1)
        local sent = os.clock()
        repeat until os.clock() - sent > 0.001 -- other work in between
      until os.clock() - started > 7 and #copydata.peers(done) > 0
      local count = 0
      while channel:receive(0) do
        count = count + 1
      end
      return count
    ]], name, done)
    other:begin([[
      local back, done = ...
      copydata.poll(5.5)
      local codes = {}
      for i = 1, 300 do
        local recipients, failures = copydata.send(back, i)
        local code = recipients == 1 and "accepted" or failures[1].code
        codes[code] = (codes[code] or 0) + 1
      end
      ended = copydata.channel(done)
      return codes
    ]], back, done)
    local count = child:result()
    assert.same({ accepted = 300 }, (other:result()))
    assert.equal(300, count)
  end)
end)

describe("a program that has computed for a long time", function()
  it("gets the answer to its request, however late it pumps messages", function()
    local name = unique()
    local endpoint <close> = copydata.new()
    local answered
    endpoint:channel(name):serve(function(data)
      answered = true
      return #data
    end)
    local child <close> = children.start()
    child:begin([[
      local function compute(seconds)
        local started = os.clock()
        repeat until os.clock() - started > seconds
      end
      copydata.hwnd()
      compute(5.5)
      local answer, message = copydata.request(..., ("x"):rep(1 << 20), {
        on_progress = function(done, total)
          if done == total then
            compute(0.5) -- the answer arrives now
          end
        end,
      })
      return answer, message
    ]], name)
    repeat
      copydata.poll(20)
    until answered
    local answer, message = child:result()
    assert.equal(1 << 20, answer, message)
    assert.equal(0, endpoint.lost_answers)
  end)
end)
