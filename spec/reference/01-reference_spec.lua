-- SPDX-License-Identifier: MIT

-- The reference as LDoc has it (`make docs`), the types for editors, and the module itself: all
-- three have the same functions, parameters, fields and options.
--
-- What a new function needs: an LDoc comment where it is defined, with `@function` where the table
-- that it is put into has another name than its class, and its types. A new module: its file in
-- config.ld, and types of its own. A new class: also an object of it in real.lua, and CLASSES here.
local real = require "spec.reference.real"
local types = require "spec.reference.types"

local documented = dofile "build/reference.lua"

-- The class in types/ of each class and table of the reference; a module's has the module's name.
local CLASSES = setmetatable({
  endpoint = "copydata.Endpoint",
  channel = "copydata.Channel",
  event = "copydata.Event",
  instance = "copydata.Instance",
  message = "copydata.Message",
  peer = "copydata.Peer",
  section = "copydata.Section",
  socket = "copydata.Socket",
  task = "copydata.Task",
  bridge = "copydata.Bridge",
  ["endpoint.fields"] = "copydata.Endpoint",
  ["channel.fields"] = "copydata.Channel",
  ["peer.fields"] = "copydata.Peer",
  ["instance.fields"] = "copydata.Instance",
  ["section.fields"] = "copydata.Section",
  ["message.fields"] = "copydata.Message",
  ["endpoint.failure"] = "copydata.Failure",
  ["copydata.remote.publication"] = "copydata.Publication",
  ["copydata.raw.window"] = "copydata.Window",
  ["copydata.raw.handler"] = "copydata.RawHandler",
}, { __index = function(_, module) return module end })

-- Where options are described.
local DESCRIBED = {
  EndpointOptions = "init",
  ChannelOptions = "endpoint",
  SendOptions = "outgoing/methods",
  SendToOptions = "outgoing/methods",
  RequestOptions = "request/methods",
  RequestAllOptions = "request/methods",
  FlushOptions = "outgoing/methods",
  RawOptions = "raw/init",
  RawMessageOptions = "raw/init",
  RawSendOptions = "raw/init",
  RawMessageSendOptions = "raw/init",
  RawRequestOptions = "raw/init",
  WindowFilter = "raw/init",
  ReferenceOptions = "remote/init",
  ConnectOptions = "remote/init",
  CallOptions = "remote/init",
  BridgeOptions = "bridge/init",
}

-- The names in one list that are not in another.
local function missing(names, from)
  local list = {}
  for name in pairs(names) do
    if from[name] == nil then
      list[#list + 1] = name
    end
  end
  table.sort(list)
  return table.concat(list, ", ")
end

local function equal_names(what, expected, got, where)
  assert.equal("", missing(expected, got), what .. ": not in " .. where)
  assert.equal("", missing(got, expected), what .. ": there is none, but in " .. where)
end

local function names_of(module)
  local names = {}
  for _, kind in ipairs { module.functions, module.fields } do
    for name in pairs(kind) do
      names[name] = true
    end
  end
  return names
end

-- The names of a function's parameters; nil if they cannot be read.
local function own_parameters(f)
  local info = type(f) == "function" and debug.getinfo(f, "Su")
  if not info or info.what ~= "Lua" or info.isvararg then
    return nil
  end
  local list = {}
  for i = 1, info.nparams do
    local name = debug.getlocal(f, i)
    if name ~= "self" then
      list[#list + 1] = name
    end
  end
  return list
end

local function without_marks(parameters)
  return (table.concat(parameters, ", "):gsub("?", ""))
end

describe("the reference", function()
  it("has every module and class, and no others", function()
    equal_names("modules", real.modules, documented, "the reference")
  end)

  for name, values in pairs(real.modules) do
    it("has everything in " .. name .. ", and nothing else", function()
      equal_names(name, values, names_of(assert(documented[name], name)), "the reference")
      for each, value in pairs(values) do
        local is_function = type(value) == "function"
        assert.equal(is_function, documented[name].functions[each] ~= nil, each .. ": a function?")
      end
    end)

    it("has the parameters of " .. name .. " as they are", function()
      for each, value in pairs(values) do
        local parameters = own_parameters(value)
        if parameters then
          assert.equal(table.concat(parameters, ", "),
            without_marks(documented[name].functions[each]), name .. " " .. each)
        end
      end
    end)
  end

  it("gives the module's functions the same parameters as the endpoint's", function()
    for name, parameters in pairs(documented.copydata.functions) do
      if documented.endpoint.functions[name] then
        assert.same(documented.endpoint.functions[name], parameters, name)
      end
    end
    for module, functions in pairs {
      ["copydata.raw"] = { on = "on_raw", on_message = "on_message" },
      ["copydata.remote"] = { publish = "publish", connect = "connect", list = "remotes" },
    } do
      for name, method in pairs(functions) do
        assert.same(documented.endpoint.functions[method], documented[module].functions[name], name)
      end
    end
  end)

  it("is the same as docs/reference.md", function()
    local made <close> = assert(io.open("build/reference.md", "rb"))
    local kept <close> = assert(io.open("docs/reference.md", "rb"))
    assert.equal(made:read "a", (kept:read("a"):gsub("\r", "")),
      "run make docs: docs/reference.md is out of date")
  end)

  it("has each name once", function()
    local seen = {}
    for line in io.lines "docs/reference.md" do
      local heading = line:match "^##+ (.*)$"
      if heading then
        assert.is_nil(seen[heading], heading)
        seen[heading] = true
      end
    end
    assert.is_true(seen["channel:send"])
  end)

  it("describes every option", function()
    for name, options in pairs(real.options) do
      local path = ("lua/copydata/%s.lua"):format(DESCRIBED[name])
      local file <close> = assert(io.open(path, "rb"))
      local text = file:read "a"
      for option in pairs(options) do
        assert(text:find("\n%-%-[^\n]*`" .. option .. "[` (]"), ("%s: `%s`"):format(path, option))
      end
    end
  end)

  it("has the fields of every table that scripts get", function()
    local tables = {}
    for name, module in pairs(documented) do
      for each, fields in pairs(module.tables) do
        tables[name .. "." .. each] = fields
      end
    end
    equal_names("tables", real.tables, tables, "the reference")
    for name, fields in pairs(real.tables) do
      equal_names(name, fields, tables[name], "the reference")
    end
  end)
end)

describe("types/", function()
  for name in pairs(real.modules) do
    it("has every function of " .. name .. " with its parameters, and no others", function()
      assert.same(documented[name].functions, types[CLASSES[name]].functions)
    end)
  end

  it("has the default endpoint's functions, like those of endpoints", function()
    local written = dofile "tools/docs/types.lua"
    local file <close> = assert(io.open(written.PATH, "rb"))
    assert.equal(written.generate(), (file:read("a"):gsub("\r", "")),
      "run tools/docs/types.lua: its file is out of date")
  end)

  it("has every field", function()
    local fields = {} -- by class: everything that the reference has
    local function add(name, more)
      local class = CLASSES[name]
      fields[class] = fields[class] or {}
      for field in pairs(more) do
        fields[class][field] = true
      end
    end
    for name, module in pairs(documented) do
      add(name, module.fields)
    end
    for name, names in pairs(real.tables) do
      add(name, names)
    end
    for class, names in pairs(fields) do
      equal_names(class, names, types[class].fields, "types/")
    end
  end)

  it("has every option", function()
    for name, options in pairs(real.options) do
      equal_names(name, options, assert(types["copydata." .. name], name).fields, "types/")
    end
  end)
end)
