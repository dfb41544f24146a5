-- SPDX-License-Identifier: MIT

--- The bytes that docs/protocol.md explains, by the names of its blocks, ```hex NAME.
local hex = require "spec.msgpack.hex"

local REMARKS = 48 -- the column after which a line explains its bytes

local blocks = {}
local file <close> = assert(io.open("docs/protocol.md", "rb"))
for name, block in file:read("a"):gsub("\r", ""):gmatch "```hex ([^\n]+)\n(.-)```" do
  local digits = block:gsub("[^\n]+", function(line) return line:sub(1, REMARKS) end)
  assert(not digits:find "[^%x%s]", "remarks among the bytes of " .. name)
  assert(not blocks[name], "two blocks are called " .. name)
  blocks[name] = hex(digits)
end

return blocks
