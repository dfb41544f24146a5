-- SPDX-License-Identifier: MIT

-- Links between the documents: to existing files and headings.
local lfs = require "lfs"

local DOCUMENTS = {
  "README.md", "CHANGELOG.md", "CONTRIBUTING.md", "examples/README.md", "types/README.md",
}
for name in lfs.dir "docs" do
  if name:find "%.md$" then
    DOCUMENTS[#DOCUMENTS + 1] = "docs/" .. name
  end
end
table.sort(DOCUMENTS)

local function read(path)
  local file <close> = assert(io.open(path, "rb"))
  return (file:read("a"):gsub("\r", ""))
end

-- Without fenced blocks, where brackets are code and "#" is not a heading.
local function prose(path)
  return (("\n" .. read(path)):gsub("\n```.-\n```", ""))
end

-- The name that GitHub gives a heading.
local function anchor(heading)
  return (heading:lower():gsub("[^%w%- _\x80-\xff]", ""):gsub(" ", "-"))
end

local function has_heading(path, name)
  for heading in prose(path):gmatch "\n#+ ([^\n]+)" do
    if anchor(heading) == name then
      return true
    end
  end
  return false
end

describe("the links of", function()
  for _, document in ipairs(DOCUMENTS) do
    it(document .. " have targets", function()
      local folder = document:match "^(.*/)[^/]*$" or ""
      for target in prose(document):gmatch "%]%(([^)%s]+)%)" do
        local path, name = target:match "^([^#]*)#?(.*)$"
        if not target:find "^https?:" then
          path = path == "" and document or folder .. path
          assert(lfs.attributes(path), document .. ": there is no " .. target)
          assert(name == "" or has_heading(path, name), document .. ": no heading " .. target)
        end
      end
    end)
  end
end)
