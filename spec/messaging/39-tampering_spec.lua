-- SPDX-License-Identifier: MIT

-- What other programs may do to our windows, apart from sending to them.
local alive = require "support.alive"
local children = require "support.children"
local copydata = require "support.copydata"
local frames = require "support.frames"
local unique = require "support.unique"
local window = require "support.window"
require "support.tidy"(before_each, after_each)

local GWLP_USERDATA, GWLP_ID = -21, -12

describe("the words of an endpoint's window", function()
  local WORDS = { GWLP_USERDATA, GWLP_ID, 0, 8, 16, 24 } -- from 0 on: extra words, if it has any

  -- A child sets them: under Wine this takes until the window's thread pumps messages.
  local SET = [[
    local window = require "support.window"
    local hwnd, words, value = ...
    for _, word in ipairs(words) do
      window.set_word(hwnd, word, value)
    end
  ]]

  for _, value in ipairs { 0, 1, 2, 0x41414141, -1 } do
    it(("may be set by any program: %d"):format(value), function()
      local name = unique()
      local child <close> = children.join(name)
      local hwnd = child:hwnd()
      child:begin [[
        channel:serve(function(data)
          if data == "end" then
            copydata.stop()
          end
          return data
        end)
        say "serving"
        return copydata.run()
      ]]
      child:said()
      local other <close> = children.start()
      other:run(SET, hwnd, WORDS, value)
      local endpoint <close> = copydata.new()
      assert.equal(frames.MALFORMED, window.copydata(hwnd, frames.MPK1, "rubbish", 0, 5))
      assert.equal(1, endpoint:request(name, 1))
      assert.equal("end", endpoint:request(name, "end"))
      assert.is_true((child:result()))
      child:run "channel:close()"
      assert.equal(0, #endpoint:peers(name))
      alive(child)
      assert.equal(0, child:finish())
    end)
  end

  it("may be set all the time while messages arrive", function()
    local COUNT = 300
    local name = unique()
    local child <close> = children.join(name)
    local hwnd = child:hwnd()
    child:begin("for i = 1, ... do assert(assert(channel:receive(20)).data == i) end", COUNT)
    local other <close> = children.start()
    other:begin([[
      local source, hwnd, words = ...
      local set = load(source)
      for value = 1, math.huge do
        set(hwnd, words, value)
        if value == 10 then
          say "tampering"
        end
      end
    ]], SET, hwnd, WORDS)
    other:said()
    local endpoint <close> = copydata.new()
    for i = 1, COUNT do
      local recipients, failures = endpoint:send(name, i, { timeout = 20 })
      assert.equal(1, recipients, failures[1] and failures[1].message)
    end
    child:result()
    other:kill()
    alive(child)
  end)
end)
