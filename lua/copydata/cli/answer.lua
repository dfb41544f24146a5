-- SPDX-License-Identifier: MIT

--- The child process of `copydata doctor`: sends back what it gets.
local answer = {}

local PATIENCE = 10 -- seconds without a message after which it ends
answer.BYE = "bye"
answer.HERE = "here"

--- The command line that runs the child with this process's paths; its output and errors go to us.
function answer.command(exe, name)
  return ([[""%s" -e "package.path=[=[%s]=] package.cpath=[=[%s]=] ]]
    .. [[require[=[copydata.cli.answer]=].run[=[%s]=]" 2>&1"]]):format(exe, package.path,
    package.cpath, name)
end

--- Joins a channel, says so in a line and then in a message, and sends back what comes.
function answer.run(name)
  local channel <close> = assert(require("copydata").channel(name))
  io.write(answer.HERE, "\n")
  io.flush()
  assert(channel:send(answer.HERE))
  while true do
    local message = channel:receive(PATIENCE)
    if not message or message.data == answer.BYE then
      return
    end
    channel:send_to(message.sender, message.data)
  end
end

return answer
