-- SPDX-License-Identifier: MIT

--- Asks the programs of this desktop, one after the other, until one takes the request. For
-- carried.lua and serving.lua.
--
-- An outcome is a table: `{ result = }`, `{ problem = { message =, name =, traceback = } }`, or
-- with `passed`, why nobody took it: then somebody else may be asked.
local core = require "copydata.core"

local locals = {}

-- With these nobody has the request in hand. GONE and MALFORMED are not among them: the answer may
-- be meant.
local PASS_ON = {
  REFUSED = true, ABSENT = true, NO_PEER = true, HUNG = true, DENIED = true, UNHANDLED = true,
  TOO_LARGE = true,
}

--- An outcome that is a failure of the way, not of a handler.
function locals.failure(code, message)
  return { problem = { code = code, name = code, message = message } }
end

--- Asks.
-- @param request `name`, a channel; `body`; `extras`; `deadline`, on the clock of core.seconds;
-- `except`, the window that is not asked: it is the one who does
-- @return an outcome
function locals.ask(endpoint, request)
  local passed = "nobody on the channel takes requests"
  for _, peer in ipairs(endpoint:peers(request.name)) do
    if peer.hwnd ~= request.except and core.seconds() < request.deadline then
      local result, why, code, details = endpoint._ask:request(request.name, request.body, {
        deadline = request.deadline, hwnd = peer.hwnd, pid = peer.pid, extras = request.extras,
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
