-- SPDX-License-Identifier: MIT

-- Runs in a Lua state whose memory ends while a guard must decide about a sender: at the first
-- block that is needed, at the second, and so on, until there is enough.
local _, path, cpath = ...
package.path, package.cpath = path, cpath

local copydata = require "support.copydata"
local frames = require "support.frames"
local prover = require "support.prover"

local BLOCKS_MOST = 1000 -- a turn needs fewer
local TRIES = 5

local asked = 0
local endpoint = assert(copydata.new {
  accept = function()
    asked = asked + 1
    return true
  end,
})
local channel = assert(endpoint:channel "thrift")
local frame = frames.notification("thrift", "\x01")

-- Sends until the frame is accepted, polling in between.
local function gets_through(sender)
  for _ = 1, TRIES do
    local verdict = sender:send(endpoint:hwnd(), frame)
    if verdict ~= frames.BUSY then
      return verdict
    end
    pcall(copydata.poll, 0) -- it may report the lack of memory
    collectgarbage()
  end
  return frames.BUSY
end

for blocks = 0, BLOCKS_MOST do
  local sender <close> = prover()
  asked = 0
  assert(sender:send(endpoint:hwnd(), frame) == frames.BUSY)
  grant(blocks) -- luacheck: ignore 113
  local ok = pcall(copydata.poll, 0)
  grant() -- luacheck: ignore 113
  local sufficed = ok and asked == 1
  local verdict = gets_through(sender)
  -- The guard may have been called and have raised: that leaves the sender refused.
  assert(verdict == frames.ACCEPTED or asked > 0 and verdict == frames.REFUSED,
    ("with %d blocks the sender is told %d, after %d questions"):format(blocks, verdict, asked))
  while channel:receive(0) do end
  if sufficed then
    break
  end
  assert(blocks < BLOCKS_MOST)
end
