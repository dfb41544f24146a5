-- SPDX-License-Identifier: MIT

-- Broadcasts to every window of the desktop, while a script does not pump messages.
local alive = require "support.alive"
local broadcast = require "support.broadcast"
local children = require "support.children"
local unique = require "support.unique"
local window = require "support.window"
require "support.tidy"(before_each, after_each)

local PATIENCE = 60 -- seconds
local TOLD = "spec.told" -- a property, because its reader does not pump messages

describe("a script that computes", function()
  -- Whether a broadcast returns before a script stops computing, which it does when told so after
  -- the broadcast, or otherwise after PATIENCE.
  local function is_over_meanwhile(send, pump)
    local child <close> = children.start()
    child:begin([[
      local pump, told, patience = ...
      local endpoint <close> = assert(copydata.new { pump = pump })
      local channel <close> = assert(endpoint:channel "computing")
      local window = require "support.window"
      local hwnd = endpoint:hwnd()
      say(hwnd)
      local give_up = os.time() + patience
      local was_told
      repeat
        was_told = window.property(hwnd, told) == 1
      until was_told or os.time() > give_up
      copydata.poll(0)
      return was_told
    ]], pump, TOLD, PATIENCE)
    local hwnd = child:said()
    send()
    window.set_property(hwnd, TOLD, 1)
    local was_told = child:result(2 * PATIENCE)
    alive(child)
    return was_told
  end

  for _, pump in ipairs { "script", "thread" } do
    it("does not delay broadcasts of changed settings: pump = " .. pump, function()
      assert.is_true(is_over_meanwhile(function()
        broadcast.change_settings(3 * PATIENCE)
      end, pump))
    end)

    it("does not delay DDE connections: pump = " .. pump, function()
      assert.is_true(is_over_meanwhile(function()
        assert.is_false(broadcast.dde_connect(unique()))
      end, pump))
    end)
  end
end)
