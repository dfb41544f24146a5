-- SPDX-License-Identifier: MIT

-- Refuses a Lua that copydata is not for, in syntax that all of them read and before any DLL is
-- loaded: one that is linked to lua54.dll brings down another Lua's program. Lua 5.1, 5.2 and
-- LuaJIT have no 64-bit integers, which MessagePack and window handles need.
if _VERSION ~= "Lua 5.4" and _VERSION ~= "Lua 5.5" then
  local jit = rawget(_G, "jit")
  error("copydata needs Lua 5.4 or 5.5; this is " .. (jit and jit.version or _VERSION), 0)
end

return true
