-- SPDX-License-Identifier: MIT

-- Runs in a state that has no memory for the answers to its requests. Each answer begins with a
-- value whose decoding closes the endpoint.
local _, path, cpath, name, type, rounds, most = ...
package.path, package.cpath = path, cpath

local copydata = require "support.copydata"
local process = require "support.process"

local endpoint
copydata.msgpack.register {
  type = tonumber(type),
  unpack = function()
    endpoint:close()
    return true
  end,
}

local function ask()
  endpoint = assert(copydata.new())
  local answer, _, code = endpoint:request(name, 1, { timeout = 20 })
  assert(answer == nil and code == "CLOSED", code)
  local ok, problem = pcall(copydata.poll, 0) -- raises errors that belong to no task
  assert(not ok and tostring(problem):find "not enough memory", problem)
  endpoint = nil
  collectgarbage()
end

ask()
local before = process.memory()
for _ = 2, tonumber(rounds) do
  ask()
end
local taken = process.memory() - before
assert(taken < tonumber(most), ("it has taken %d bytes"):format(taken))
