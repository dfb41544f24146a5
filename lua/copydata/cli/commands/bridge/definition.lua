-- SPDX-License-Identifier: MIT

--- The command line of `copydata bridge`, as options of `copydata.bridge`.
local arguments = require "copydata.cli.arguments"
local password = require "copydata.cli.password"
local status = require "copydata.cli.status"
local words = require "copydata.cli.words"

local definition = {}

-- An additional server: NAME=URL.
local function server(word)
  local name, url = word:match "^([%w._-]+)=(.+)$"
  if not name then
    return nil, ("expected NAME=URL, got '%s'"):format(word)
  end
  return { name, url }
end

local function from(word)
  if word ~= "now" and word ~= "saved" then
    return nil, ("expected 'now' or 'saved', got '%s'"):format(word)
  end
  return word
end

--- Adds the arguments.
function definition.define(command)
  command:argument("url", "The server: redis://USER@HOST:PORT/DATABASE."):args "?"
  command:option("--name", "This desktop's name; by default the computer's.")
    :argname "<name>"
  local function channels(option, text)
    command:option(option, text):argname "<channel>":count "*"
  end
  channels("--channel", "Carry this channel both ways: NAME, NAME=REMOTE, NAME@SERVER.")
  channels("--out", "Carry only messages sent on this desktop.")
  channels("--in", "Carry only messages sent on other desktops.")
  channels("--requests", "Carry the channel's requests.")
  command:option("--server", "An additional server, for channels that name it.")
    :argname "<name>=<url>":count "*":convert(server)
  command:option("--prefix", "The prefix of all keys on the server; 'default' by default.")
    :argname "<prefix>"
  command:option("--from", "Resume where it stopped ('saved', the default), or start 'now'.")
    :argname "<where>":convert(from)
  command:option("--keep", "How long the server keeps messages; 10m by default.")
    :argname "<time>":convert(words.duration)
  command:option("--max-message", "Bytes of the longest message; 1M by default.")
    :argname "<bytes>":convert(words.bytes)
  command:option("--buffer", "Bytes to hold while the server is away; 64M by default.")
    :argname "<bytes>":convert(words.bytes)
  arguments.password_file(command)
  command:flag("--wait", "Wait for a server that cannot be reached, instead of failing.")
  command:flag("--status", "Report how the bridges of this desktop are doing.")
  command:flag("--once", "With --status: report once, even on a terminal.")
end

-- A channel as it is written: NAME or NAME=REMOTE, perhaps followed by @SERVER.
local function channel(word, servers, fields)
  local name, of_server = word:match "^(.*)@([%w._-]+)$"
  if name and servers[of_server] then
    word, fields.server = name, of_server
  end
  local here, there = word:match "^(.-)=(.+)$"
  fields[1], fields.remote = here or word, there
  return fields
end

--- Reads the arguments.
-- @return options of copydata.bridge
function definition.read(options)
  if options.once then
    status.usage "--once needs --status"
  elseif not options.url and #options.server == 0 then
    status.usage "the server's address is missing; see copydata bridge --help"
  end
  local servers, channels = {}, {}
  for _, pair in ipairs(options.server or {}) do
    servers[pair[1]] = pair[2]
  end
  local function add(list, fields)
    for _, word in ipairs(list or {}) do
      channels[#channels + 1] = channel(word, servers,
        { way = fields.way, requests = fields.requests })
    end
  end
  add(options.channel, { way = "both" })
  add(options.out, { way = "out" })
  add(options["in"], { way = "in" })
  add(options.requests, { requests = true })
  return {
    url = options.url, servers = servers, name = options.name, prefix = options.prefix,
    channels = channels, from = options.from, keep = options.keep,
    max_message = options.max_message, buffer = options.buffer,
    password = password(options.password_file), wait = options.wait or false,
  }
end

return definition
