-- SPDX-License-Identifier: MIT

--- Makes each test of a file fail if it leaves a process running or a window open:
-- `require "support.tidy"(before_each, after_each)`.
local children = require "support.children"
local copydata = require "support.copydata"
local process = require "support.process"
local window = require "support.window"

-- How many endpoints there are in this process.
local function count()
  return #window.find("copydata.endpoint", true, process.own_pid)
end

return function(before_each, after_each)
  local windows

  before_each(function()
    collectgarbage() -- endpoints of earlier spec files
    windows = count()
  end)

  after_each(function()
    copydata.poll(0) -- resumes tasks whose endpoint was closed
    collectgarbage()
    assert(children.reap() == 0, "the test left a process running")
    assert(count() == windows, "the test left a window open")
  end)
end
