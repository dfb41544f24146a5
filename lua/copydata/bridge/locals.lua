-- SPDX-License-Identifier: MIT

--- Asks the programs of this desktop, one after another, until one accepts the request. For
-- carried.lua and serving.lua.
--
-- An outcome is a table: `{ result = }`, an encoded value; `{ problem = { message =, name =,
-- traceback = } }`; or with `passed`, why no program took it: then another desk may be asked.
local core = require "copydata.core"

local locals = {}

-- With these failures no program has the request. GONE and MALFORMED are not among them: they may
-- be about the answer.
local PASS_ON = {
  REFUSED = true, ABSENT = true, NO_PEER = true, HUNG = true, DENIED = true, UNHANDLED = true,
  TOO_LARGE = true,
}

--- The outcome of a request that failed on the way, not in a handler.
function locals.failure(code, message)
  return { problem = { code = code, name = code, message = message } }
end

--- Asks.
-- @param request `name`, a channel; `body`, an encoded value; `extras`, with `origin` and `via`;
-- `deadline`, on the clock of core.seconds; `except`, the window of the program that asks
-- @return an outcome
function locals.ask(endpoint, request)
  local passed = "no program on the channel takes requests"
  local body = core.packed(request.body)
  local extras = { origin = request.extras.origin, via = request.extras.via }
  for _, peer in ipairs(endpoint:peers(request.name)) do
    if peer.hwnd ~= request.except and core.seconds() < request.deadline then
      local result, why, code, details = endpoint._ask:request(request.name, body, {
        deadline = request.deadline, hwnd = peer.hwnd, pid = peer.pid, extras = extras,
      })
      if not code then
        return { result = result }
      elseif code == "REMOTE" then
        return { problem = details }
      elseif not PASS_ON[code] then
        return locals.failure(code, (why:gsub("^%u[%u_]*: ", "")))
      end
      passed = code == "REFUSED" and passed or why
    end
  end
  return { passed = passed }
end

return locals
