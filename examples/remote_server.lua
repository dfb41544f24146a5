-- SPDX-License-Identifier: MIT

-- A spelling checker that other programs call, like a COM server or a service, but just by a name.
--
--   lua examples\remote_server.lua            on Windows; on Linux tools/lua for lua
--   lua examples\remote_client.lua            in another console, or in two at once
--
-- Ctrl+C ends it.
local copydata = require "copydata"
local remote = copydata.remote

local NAME = "copydata.example.speller"

local WORDS = [[
  a and can everybody find friend in is it message no of on or our receive send separate share
  tables text the their they this to two weird window with without word words write
]]

-- The object -------------------------------------------------------------------------------------

-- Other programs can call all functions in this table, except those that begin with _.
local Speller = {}
Speller.__index = Speller

local function set_of(text)
  local set = {}
  for word in text:gmatch "%a+" do
    set[word] = true
  end
  return set
end

local function new_speller() -- not Speller.new, which other programs could call
  return setmetatable({
    _words = set_of(WORDS),
    _own = {}, -- by peer: the words it has added
  }, Speller)
end

-- The words that the caller has added.
function Speller:_callers()
  local caller = remote.caller() -- one object per peer, so it can be a key
  self._own[caller] = self._own[caller] or {}
  return self._own[caller]
end

--- Adds a word for the caller only.
function Speller:add(word)
  if type(word) ~= "string" or not word:find "^%a+$" then
    error(("not a word: %s"):format(tostring(word)))
  end
  self:_callers()[word:lower()] = true
end

--- Checks a text.
-- @param text
-- @param[opt] progress an object of the caller's, by reference: `progress:report(done, total)` is
-- called after each word; if it returns false, the rest is not checked
-- @return a list of misspelt words, as { word =, at = }, and how many words were checked
function Speller:check(text, progress)
  local own, wrong, words = self:_callers(), {}, {}
  for at, word in text:gmatch "()(%a+)" do
    words[#words + 1] = { word = word, at = at }
  end
  for done, entry in ipairs(words) do
    local word = entry.word:lower()
    if not self._words[word] and not own[word] then
      wrong[#wrong + 1] = entry
    end
    if progress and progress:report(done, #words) == false then
      return wrong, done
    end
  end
  return wrong, #words
end

-- The program ------------------------------------------------------------------------------------

assert(remote.publish(arg[1] or NAME, new_speller()))
print "serving spelling checks; Ctrl+C ends it"
io.flush()
copydata.run()
