-- SPDX-License-Identifier: MIT

--- A child that publishes an object, and runs until the spec ends it.
local children = require "support.children"

-- The children's object: an instance of a class that inherits from another.
local OBJECT = [[
  Base = {}
  Base.__index = Base
  function Base:inherited() return "from the base" end
  Class = setmetatable({}, { __index = Base })
  Class.__index = Class
  function Class:count() self.number = self.number + 1 return self.number end
  function Class:echo(...) return ... end
  function Class:raise(what) error(what) end
  function Class:call(object, ...) return object:step(...) end
  function Class:keep(object) kept = object end
  function Class:forget() kept = nil collectgarbage() collectgarbage() end
  function Class:use(...) return kept:step(...) end
  function Class:count_kept() return kept:count() end
  weak = setmetatable({}, { __mode = "v" })
  function Class:given_lives() collectgarbage() collectgarbage() return weak[1] ~= nil end
  function Class:give() given = given or setmetatable({ number = 100 }, Class) weak[1] = given
    return copydata.remote.reference(given) end
  function Class:is_given(object) return object == given end
  function Class:kept() return kept ~= nil end
  function Class:drop() given = nil collectgarbage() collectgarbage() end
  function Class:caller() return copydata.remote.caller().pid end
  function Class:never() return never:there() end
  function Class:_private() return "private" end
  Class.field = "a field"
  Class.nested = { secret = function() return "secret" end }
  object = setmetatable({ number = 0 }, Class)
  function object:own() return "own" end
]]

--- @param name the object's published name
-- @param[opt] more source to run after that, with the object in `object`
return function(name, more)
  local child = children.start()
  child:begin(OBJECT .. "assert(copydata.remote.publish(..., object)) " .. (more or "")
    .. " say 'published' copydata.run()", name)
  child:said()
  return child
end
