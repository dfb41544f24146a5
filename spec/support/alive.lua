-- SPDX-License-Identifier: MIT

--- What is to hold after all that others do to a program: it still exchanges with us.
local copydata = require "support.copydata"
local unique = require "support.unique"

--- Asserts that a child answers a request, by a new endpoint of its own.
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
  copydata.poll(0) -- who has not looked for messages for 5 s counts as hung
  local answer, message = endpoint:request(name, "still there?", { timeout = 20 })
  assert(answer and answer.answer == "still there?", message)
  assert(child:result() == 1)
end
