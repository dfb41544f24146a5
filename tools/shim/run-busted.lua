-- The `busted` program without its first line, which a Windows Lua cannot read.

-- busted 2.1 and the Penlight 1.13 that it uses assign to loop variables, which Lua 5.5 forbids:
-- so such an assignment becomes a declaration. By module, the beginning of the line.
local ASSIGNMENTS = {
  ["pl.tablex"] = "k = cycle_aware_copy",
  ["busted.modules.files.moonscript"] = "line = rewrite_one",
}

local function declaring(name, assignment)
  local path = assert(package.searchpath(name, package.path))
  local file <close> = assert(io.open(path))
  local source = file:read("a"):gsub("\n( +)(" .. assignment .. ")", "\n%1local %2")
  return assert(load(source, "@" .. path))
end

if _VERSION == "Lua 5.5" then
  for name, assignment in pairs(ASSIGNMENTS) do
    package.preload[name] = function(...)
      return declaring(name, assignment)(...)
    end
  end
end

require "busted.runner" { standalone = false }
