-- SPDX-License-Identifier: MIT

--- Makes each test of a block fail that leaves a process running or a window open.
local children = require "support.children"
local window = require "support.window"

return function(before_each, after_each)
  local windows

  before_each(function()
    collectgarbage() -- endpoints of earlier spec files
    windows = window.mine "copydata.endpoint"
  end)

  after_each(function()
    collectgarbage()
    assert(children.reap() == 0, "the test left a process running")
    assert(window.mine "copydata.endpoint" == windows, "the test left a window open")
  end)
end
