-- SPDX-License-Identifier: MIT

--- The checks of `copydata doctor`. Each function returns `{ state =, text =, remedy = }`, where
-- state is "ok", "note" or "problem".
local Peer = require "copydata.peer"
local answer = require "copydata.cli.commands.doctor.answer"
local argparse = require "argparse"
local console = require "copydata.console"
local copydata = require "copydata"
local core = require "copydata.core"
local dkjson = require "dkjson"
local show = require "copydata.cli.ui.show"
local version = require "copydata.version"

local checks = {}

local PATIENCE = 10 -- seconds for the child process to start, and for each of its answers
local MODULES = { "core", "beacon", "console", "single" } -- the DLLs
local LARGE = 1024 * 1024 -- bytes of a message that is sent in pieces
local RANKS = { low = 1, medium = 2, high = 3, system = 4 }

local function ok(format, ...)
  return { state = "ok", text = format:format(...) }
end

local function finding(state, text, remedy)
  return { state = state, text = text, remedy = remedy }
end

local function untried()
  return finding("problem", "not tried: there is no window")
end

--- What the checks share: the endpoint that they check, and what they found out about it.
function checks.patient()
  return setmetatable({ around = console.surroundings() }, {
    __close = function(patient)
      if patient.endpoint then
        patient.endpoint:close()
      end
    end,
  })
end

function checks.system(patient)
  local around = patient.around
  return ok("Windows %s%s", around.windows, around.wine and ", by Wine " .. around.wine or "")
end

function checks.session(patient)
  local around = patient.around
  local text = ("session %d, window station %s, desktop %s"):format(around.session, around.station,
    around.desktop)
  if around.session == 0 or not around.visible then
    return finding("note", text .. ": for services, without a user. Messages stay within a "
      .. "session, a window station and a desktop",
      "run programs that exchange messages with a user's programs in that user's session")
  elseif around.desktop:lower() ~= "default" then
    return finding("note", text .. ". Messages stay within a desktop",
      "run programs that exchange messages with this one on the same desktop")
  end
  return ok("%s", text)
end

function checks.lua()
  return ok("%s; argparse %s, %s", _VERSION, argparse.version, dkjson.version)
end

function checks.module()
  local REMEDY = "install copydata again; make sure that package.path and package.cpath lead to "
    .. "the same installation"
  for _, name in ipairs(MODULES) do
    local loaded, module = pcall(require, "copydata." .. name)
    if not loaded then
      return finding("problem", ("%s.dll cannot be loaded: %s"):format(name, show.text(module)),
        REMEDY)
    elseif module.version ~= version then
      return finding("problem", ("the Lua files are of copydata %s, but %s.dll is of %s"):format(
        version, name, module.version or "another version"), REMEDY)
    end
  end
  local path = package.searchpath("copydata.core", package.cpath) -- in the system's code page
  return ok("copydata %s, %s", version, path and copydata.raw.decode(path, "ansi") or "?")
end

function checks.window(patient)
  local endpoint, message = copydata.new()
  if not endpoint then
    return finding("problem", "a hidden window cannot be created: " .. message,
      "check whether other programs can open windows; a service without a window station cannot")
  end
  patient.endpoint = endpoint
  patient.peer = Peer.of(endpoint:hwnd())
  for _, hwnd in ipairs(core.endpoints()) do
    if hwnd == endpoint:hwnd() then
      return ok("%s, found by its class", show.hwnd(hwnd))
    end
  end
  return finding("problem", show.hwnd(endpoint:hwnd()) .. " cannot be found by its class",
    "look for a sandbox that isolates this program's windows")
end

function checks.channel(patient)
  local endpoint = patient.endpoint
  if not endpoint then
    return untried()
  end
  local name = ("copydata.doctor.%d"):format(patient.peer.pid)
  local channel, message = endpoint:channel(name)
  if not channel then
    return finding("problem", "a channel cannot be joined: " .. message,
      "log off and on again: the session may have run out of names")
  end
  patient.channel = channel
  for _, hwnd in ipairs(core.peers(name, 0)) do
    if hwnd == endpoint:hwnd() then
      return ok("%s, joined and found", name)
    end
  end
  return finding("problem", name .. " was joined, but no window is found on it",
    "look for a sandbox that hides the properties of windows")
