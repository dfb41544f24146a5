-- SPDX-License-Identifier: MIT

--- Answers that are not known yet. For init.lua and serving.lua.
local check = require "copydata.check"

local later = {}

local Later = { __name = "copydata.later" }

--- For a handler of requests that does not know the answer yet:
-- `return copydata.later(function(reply) … end)`. The function is called at once with `reply`, to
-- be kept and called, once, when the answer is known:
--
-- - `reply(value)` answers;
-- - `reply(nil, message [, name])` answers with an error.
--
-- It returns true, or nil, "NAME: message", "NAME", as `channel:send_to` does; CLOSED when the
-- endpoint was closed meanwhile.
-- @param begin a function
-- @return what the handler is to return
function later.later(begin)
  check.handler(begin)
  return setmetatable({ begin = begin }, Later)
end

--- The function that such an answer begins with; nil for any other value.
function later.begins(reply)
  return getmetatable(reply) == Later and reply.begin or nil
end

return later
