-- SPDX-License-Identifier: MIT

--- The command line of `copydata bridge`, and what it stands for.
local password = require "copydata.cli.password"
local status = require "copydata.cli.status"
local words = require "copydata.cli.words"

local definition = {}

-- A server beside the main one: NAME=URL.
local function server(word)
  local name, url = word:match "^([%w._-]+)=(.+)$"
  if not name then
    return nil, ("NAME=URL expected, got '%s'"):format(word)
  end
  return { name, url }
end

local function from(word)
  if word ~= "now" and word ~= "saved" then
    return nil, ("'now' or 'saved' expected, got '%s'"):format(word)
  end
  return word
end

--- Adds its arguments to argparse's command.
function definition.define(command)
  command:argument("url", "The server: redis://USER@HOST:PORT/DATABASE."):args "?"
  command:option("--name", "This desktop's name for others; the computer's otherwise.")
    :argname "<name>"
  local function channels(option, text)
    command:option(option, text):argname "<channel>":count "*"
  end
  channels("--channel", "Carry this channel both ways: NAME, NAME=REMOTE, NAME@SERVER.")
  channels("--out", "Carry only what is said here.")
  channels("--in", "Carry only what is said elsewhere.")
  channels("--requests", "Carry the channel's requests.")
  command:option("--server", "Another server, for channels that name it.")
    :argname "<name>=<url>":count "*":convert(server)
  command:option("--prefix", "Of the names of all keys; 'default' otherwise."):argname "<prefix>"
  command:option("--from", "Read on from 'saved', where it was last, or from 'now'.")
    :argname "<where>":convert(from)
  command:option("--keep", "How long the server keeps what is said; 10m otherwise.")
    :argname "<time>":convert(words.duration)
  command:option("--max-message", "Bytes of a message; 1M otherwise.")
    :argname "<bytes>":convert(words.bytes)
  command:option("--buffer", "Bytes to hold while the server is away; 64M otherwise.")
    :argname "<bytes>":convert(words.bytes)
  command:option("--password-file", "The file whose first line is the password.")
    :argname "<file>"
  command:flag("--wait", "Wait for a server that cannot be reached.")
  command:flag("--status", "Tell how the bridges of this desktop are doing.")
  command:flag("--once", "With --status: once, also on a terminal.")
end

-- A channel as it is written: NAME, NAME=REMOTE, with @SERVER behind it.
local function channel(word, servers, fields)
  local name, of_server = word:match "^(.*)@([%w._-]+)$"
  if name and servers[of_server] then
    word, fields.server = name, of_server
  end
  local here, there = word:match "^(.-)=(.+)$"
  fields[1], fields.remote = here or word, there
  return fields
end

--- What the words stand for.
-- @return options of copydata.bridge
function definition.read(options)
  if options.once then
    status.usage "--once goes with --status"
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
