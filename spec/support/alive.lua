-- SPDX-License-Identifier: MIT

--- What must hold after anything that others do to a program: it still exchanges messages.
local copydata = require "support.copydata"
local unique = require "support.unique"

--- Asserts that a child answers a request from a new endpoint.
return function(child)
  local name = unique "alive"
  child:begin([[
    local endpoint <close> = assert(copydata.new())
    endpoint:channel(...):serve(function(data) return { answer = data } end)
    say "serving"
    return copydata.poll(20)
  ]], name)
  child:said()
  local endpoint <close> = copydata.new()
  copydata.poll(0) -- an endpoint that has not pumped messages for 5 s counts as hung
  local answer, message = endpoint:request(name, "still there?", { timeout = 20 })
  assert(answer and answer.answer == "still there?", message)
  assert(child:result() == 1)
end
