-- SPDX-License-Identifier: MIT

-- A program that runs once: started again, it hands its arguments to the first instance and ends.
--
--   lua examples\single_instance.lua [FILE...]           on Linux tools/lua for lua
--
-- Start it in one console, and with names of files in others, from other directories too: the first
-- instance prints which files it should open. When it ends or is killed, the next one is the first.
local copydata = require "copydata"

local first, answer, why = copydata.single_instance("single_instance.lua", arg)
if first == false then
  print("handed over: " .. (answer or why)) -- the first has them, but may not have answered in time
  return
end
assert(first, answer)

local function open(files, directory)
  for _, file in ipairs(files) do
    local is_absolute = file:find "^%a:[\\/]" or file:find "^[\\/]"
    print("open " .. (is_absolute and file or directory .. "\\" .. file))
  end
  io.stdout:flush()
  return ("%d opened"):format(#files)
end

-- A program with a window sets `first.window` to its handle, to have it come to the foreground.
first:on(function(arguments, message)
  return open(arguments, message.directory)
end)

print "first"
open(arg, ".")
copydata.run()
