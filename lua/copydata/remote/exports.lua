-- SPDX-License-Identifier: MIT

--- The objects of a program that others may call, and what may be called of them. For remote.lua.
--
-- An export is `{ id =, object =, allowed =, published =, holders = }`: `id` cannot be guessed, so
-- whoever knows it was given it; `allowed` is a set of names, or nil for the object's methods;
-- `published` is how many names it can be found by;
-- `holders` says by window how many times a reference was sent there and not given back,
-- `{ pid =, count = }`. An export that is neither published nor held is dropped.
local core = require "copydata.core"

local Exports = {}
Exports.__index = Exports

local CLASSES_MOST = 100 -- classes above each other

function Exports.new()
  return setmetatable({
    _by_id = {},
    _by_object = {},
    _holders = 0, -- of all exports
  }, Exports)
end

local function set_of(methods)
  local set = {}
  for _, name in ipairs(methods) do
    set[name] = true
  end
  return set
end

--- The export of an object, made when it has none.
-- @param[opt] methods a list of names, for a new one
function Exports:of(object, methods)
  local export = self._by_object[object]
  if not export then
    export = {
      id = core.random(), object = object, allowed = methods and set_of(methods), published = 0,
      holders = {},
    }
    self._by_id[export.id], self._by_object[object] = export, export
  end
  return export
end

--- Whether others have an object already, and may call other methods of it than these.
function Exports:differs(object, methods)
  local export = self._by_object[object]
  if not export or not methods then
    return false
  end
  local allowed, wanted = export.allowed or {}, set_of(methods)
  for name in pairs(allowed) do
    if not wanted[name] then
      return true
    end
  end
  for name in pairs(wanted) do
    if not allowed[name] then
      return true
    end
  end
  return not export.allowed
end

--- The export of this id, or nil.
function Exports:find(id)
  return self._by_id[id]
end

-- Takes away what a window holds of an export.
local function forget(self, export, hwnd)
  export.holders[hwnd] = nil
  self._holders = self._holders - 1
end

-- Drops an export that nobody can call any more.
local function settle(self, export)
  if export.published == 0 and next(export.holders) == nil then
    self._by_id[export.id], self._by_object[export.object] = nil, nil
  end
end

--- Notes that a reference was sent to a window.
function Exports:hold(export, hwnd, pid, count)
  local holder = export.holders[hwnd]
  if holder and holder.pid == pid then
    holder.count = holder.count + count
    return
  elseif not holder then -- otherwise another process by the handle of a dead one
    self._holders = self._holders + 1
  end
  export.holders[hwnd] = { pid = pid, count = count }
end

--- Notes that a window gave references back, or did not get them.
function Exports:release(export, hwnd, count)
  local holder = export.holders[hwnd]
  if holder then
    holder.count = holder.count - count
    if holder.count <= 0 then
      forget(self, export, hwnd)
      settle(self, export)
    end
  end
end

--- The object can be found by a name.
function Exports.publish(_, export)
  export.published = export.published + 1
end

--- The object can be found by that name no longer; references to it stay good.
function Exports:unpublish(export)
  export.published = export.published - 1
  settle(self, export)
end

--- Whether any export is held by somebody.
function Exports:held()
  return self._holders > 0
end

--- Takes what holders have that are gone: `present(hwnd, pid)` says which are not.
function Exports:sweep(present)
  local unused = {}
  for _, export in pairs(self._by_id) do
    for hwnd, holder in pairs(export.holders) do
      if not present(hwnd, holder.pid) then
        forget(self, export, hwnd)
        unused[#unused + 1] = export
      end
    end
  end
  for _, export in ipairs(unused) do
    settle(self, export)
  end
end

-- What may be called of an object ---------------------------------------------------------------

-- Calls f with the object and each class above it, tables all, until it returns something. The
-- globals are no class, though modules have them there.
local function search(object, f)
  local level = object
  for _ = 1, CLASSES_MOST do
    if type(level) == "table" then
      local found = f(level)
      if found ~= nil then
        return found
      end
    end
    local metatable = getmetatable(level)
    level = type(metatable) == "table" and rawget(metatable, "__index")
    if type(level) ~= "table" or level == _G then
      return nil
    end
  end
end

local function index(object, name)
  return object[name]
end

--- Whether a name may be a method's: no field of the object's own making, no metamethod.
function Exports.is_public(name)
  return type(name) == "string" and name ~= "" and name:sub(1, 1) ~= "_"
end

--- The function behind a name that others may call; nil: there is none. Without a list of methods
-- it is a function that the object or one of its classes has, as it stands in their tables: nothing
-- that an __index function makes up, and no other value.
function Exports.method(export, name)
  if not Exports.is_public(name) then
    return nil
  elseif export.allowed then
    local ok, value
    if export.allowed[name] then
      ok, value = pcall(index, export.object, name)
    end
    return ok and value or nil -- what raises has no such method
  end
  local value = search(export.object, function(level)
    return rawget(level, name)
  end)
  return type(value) == "function" and value or nil
end

--- The names that others may call, sorted.
function Exports.names(export)
  local names, seen = {}, {}
  local function add(name)
    if not seen[name] and Exports.method(export, name) then
      seen[name] = true
      names[#names + 1] = name
    end
  end
  if export.allowed then
    for name in pairs(export.allowed) do
      add(name)
    end
  else
    search(export.object, function(level)
      for name in next, level do
        add(name)
      end
    end)
  end
  table.sort(names)
  return names
end

return Exports
