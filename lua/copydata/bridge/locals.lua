-- SPDX-License-Identifier: MIT

--- Asks the programs of this desktop until one accepts the request. For carried.lua and
-- serving.lua.
--
-- An outcome is a table: `{ result = }`, an encoded value; `{ problem = { message =, name =,
-- traceback = } }`; or with `passed`, why no program took it: then another desk may be asked.
local core = require "copydata.core"

local locals = {}

-- With these failures no program has the request.
local PASS_ON = {
  ABSENT = true, HUNG = true, DENIED = true, UNHANDLED = true, TOO_LARGE = true, GONE = true,
  MALFORMED = true,
}

--- The outcome of a request that failed on the way, not in a handler.
function locals.failure(code, message)
  return { problem = { code = code, name = code, message = message } }
end

-- The same of what a function returned.
local function failed(code, why)
  return locals.failure(code, (why:gsub("^%u[%u_]*: ", "")))
end

--- Asks.
-- @param request `name`, a channel; `body`, an encoded value; `extras`, with `origin` and `via`;
-- `deadline`, on the clock of core.seconds; `except`, the window of the program that asks
-- @return an outcome
function locals.ask(endpoint, request)
  local extras = { origin = request.extras.origin, via = request.extras.via }
  local frame, size, code =
    endpoint._outgoing.sender:compose(request.name, core.packed(request.body), 0, extras)
  if not frame then
    return failed(code, size)
  end
  local asked, why
  asked, why, code = endpoint._ask:one(request.name, frame, size, {
    deadline = request.deadline, except = request.except, once = true,
  })
  if code == "NO_PEER" or code == "REFUSED" then
    return { passed = "no program on the channel takes requests" }
  elseif not asked then
    return PASS_ON[code] and { passed = why } or failed(code, why)
  elseif asked.code == "REMOTE" then
    return { problem = asked.details }
  elseif asked.code then
    return failed(asked.code, asked.message)
  end
  return { result = asked.data }
end

return locals
