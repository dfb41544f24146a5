-- SPDX-License-Identifier: MIT

--- Answers that are not known yet. For init.lua and serving.lua.
local check = require "copydata.check"

local later = {}

local Later = { __name = "copydata.later" }

-- copydata.later: described in init.lua.
function later.later(begin)
  check.handler(begin)
  return setmetatable({ begin = begin }, Later)
end

--- The function that such an answer begins with; nil for any other value.
function later.begins(reply)
  return getmetatable(reply) == Later and reply.begin or nil
end

return later
