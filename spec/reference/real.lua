-- SPDX-License-Identifier: MIT

--- What a script can reach: names, by module, class or table, from the real objects.
local copydata = require "support.copydata"
local frames = require "support.frames"
local process = require "support.process"
local recorder = require "support.recorder"
local unique = require "support.unique"
local window = require "support.window"

-- Names that are neither metamethods nor private.
local function public(table, hidden)
  local names = {}
  for name, value in pairs(table) do
    if name == "_VERSION" or (name:sub(1, 1) ~= "_" and not (hidden and hidden[name])) then
      names[name] = value
    end
  end
  return names
end

-- What a class has: its methods, or the functions that read its fields; see object.lua.
local function class_of(object, what)
  local index = getmetatable(object).__index
  if type(index) == "table" then
    return what == "methods" and index or {}
  end
  for i = 1, math.huge do
    local name, value = debug.getupvalue(index, i)
    if name == what then
      return value
    end
    assert(name, "no class of object.lua's")
  end
end

local function methods(object, hidden)
  return public(class_of(object, "methods"), hidden)
end

local function fields(object)
  return public(class_of(object, "fields"))
end

local real = {
  --- Names that are internal, although nothing in them says so.
  hidden = {
    channel = { new = true, pause = true, unpause = true },
    endpoint = {
      new = true, extend = true, part = true, dispatch = true, newest = true, flush_posts = true,
      is_open = true, is_lost = true, look = true, has_thread = true,
      has_posts = true, is_raw = true, admits = true,
    },
    message = { of = true, of_raw = true },
  },
  modules = {}, -- by name as in the reference: { name = value }
  tables = {}, -- by "module.table"
  options = {}, -- by the name of its type: { name = true }
}

local modules, tables, options = real.modules, real.tables, real.options

modules.copydata = public(copydata, { support = true }) -- support: the specs' own field
for name, value in pairs(modules.copydata) do
  if type(value) == "table" then
    modules["copydata." .. name] = public(value)
  end
end

local endpoint = assert(copydata.new())
local other <close> = copydata.new()
local channel = endpoint:channel(unique())
modules.endpoint = methods(endpoint, real.hidden.endpoint)
modules.channel = methods(channel, real.hidden.channel)
modules.peer = {}
tables["endpoint.fields"] = fields(endpoint)
tables["channel.fields"] = fields(channel)
modules.task = methods(copydata.spawn(print))
modules.event = methods(copydata.event())

other._outgoing:send(channel.name, 1, {
  deadline = math.huge, extras = { retained = true, origin = { exe = "x" }, via = { "y" } },
})
local message = assert(channel:receive(0))
modules.message = methods(message, real.hidden.message)
tables["message.fields"] = public(message)
assert(message.sender.user) -- which looks up the rest
tables["peer.fields"] = public(message.sender)

local raw_message
tables["copydata.raw.handler"] = methods(endpoint:on_raw(function(_, it) raw_message = it end))
copydata.raw.send(endpoint:hwnd(), 7, "bytes")
copydata.poll(0)
tables["message.fields"].tag = raw_message.tag

tables["copydata.raw.window"] = public(copydata.raw.find { pid = process.own_pid }[1],
  tables["peer.fields"])

do
  local section <close> = assert(copydata.raw.section(unique(), 8))
  modules.section = methods(section)
  tables["section.fields"] = fields(section)
end

do -- a post that is refused
  local stranger <close> = recorder("copydata.endpoint", frames.REFUSED)
  window.set_property(stranger:hwnd(), "copydata:" .. channel.name, 1)
  endpoint:channel(unique()):post(1)
  channel:post(1)
  local _, failures = endpoint:flush()
  tables["endpoint.failure"] = public(failures[1])
  stranger:close()
  channel:serve(error)
  _, failures = other:request_all(channel.name, 1)
  tables["endpoint.failure"].details = assert(failures[1].details)
end

do
  local first <close> = endpoint:single_instance(unique())
  first.window = 1
  modules.instance = methods(first, real.hidden.instance)
  tables["instance.fields"] = fields(first)
end

do
  local publication <close> = endpoint:publish(unique(), {})
  tables["copydata.remote.publication"] = fields(publication)
  tables["copydata.remote.publication"].close = methods(publication).close
end

-- The error for an unknown option lists the known ones.
local function known(call, ...)
  local _, problem = pcall(call, ...)
  local list = assert(problem:match "known: (.*)%)$", problem)
  local names = {}
  for name in list:gmatch "[%w_]+" do
    names[name] = true
  end
  return names
end

do -- the class alone: a working bridge needs a server
  local bridge = require "copydata.bridge"
  modules["copydata.bridge"] = public(bridge)
  local name, class
  local i = 0
  repeat
    i = i + 1
    name, class = debug.getupvalue(bridge.open, i)
  until name == "class"
  modules.bridge = methods(setmetatable({ _closing = true }, class))
  options.BridgeOptions = known(bridge.open, { ["no such option"] = 1 })
end

do -- each endpoint with its own thread, as a socket requires
  endpoint:close()
  other:close()
  copydata.close()
  local socket <close> = assert(copydata.socket())
  modules.socket = methods(socket)
  endpoint = assert(copydata.new())
end

local none = { ["no such option"] = 1 }
options.EndpointOptions = known(copydata.new, none)
options.ChannelOptions = known(endpoint.channel, endpoint, "x", none)
options.SendOptions = known(endpoint.send, endpoint, "x", 1, none)
options.SendToOptions = known(endpoint.send_to, endpoint, "x", 1, 1, none)
options.FlushOptions = known(endpoint.flush, endpoint, none)
options.RequestAllOptions = known(endpoint.request_all, endpoint, "x", 1, none)
options.RequestOptions = known(endpoint.request, endpoint, "x", 1, none)
options.RawOptions = known(endpoint.on_raw, endpoint, print, none)
options.RawMessageOptions = known(endpoint.on_message, endpoint, 0x400, print, none)
options.RawRequestOptions = known(copydata.raw.request, 1, 1, "", none)
options.RawMessageSendOptions = known(copydata.raw.message, 1, 1, 1, 1, none)
options.RawSendOptions = known(copydata.raw.send, 1, 1, "", none)
options.ReferenceOptions = known(endpoint.publish, endpoint, "x", {}, none)
options.ConnectOptions = known(endpoint.connect, endpoint, "x", none)
options.CallOptions = known(copydata.remote.call, {}, none, "x")
options.WindowFilter = known(copydata.raw.find, none)
endpoint:close()

return real
