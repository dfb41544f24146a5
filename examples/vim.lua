-- SPDX-License-Identifier: MIT

-- Talks to Vim, as `vim --remote` does, and can act as a server for `vim --remote-expr`.
--
--   lua examples\vim.lua list                        prints the names of the servers
--   lua examples\vim.lua expr SERVER EXPRESSION...   evaluates each, and prints it on a line
--   lua examples\vim.lua keys SERVER KEYS            types keys, such as "ihello<Esc>"
--   lua examples\vim.lua open SERVER FILE [LINE]     shows a file, and prints where the cursor is
--   lua examples\vim.lua serve NAME                  evaluates Lua for clients, until Ctrl+C:
--                                                    vim --servername NAME --remote-expr "6 * 7"
--
-- Every gVim is a server; a Vim in a console is one if it was started with --servername NAME.
--
-- The protocol is in Vim's source, src/os_mswin.c (vim/vim on GitHub), from VIM_CLASSNAME on; the
-- user's side of it in https://vimhelp.org/remote.txt.html. Texts end with a zero byte. Before each
-- text, its sender sends the encoding.
local copydata = require "copydata"
local raw = copydata.raw

local CLASS = "VIM_MESSAGES"                  -- VIM_CLASSNAME; the title is the server's name
local KEYS, EXPRESSION, ENCODING = 0, 10, 20  -- COPYDATA_KEYS, _EXPR, _ENCODING: dwData
local RESULT, FAILURE = 11, 12                -- COPYDATA_RESULT, _ERROR_RESULT
local OURS = "utf-8"
local CODEPAGES = { latin1 = 28591, ["iso-8859-15"] = 28605 }

local function fail(message)
  io.stderr:write(message, "\n")
  os.exit(1)
end

local function server(name)
  return raw.find { class = CLASS, title = name }[1] or fail("no Vim server is called " .. name)
end

-- Converts a received text to UTF-8.
local function decode(bytes, encoding)
  local text = bytes:match "^[^\0]*"
  local codepage = CODEPAGES[encoding] or math.tointeger(tonumber(encoding:match "^cp(%d+)$"))
  return codepage and raw.decode(text, codepage) or text
end

-- Sends a text the way Vim expects it; returns what raw.send does.
local function send(window, tag, text, options)
  raw.send(window, ENCODING, OURS .. "\0", options)
  return raw.send(window, tag, text .. "\0", options)
end

-- Has Vim evaluate an expression. Vim replies before it has answered our message.
local function evaluate(vim, expression)
  local encoding = OURS
  assert(raw.send(vim, ENCODING, OURS .. "\0"))
  local bytes, message = assert(raw.request(vim, EXPRESSION, expression .. "\0", {
    reply = function(bytes, message)
      if message.tag == ENCODING then
        encoding = bytes:match "^[^\0]*"
      end
      return message.tag == RESULT or message.tag == FAILURE
    end,
  }))
  local text = decode(bytes, encoding)
  return message.tag == RESULT and text or fail(text)
end

-- Makes a text a string literal for Vim's expressions.
local function quote(text)
  return "'" .. text:gsub("'", "''") .. "'"
end

local commands = {}

function commands.list()
  for _, vim in ipairs(raw.find { class = CLASS }) do
    if vim.title ~= "" then -- clients have no title
      print(vim.title)
    end
  end
end

function commands.expr(name, ...)
  local vim = server(name)
  for _, expression in ipairs { ... } do
    print(evaluate(vim, expression))
  end
end

function commands.keys(name, keys)
  assert(send(server(name), KEYS, keys))
end

function commands.open(name, file, line)
  local vim = server(name)
  evaluate(vim, ("execute('drop ' . fnameescape(%s))"):format(quote(file)))
  if line then
    evaluate(vim, ("cursor(%d, 1)"):format(line))
  end
  evaluate(vim, "execute('redraw!')")
  print(evaluate(vim, "expand('%:p') . ':' . line('.')"))
end

function commands.serve(name)
  local endpoint = assert(copydata.new { class = CLASS, title = name, top_level = true })
  local encodings = {} -- by client: the last it sent
  endpoint:on_raw(function(bytes, message)
    local client = message.sender
    if message.tag == ENCODING then
      encodings[client] = bytes:match "^[^\0]*"
      return
    end
    local text = decode(bytes, encodings[client] or OURS)
    if message.tag == KEYS then
      print(text)
    elseif message.tag == EXPRESSION then
      local chunk, problem = load("return " .. text, "=expression")
      local ok, result = pcall(chunk or error, problem)
      send(client, ok and RESULT or FAILURE, tostring(result), { sender = endpoint })
    end
  end)
  print(name .. " is serving")
  copydata.run()
end

local words = {}
for i, word in ipairs(arg) do
  words[i] = assert(raw.decode(word, "ansi")) -- the encoding that lua.exe gets them in
end
local command = commands[words[1]]
if not command or #words < (command == commands.list and 1 or 2) then
  fail("usage: lua vim.lua list | expr SERVER EXPRESSION... | keys SERVER KEYS"
    .. " | open SERVER FILE [LINE] | serve NAME")
end
command(table.unpack(words, 2))
