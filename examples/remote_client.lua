-- SPDX-License-Identifier: MIT

-- Has a text checked by the object that remote_server.lua publishes.
--
--   lua examples\remote_server.lua                       first, in a window of its own
--   lua examples\remote_client.lua ["a text to chekc"]
--
-- What happens in the server is only seen from its results: the calls look like those of a local
-- object, errors too. The progress is reported by a callback that runs here.
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

speller:add "copydata"                            -- for this program alone

local progress = {}

function progress:report(done, total)             -- called from there, runs here
  self.shown = ("%d of %d words"):format(done, total)
end

local wrong, count = speller:check(text, remote.reference(progress))
print("looked at " .. progress.shown)
print(("%d of %d misspelt:"):format(#wrong, count))
for _, entry in ipairs(wrong) do
  print(("  %s, at %d"):format(entry.word, entry.at))
end

local _, message = pcall(speller.add, speller, "no word!")
print "what add raised there is raised here, with its traceback behind it:"
print("  " .. message:match "[^\n]+")
