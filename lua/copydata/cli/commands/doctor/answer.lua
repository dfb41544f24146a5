-- SPDX-License-Identifier: MIT

--- The child process of `copydata doctor`: sends back what it receives.
local copydata = require "copydata"
local core = require "copydata.core"

local answer = {}

local PATIENCE = 10 -- seconds without a message after which it ends
local LIFE = 60 -- seconds after which it ends in any case: other programs may keep sending to it
answer.BYE = "bye"
answer.HERE = "here"

-- This interpreter, as its command line names it: in the code page that io.popen uses.
local function interpreter()
  local index = 0
  while arg[index - 1] do
    index = index - 1
  end
  return arg[index]
end

--- The command line that runs the child with this process's paths, and its errors in its output.
function answer.command(name)
  return ([[""%s" -e "package.path=[=[%s]=] package.cpath=[=[%s]=] ]]
    .. [[require[=[copydata.cli.commands.doctor.answer]=].run[=[%s]=]" 2>&1"]]):format(
    interpreter(), package.path, package.cpath, name)
end

--- Joins a channel, announces itself by a line with its process ID and by a message, and sends back
-- what it receives.
function answer.run(name)
  local channel <close> = assert(copydata.channel(name))
  io.write(answer.HERE, " ", core.pid(copydata.hwnd()), "\n")
  io.flush()
  assert(channel:send(answer.HERE))
  local ends = core.seconds() + LIFE
  repeat
    local message = channel:receive(PATIENCE)
    if message and message.data ~= answer.BYE then
      message:reply(message.data)
    end
  until not message or message.data == answer.BYE or core.seconds() >= ends
end

return answer
