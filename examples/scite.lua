-- SPDX-License-Identifier: MIT

-- Controls SciTE, the text editor.
--
--   lua examples\scite.lua open FILE [LINE]
--   lua examples\scite.lua property NAME...    prints the value of each on a line
--   lua examples\scite.lua insert TEXT         replaces the selection
--   lua examples\scite.lua follow              prints SciTE's notices, such as "opened:FILE", until
--                                              it closes, or Ctrl+C
--
-- SciTE must be running. https://scintilla.org/SciTEDirector.html lists its commands: texts,
-- "verb:argument", with C's escapes; a question begins with the window that its reply goes to. The
-- result of every WM_COPYDATA is 0.
local copydata = require "copydata"
local raw = copydata.raw

local UTF8 = "65001" -- the property code.page of a document in UTF-8

local function fail(message)
  io.stderr:write(message, "\n")
  os.exit(1)
end

local scite = raw.find { class = "DirectorExtension" }[1] or fail "SciTE is not running"

local ESCAPES = { ["\\"] = "\\\\", ["\n"] = "\\n", ["\r"] = "\\r", ["\t"] = "\\t" }
local PLAIN = { ["\\"] = "\\", n = "\n", r = "\r", t = "\t" }

local function escape(text)
  return (text:gsub("[\\\n\r\t]", ESCAPES))
end

local function unescape(text)
  return (text:gsub("\\([\\nrt])", PLAIN))
end

local function tell(command)
  return assert(raw.send(scite, 0, command))
end

-- Asks. The reply is ":WINDOW:verb:argument".
local function ask(question)
  local reply = assert(raw.request(scite, 0, function(hwnd)
    return (":%d:%s"):format(hwnd, question)
  end, { reply = 0 }))
  return unescape(reply:match "^:%d+:(.*)")
end

local function property(name)
  return ask("askproperty:" .. name):match "^macro:stringinfo:(.*)"
end

local commands = {}

function commands.open(file, line)
  tell("open:" .. escape(file))
  if line then
    tell("goto:" .. line)
  end
  print(ask "askfilename:":match "^filename:(.*)")
end

function commands.property(...)
  for _, name in ipairs { ... } do
    print(property(name))
  end
end

-- SciTE inserts the bytes into the document unchanged.
function commands.insert(text)
  if property "code.page" ~= UTF8 then
    text = assert(raw.encode(text, "ansi"))
  end
  tell("insert:" .. escape(text))
end

function commands.follow()
  raw.on(function(bytes)
    local notice = unescape(bytes)
    print(notice)
    if notice == "closing:" then
      copydata.stop()
    end
  end, { window = scite })
  tell("identity:" .. copydata.hwnd())
  print "following SciTE"
  copydata.run()
  raw.send(scite, 0, "closing:") -- it has no director any more
end

local words = {}
for i, word in ipairs(arg) do
  words[i] = assert(raw.decode(word, "ansi")) -- the encoding that lua.exe gets them in
end
local command = commands[words[1]]
if not command or #words < (command == commands.follow and 1 or 2) then
  fail "usage: lua scite.lua open FILE [LINE] | property NAME... | insert TEXT | follow"
end
command(table.unpack(words, 2))
