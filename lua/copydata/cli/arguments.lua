-- SPDX-License-Identifier: MIT

--- Arguments that several commands have.
local words = require "copydata.cli.words"

local arguments = {}

--- The name of one channel.
function arguments.channel(command)
  command:argument("name", "The channel's name."):convert(words.channel)
end

--- `--timeout`, 5 seconds by default.
-- @param text what it limits
function arguments.timeout(command, text)
  command:option("--timeout", text):argname "<seconds>":convert(words.seconds):default "5"
end

--- `--password-file`, for a bridge's server.
function arguments.password_file(command)
  command:option("--password-file", "The file whose first line is the server's password.")
    :argname "<file>"
end

return arguments
