-- SPDX-License-Identifier: MIT

-- Checks the spelling of a text with the object that remote_server.lua publishes.
--
--   lua examples\remote_server.lua                       first, in another console
--   lua examples\remote_client.lua ["a text to chekc"]
--
-- The calls look like those of a local object, and errors are raised here, too. The server reports
-- its progress through a callback that runs here.
local copydata = require "copydata"
local remote = copydata.remote

local NAME = "copydata.example.speller"
local text = arg[1] or "Everybody can recieve tabels, seperate or in a mesage, with copydata."

local speller, problem = remote.connect(arg[2] or NAME)
if not speller then
  print("no speller: start examples/remote_server.lua first (" .. problem .. ")")
  os.exit(1)
end
print("it can: " .. table.concat(assert(remote.fields(speller)), ", "))

speller:add "copydata"                            -- for this program only

local progress = {}

function progress:report(done, total)             -- called from the server, runs here
  self.shown = ("%d of %d words"):format(done, total)
end

local wrong, count = speller:check(text, remote.reference(progress))
print("checked " .. progress.shown)
print(("%d of %d misspelt:"):format(#wrong, count))
for _, entry in ipairs(wrong) do
  print(("  %s, at %d"):format(entry.word, entry.at))
end

local _, message = pcall(speller.add, speller, "no word!")
print "what add raised in the server is raised here, followed by its traceback:"
print("  " .. message:match "[^\n]+")