end

function checks.membership(patient)
  if not patient.endpoint then
    return untried()
  end
  local counter = patient.endpoint._window:membership()
  if not counter then
    return finding("note", "no counter: joins may be noticed a second late, and leaves cost an "
      .. "extra search", "find out which program created the section Local\\copydata.membership")
  end
  return ok("the counter is at %d", counter)
end

function checks.integrity(patient)
  if not patient.endpoint then
    return untried()
  end
  local own = patient.peer.integrity
  if not own then
    return finding("note", "Windows does not report this program's integrity")
  end
  local higher, lower = 0, 0
  for _, hwnd in ipairs(core.endpoints()) do
    local rank = RANKS[Peer.of(hwnd).integrity] or RANKS[own]
    higher = higher + (rank > RANKS[own] and 1 or 0)
    lower = lower + (rank < RANKS[own] and 1 or 0)
  end
  if higher > 0 then
    return finding("note", ("%s, and %d program%s of higher integrity: Windows does not let "
      .. "this program send to those (DENIED)"):format(own, higher, higher == 1 and "" or "s"),
      "there, use copydata.new { allow_lower_integrity = true }; or run both at one integrity")
  elseif lower > 0 then
    return finding("note", ("%s, and %d program%s of lower integrity, which cannot send to "
      .. "programs of this integrity"):format(own, lower, lower == 1 and "" or "s"),
      "here, use copydata.new { allow_lower_integrity = true }; or run both at one integrity")
  end
  return ok("%s, like all peers; %s", own,
    patient.peer.elevated and "elevated" or "not elevated")
end

local function milliseconds(since)
  return (core.seconds() - since) * 1000
end

-- The next message from one program; messages from others are skipped.
local function receive(channel, pid)
  local ends = core.seconds() + PATIENCE
  repeat
    local message, problem = channel:receive(math.max(0, ends - core.seconds()))
    if not message then
      return nil, problem
    elseif message.sender.pid == pid then
      return message
    end
  until core.seconds() >= ends
  return nil, "TIMEOUT: other programs keep sending on the channel"
end

-- Sends a value to the child and waits until it comes back.
local function exchange(channel, child, value)
  local sent, message = channel:send_to(child, value, { timeout = PATIENCE })
  if not sent then
    return nil, message
  end
  local back
  back, message = receive(channel, child.pid)
  if back and back.data ~= value then
    return nil, "the reply differs from what was sent"
  end
  return back, message
end

-- Exchanges messages with the child. Returns a text; or nil and what went wrong.
local function talk(channel, pid)
  local hello, message = receive(channel, pid)
  if not hello then
    return nil, message
  end
  local child, started = hello.sender, nil
  local back
  back, message = exchange(channel, child, "warm")
  if back then
    started = core.seconds()
    back, message = exchange(channel, child, "small")
  end
  local small = back and milliseconds(started)
  if back then
    started = core.seconds()
    back, message = exchange(channel, child, ("x"):rep(LARGE))
  end
  local large = back and milliseconds(started)
  channel:send_to(child, answer.BYE)
  if not back then
    return nil, message
  end
  return ("with process %d: %.1f ms; 1 MiB there and back: %.0f ms"):format(child.pid, small, large)
end

function checks.round_trip(patient)
  local channel = patient.channel
  if not channel then
    return finding("problem", "not tried: there is no channel")
  end
  local pipe, problem = io.popen(answer.command(channel.name))
  local text
  if pipe then
    local said = pipe:read "l" or "nothing"
    local pid = said:match("^" .. answer.HERE .. " (%d+)")
    if pid then
      text, problem = talk(channel, tonumber(pid))
    else
      problem = "it printed: " .. show.text(said)
    end
    pipe:close()
  end
  if not text then
    return finding("problem", "no answer from a child process: " .. problem,
      "make sure that programs may start others, and that no security software keeps them from "
      .. "sending window messages to each other")
  end
  return ok("%s", text)
end

return checks
