-- SPDX-License-Identifier: MIT

--- A child that is on a channel, serves, and runs until it is ended.
local children = require "support.children"

--- @param name the channel's
-- @param handler the source of the function that serves; the child's globals are its
return function(name, handler)
  local child = children.join(name)
  child:begin(("channel:serve(%s) say 'serving' copydata.run()"):format(handler))
  assert(child:said() == "serving")
  return child
end
