-- What the `busted` program is, without the line that a Windows Lua cannot read.
require "busted.runner" { standalone = false }
