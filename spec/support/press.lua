-- SPDX-License-Identifier: MIT

--- Presses Ctrl+C on a child's console. In a process of its own: who presses must be on the same
-- console, and ignore it himself.
local children = require "support.children"

return function(child)
  local presser <close> = children.start()
  presser:run("return assert(require('support.window').press_ctrl_c(...))", child.pid)
end
