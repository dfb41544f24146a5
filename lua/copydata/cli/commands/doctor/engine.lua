-- SPDX-License-Identifier: MIT

--- `copydata doctor --bridge URL`: checks whether a bridge could use this server. Each check
-- returns `{ state =, text =, remedy = }`, as in checks.lua.
local address = require "copydata.bridge.address"
local copydata = require "copydata"
local core = require "copydata.core"

local engine = {}

engine.CHECKS = { "modules", "connection", "commands", "keeping" }

local ROUNDS = 20
local REPLY = 5 -- seconds

local function finding(state, text, remedy)
  return { state = state, text = text, remedy = remedy }
end

local function untried()
  return finding("problem", "not tried, because of the problem above")
end

local Patient = {}

function Patient:__close()
  if self.engine then
    self.engine:close()
  end
end

--- What the checks share.
-- @param url as the user gave it
-- @param password or nil
-- @param prefix of the keys
-- @return a table; or nil and what is wrong with the address
function engine.patient(url, password, prefix)
  local where, wrong = address.parse(url)
  local ok = where
  if where then
    ok, wrong = address.check_password(where, password)
  end
  if not ok then
    return nil, wrong
  end
  return setmetatable({ where = where, password = password, prefix = prefix }, Patient)
end

function engine.modules(patient)
  local versions = {}
  for _, module in ipairs { { "socket", "luasocket" }, { "redis", "redis-lua" } } do
    local ok, loaded = pcall(require, module[1])
    if not ok then
      return finding("problem", ("%s cannot be loaded"):format(module[2]),
        ("luarocks install %s. For the release's zip, see docs/bridge.md"):format(module[2]))
    end
    versions[#versions + 1] = tostring(loaded._VERSION)
  end
  local Engine = require "copydata.bridge.engine"
  patient.engine = Engine.new {
    where = patient.where, password = patient.password, prefix = patient.prefix, keep = 60,
    value_most = 1024 * 1024,
    waits = {
      seconds = core.seconds, sleep = copydata.sleep, event = copydata.event,
      readable = copydata.readable, writable = copydata.writable,
    },
  }
  return finding("ok", table.concat(versions, ", "))
end

local REMEDIES = {
  UNREACHABLE = "make sure that the server runs and listens on this address, and that no firewall "
    .. "blocks it",
  AUTH = "give the user in the address, and the password by --password-file or "
    .. "COPYDATA_BRIDGE_PASSWORD",
  NOPERM = "make sure that --prefix is the one in the user's keys; give the user the commands and "
    .. "keys of the recipe in docs/bridge.md",
  FULL = "give the server more memory, or keep less",
}

local function failed(what, why, code)
  return finding("problem", what .. why, REMEDIES[code])
end

function engine.connection(patient)
  local tried = patient.engine
  if not tried then
    return untried()
  end
  local ok, why, code = tried:synchronize()
  if not ok then
    patient.engine = nil
    tried:close()
    return failed("", why, code)
  end
  local began = core.seconds()
  for _ = 1, ROUNDS do
    tried:synchronize()
  end
  local milliseconds = (core.seconds() - began) / ROUNDS * 1000
  return finding("ok", ("%s answers in %.1f ms"):format(address.text(patient.where), milliseconds))
end

-- Everything that a bridge does, on the check's own keys.
local function try_all(tried, word)
  local desk = "doctor-" .. word
  local stream = tried:stream(word)
  return {
    { "append to a stream", function()
      return tried:append(stream, desk .. ":0", 1, "\x90")
    end },
    { "read a stream", function()
      return tried:read(tried.writer, { { stream, "0-0" } }, 1, 0.001)
    end },
    { "see a stream's end", function() return tried:last(nil, stream) end },
    { "keep a position", function() return tried:save(tried.writer, desk, { stream, "x" }) end },
    { "read positions", function() return tried:positions(desk) end },
    { "take a lease", function() return tried:lease("name:" .. desk, word, 5) end },
    { "see a lease", function() return tried:lease_left("name:" .. desk) end },
    { "keep a lease", function() return tried:renew("name:" .. desk, word, 5) end },
    { "say and ask who serves", function() return tried:servers(word, 5, desk, 5) end },
    { "keep a value", function() return tried:keep(word, desk, "x") end },
    { "read kept values", function() return tried:kept(word) end },
    { "clear up", function() return tried:forget(word, desk) end },
  }
end

function engine.commands(patient)
  local tried = patient.engine
  if not tried then
    return untried()
  end
  local steps = try_all(tried, ("%x"):format(core.random()))
  for _, step in ipairs(steps) do
    local ok, why, code = step[2]()
    if not ok and code then
      return failed(("a bridge could not %s: "):format(step[1]), why, code)
    end
  end
  return finding("ok", ("%d of %d operations of a bridge work"):format(#steps, #steps))
end

function engine.keeping(patient)
  local tried = patient.engine
  if not tried then
    return untried()
  end
  local settings, why, code = tried.writer:call(REPLY, function(client)
    return { client:config("GET", "maxmemory-policy")[2], client:config("GET", "appendonly")[2] }
  end)
  if not settings then
    return finding("note", code == "NOPERM" and "unknown: this user may not read the server's "
      .. "settings" or why, "make sure that maxmemory-policy is noeviction, and appendonly yes")
  elseif settings[1] ~= "noeviction" then
    return finding("note", "maxmemory-policy is " .. settings[1]
      .. ": a full server discards messages", "set maxmemory-policy to noeviction")
  elseif settings[2] ~= "yes" then
    return finding("note", "appendonly is " .. settings[2]
      .. ": a server that stops loses what has not been read", "set appendonly to yes")
  end
  return finding("ok", "maxmemory-policy noeviction, appendonly yes")
end

return engine
