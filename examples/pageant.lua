-- SPDX-License-Identifier: MIT

-- Asks Pageant, PuTTY's SSH agent, for keys and for signatures.
--
--   lua examples\pageant.lua list              prints each key on a line, as in authorized_keys
--   lua examples\pageant.lua sign KEY FILE     signs the contents of FILE; KEY is a key's comment
--
-- Pageant must be running. A WM_COPYDATA names a section of shared memory, from which Pageant reads
-- a request of the ssh-agent protocol (draft-miller-ssh-agent), and into which it writes the
-- answer: see windows/agent-client.c in PuTTY's source. The section must belong to the user, as
-- those of raw.section do.
local copydata = require "copydata"
local raw = copydata.raw

local AGENT = 0x804E50BA                      -- AGENT_COPYDATA_ID
local ROOM = 8192                             -- AGENT_MAX_MSGLEN: bytes, of a request or an answer
local REQUEST_IDENTITIES, IDENTITIES = 11, 12 -- SSH_AGENTC_REQUEST_IDENTITIES, …_IDENTITIES_ANSWER
local SIGN_REQUEST, SIGNATURE = 13, 14        -- SSH_AGENTC_SIGN_REQUEST, SSH_AGENT_SIGN_RESPONSE

local function fail(message)
  io.stderr:write(message, "\n")
  os.exit(1)
end

local function base64(bytes)
  local digits = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/"
  return (bytes:gsub("..?.?", function(three)
    local bits = string.unpack(">I3", three .. ("\0"):rep(3 - #three))
    local text = ""
    for shift = 18, 24 - 6 * (#three + 1), -6 do
      local digit = bits >> shift & 63
      text = text .. digits:sub(digit + 1, digit + 1)
    end
    return text .. ("="):rep(3 - #three)
  end))
end

-- Returns the type of the agent's answer to a request, and the answer, which begins with the type.
local function ask(request)
  local pageant = raw.find { class = "Pageant", title = "Pageant" }[1]
    or fail "Pageant is not running"
  local name = ("PageantRequest%08x"):format(copydata.hwnd()) -- ours alone
  local section <close> = assert(raw.section(name, ROOM))
  section:write(string.pack(">s4", request))
  if assert(raw.send(pageant, AGENT, name .. "\0")) ~= 1 then
    fail "Pageant does not accept the request"
  end
  local answer = string.unpack(">s4", section:read())
  return answer:byte(), answer
end

local function keys()
  local kind, answer = ask(string.pack("B", REQUEST_IDENTITIES))
  if kind ~= IDENTITIES then
    fail "Pageant lists no keys"
  end
  local list, count, position = {}, string.unpack(">I4", answer, 2)
  for i = 1, count do
    local blob, comment
    blob, comment, position = string.unpack(">s4 s4", answer, position)
    list[i] = { blob = blob, comment = comment }
  end
  return list
end

local commands = {}

function commands.list()
  for _, key in ipairs(keys()) do
    print(("%s %s %s"):format(string.unpack(">s4", key.blob), base64(key.blob), key.comment))
  end
end

function commands.sign(comment, path)
  local file <close> = assert(io.open(path, "rb"))
  local data = file:read "a"
  for _, key in ipairs(keys()) do
    if key.comment == comment then
      local kind, answer = ask(string.pack(">B s4 s4 I4", SIGN_REQUEST, key.blob, data, 0))
      if kind ~= SIGNATURE then
        fail "Pageant does not sign"
      end
      local algorithm, signature = string.unpack(">s4 s4", (string.unpack(">s4", answer, 2)))
      print(algorithm .. " " .. base64(signature))
      return
    end
  end
  fail("Pageant has no key with the comment " .. comment)
end

local words = {}
for i, word in ipairs(arg) do
  words[i] = assert(raw.decode(word, "ansi")) -- the encoding that lua.exe gets them in
end
local command = commands[words[1]]
if not command or #words ~= (command == commands.list and 1 or 3) then
  fail "usage: lua pageant.lua list | sign KEY FILE"
end
command(table.unpack(words, 2))
