-- SPDX-License-Identifier: MIT

--- A child that serves a channel, and runs until the spec ends it.
local children = require "support.children"

--- @param name the channel's
-- @param handler the source of the function that serves, which sees the child's globals
return function(name, handler)
  local child = children.join(name)
  child:begin(("channel:serve(%s) say 'serving' copydata.run()"):format(handler))
  assert(child:said() == "serving")
  return child
end
