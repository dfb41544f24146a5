-- SPDX-License-Identifier: MIT

--- Presses Ctrl+C on a child's console. It takes a separate process, which must be on that console
-- and ignores the key.
local children = require "support.children"

return function(child)
  local presser <close> = children.start()
  presser:run("return assert(require('support.window').press_ctrl_c(...))", child.pid)
end
