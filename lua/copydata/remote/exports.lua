-- SPDX-License-Identifier: MIT

--- The objects of a program that other programs may call, and their methods. For remote.lua.
--
-- An export is `{ id =, object =, allowed =, published =, holders = }`. `id` cannot be guessed, so
-- only programs that were given it know it; `allowed` is a set of names, or nil for the object's
-- own methods; `published` is the number of names under which it can be found; `holders` says, by
-- window, how many references were sent there and not given back, `{ pid =, count = }`. An export
-- that is neither published nor held is dropped.
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

--- Whether an object is already exported with methods other than these.
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

-- Removes a window from an export's holders.
local function forget(self, export, hwnd)
  export.holders[hwnd] = nil
  self._holders = self._holders - 1
end

-- Drops an export that no program can call any more.
local function settle(self, export)
  if export.published == 0 and next(export.holders) == nil then
    self._by_id[export.id], self._by_object[export.object] = nil, nil
  end
end

--- Records that references were sent to a window.
function Exports:hold(export, hwnd, pid, count)
  local holder = export.holders[hwnd]
  if holder and holder.pid == pid then
    holder.count = holder.count + count
    return
  elseif not holder then -- otherwise another process has the handle of a dead one
    self._holders = self._holders + 1
  end
  export.holders[hwnd] = { pid = pid, count = count }
end

--- Records that a window gave references back, or did not get them.
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

--- The object can be found by one more name.
function Exports.publish(_, export)
  export.published = export.published + 1
end

--- The object can be found by one name less; references to it stay valid.
function Exports:unpublish(export)
  export.published = export.published - 1
  settle(self, export)
end

--- Whether any export has a holder.
function Exports:held()
  return self._holders > 0
end

--- Removes holders that are gone: `present(hwnd, pid)` returns whether one still exists.
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

-- Calls f(level, …) for the object and each class above it, as long as they are tables, until it
-- returns a value. The globals are not a class, although modules have them there.
local function search(object, f, ...)
  local level = object
  for _ = 1, CLASSES_MOST do
    if type(level) == "table" then
      local found = f(level, ...)
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

--- Whether a name can be a public method's: not a private field, not a metamethod.
function Exports.is_public(name)
  return type(name) == "string" and name ~= "" and name:sub(1, 1) ~= "_"
end

--- The public function with a name; nil: there is none. Without a list of methods, it is a function
-- in the tables of the object or one of its classes: no result of an __index function, and no other
-- value.
function Exports.method(export, name)
  if not Exports.is_public(name) then
    return nil
  elseif export.allowed then
    local ok, value
    if export.allowed[name] then
      ok, value = pcall(index, export.object, name)
    end
    return ok and value or nil -- an object that raises has no such method
  end
  local value = search(export.object, rawget, name)
  return type(value) == "function" and value or nil
end

--- The names of the public methods, sorted.
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
