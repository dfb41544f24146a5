-- SPDX-License-Identifier: MIT

--- Checks of what callers hand in. Each raises an error that points at the line which called
-- the public function: that function calls the check directly, or in a tail call.
local core = require "copydata.core"

local check = {}

local NAME_SHOWN = 60 -- bytes of a bad name that an error quotes
local FOR_EVER = -1 -- what core takes for "no time limit"
local ANY = "any" -- for options of more than one type

-- The level for `error` to point at the caller of the public function, when raised in a check
-- itself, which that function calls.
local CALLER = 3

local function expected(what, types, value, level)
  error(("%s: expected %s, got %s"):format(what, types, type(value)), level + 1)
end

--- An endpoint that is open.
-- @return its window of core's
function check.open(endpoint)
  local window = type(endpoint) == "table" and rawget(endpoint, "_window")
  if not window then
    error("expected an endpoint: call its functions with a colon, as endpoint:peers(name)", CALLER)
  elseif not window:is_open() then
    error("the endpoint is closed", CALLER)
  end
  return window
end

--- A channel that is joined.
-- @return its endpoint
function check.channel(channel)
  local name = type(channel) == "table" and rawget(channel, "_name")
  if not name then
    error("expected a channel: call its functions with a colon, as channel:send(value)", CALLER)
  end
  local endpoint = rawget(channel, "_endpoint")
  if not endpoint then
    error(("channel %q is closed"):format(name), CALLER)
  elseif not endpoint:is_open() then
    error("the endpoint is closed", CALLER)
  end
  return endpoint
end

--- A channel's name: 1 to 246 UTF-16 units of valid UTF-8 without NUL.
function check.name(name)
  if type(name) ~= "string" then
    expected("channel name", "string", name, CALLER)
  end
  local ok, why = core.valid_name(name)
  if not ok then
    error(("channel name %s: %q"):format(why, name:sub(1, NAME_SHOWN)), CALLER)
  end
end

--- The name of a program that is to run once.
-- @param prefix what comes before it in the name of its channel
function check.instance_name(name, prefix)
  if type(name) ~= "string" then
    expected("instance name", "string", name, CALLER)
  elseif name == "" then
    error("instance name is empty", CALLER)
  elseif name:find("\\", 1, true) then
    error(("instance name contains a backslash: %q"):format(name:sub(1, NAME_SHOWN)), CALLER)
  end
  local ok, why = core.valid_name(prefix .. name)
  if not ok then
    error(("instance name, with %s before it, %s: %q"):format(prefix, why,
      name:sub(1, NAME_SHOWN)), CALLER)
  end
end

local function seconds_of(what, seconds, level)
  if type(seconds) ~= "number" then
    expected(what, "number of seconds", seconds, level + 1)
  elseif not (seconds >= 0) then -- NaN too
    error(("%s: must be 0 or more, got %s"):format(what, seconds), level + 1)
  end
  return seconds
end

--- A number of seconds.
-- @param[opt] level as for error, seen from here
function check.seconds(what, seconds, level)
  seconds_of(what, seconds, level or CALLER)
end

--- How long to wait: seconds, or nil for as long as it takes.
-- @return seconds for core
function check.wait(seconds)
  if seconds == nil then
    return FOR_EVER
  end
  return (seconds_of("seconds to wait", seconds, CALLER)) -- no tail call: the level counts
end

local function unknown(name, known, level)
  local names = {}
  for key in pairs(known) do
    names[#names + 1] = key
  end
  table.sort(names)
  error(("unknown option '%s' (there are: %s)"):format(tostring(name),
    #names > 0 and table.concat(names, ", ") or "none"), level + 1)
end

local function options_of(options, known, level)
  if options == nil then
    return {}
  elseif type(options) ~= "table" then
    expected("options", "table", options, level + 1)
  end
  for name, value in pairs(options) do
    if not known[name] then
      unknown(name, known, level + 1)
    elseif known[name] ~= ANY and type(value) ~= known[name] then
      expected(("option '%s'"):format(name), known[name], value, level + 1)
    end
  end
  return options
end

--- A table of options, or nil; `known` maps each option to its type.
-- @return the table, never nil
function check.options(options, known)
  return (options_of(options, known, CALLER))
end

-- A limit may be larger than an integer can be, and than what fits into memory.
local function positive(name, value, level)
  if not (value >= 1) or value < math.huge and value ~= math.floor(value) then
    error(("option '%s': expected a positive integer, got %s"):format(name, tostring(value)),
      level + 1)
  end
end

local ENDPOINT_OPTIONS = {
  accept = "function",
  allow_lower_integrity = "boolean",
  pump = "string",
  timeout = "number",
  max_frame = "number",
  max_message = "number",
  queue_messages = "number",
  queue_bytes = "number",
  sender_messages = "number",
  sender_bytes = "number",
  transfers = "number",
  transfer_bytes = "number",
  transfer_silence = "number",
}
local NOT_COUNTS = {
  accept = true, allow_lower_integrity = true, pump = true, timeout = true,
  transfer_silence = true,
}
local MESSAGE_MOST = 4000 * 1024 * 1024 -- the protocol counts bytes in 32 bits

--- The options of an endpoint.
-- @return the table, never nil
function check.endpoint(options)
  options = options_of(options, ENDPOINT_OPTIONS, CALLER)
  for name, value in pairs(options) do
    if not NOT_COUNTS[name] then
      positive(name, value, CALLER)
    elseif type(value) == "number" then
      seconds_of(("option '%s'"):format(name), value, CALLER)
    elseif name == "pump" and value ~= "thread" and value ~= "script" then
      error(("option 'pump': expected 'thread' or 'script', got '%s'"):format(value), CALLER)
    end
  end
  if options.max_frame and options.max_frame < 1024 then
    error(("option 'max_frame': at least 1024 bytes, got %s"):format(options.max_frame), CALLER)
  end
  if options.max_message and options.max_message > MESSAGE_MOST then
    error(("option 'max_message': at most %d bytes, got %s"):format(MESSAGE_MOST,
      options.max_message), CALLER)
  end
  return options
end

--- The options of a call that takes time.
-- @param options as the caller gave them, or nil
-- @param known as for check.options
-- @param timeout seconds, when they do not say
-- @return a table of its own, with the moment `deadline`, on the clock of core.seconds
function check.timed(options, known, timeout)
  if options == nil then
    return { deadline = core.seconds() + timeout }
  end
  local checked = {}
  for name, value in pairs(options_of(options, known, CALLER)) do
    checked[name] = value
  end
  if checked.timeout then
    timeout = seconds_of("option 'timeout'", checked.timeout, CALLER)
  end
  checked.deadline = core.seconds() + timeout
  return checked
end

--- A handler: something to call.
-- @param handler
-- @param[opt] what it is called in messages, where that is not a handler
function check.handler(handler, what)
  local metatable = getmetatable(handler)
  local callable = type(handler) == "function"
    or (type(metatable) == "table" and metatable.__call ~= nil)
  if not callable then
    expected(what or "handler", "function", handler, CALLER)
  end
end

local function integer(what, value, level)
  if type(value) ~= "number" then
    expected(what, "integer", value, level + 1)
  elseif math.type(value) ~= "integer" then
    error(("%s: expected integer, got the float %s"):format(what, value), level + 1)
  end
end

-- By its lower 32 bits: what Windows takes for all top-level windows, and as often the timeout.
local EVERY_WINDOW = { [0xFFFF] = "0xFFFF", [0xFFFFFFFF] = "-1" }

--- Whether an integer can be the handle of a window. Handles have 32 bits that count; the others
-- are 0, or repeat the sign.
-- @return nil when it can; otherwise what is wrong with it
function check.handle(hwnd)
  if hwnd == 0 or hwnd < -0x80000000 or hwnd > 0xFFFFFFFF then
    return ("%d is no window handle"):format(hwnd)
  end
  local every = EVERY_WINDOW[hwnd & 0xFFFFFFFF]
  return every and every .. " is every window there is, not one"
end

local function handle(what, hwnd, level)
  integer(what, hwnd, level + 1)
  local wrong = check.handle(hwnd)
  if wrong then
    error(("%s: %s"):format(what, wrong), level + 1)
  end
  return hwnd
end

-- A handle, or a table that has one, which may be what a stranger claimed to be: whether such a
-- window is there is found out by sending.
local function window_of(what, expects, window, level)
  if type(window) == "number" then
    return (handle(what, window, level + 1))
  elseif type(window) ~= "table" or math.type(window.hwnd) ~= "integer" then
    expected(what, expects, window, level + 1)
  end
  return window.hwnd
end

local function peer_of(what, peer, level)
  local hwnd = window_of(what, "peer or window handle", peer, level + 1)
  return hwnd, type(peer) == "table" and peer.pid or nil
end

--- A peer: a table with a window handle in `hwnd`, or the handle itself.
-- @return the handle, and the process if it is known
function check.peer(peer)
  local hwnd, pid = peer_of("peer", peer, CALLER)
  return hwnd, pid
end

--- The option `to` of a request: as check.peer.
function check.receiver(peer)
  local hwnd, pid = peer_of("option 'to'", peer, CALLER)
  return hwnd, pid
end

-- Of remote objects ------------------------------------------------------------------------------

--- An object to be called by others, and the options for it.
-- @param is_public whether a method may have a name
-- @return the option `methods`, a list or nil
function check.remote_object(object, options, is_public)
  if type(object) ~= "table" and type(object) ~= "userdata" then
    expected("object", "table or userdata", object, CALLER)
  end
  local methods = options_of(options, { methods = "table" }, CALLER).methods
  for _, name in ipairs(methods or {}) do
    if not is_public(name) then
      error(("option 'methods': no method's name: %s (none begins with _)"):format(
        type(name) == "string" and ("%q"):format(name) or type(name)), CALLER)
    end
  end
  return methods
end

--- The option `peer` of connecting to an object: as check.peer.
function check.publisher(peer)
  local hwnd, pid = peer_of("option 'peer'", peer, CALLER)
  return hwnd, pid
end

local function method(name, level)
  if type(name) ~= "string" then
    expected("method", "string", name, level + 1)
  end
end

--- The name of a method.
function check.method(name)
  method(name, CALLER)
end

--- The options of a call, and the name of the method.
-- @return the option `timeout`, or nil
function check.calling(options, name)
  local timeout = options_of(options, { timeout = "number" }, CALLER).timeout
  if timeout then
    seconds_of("option 'timeout'", timeout, CALLER)
  end
  method(name, CALLER)
  return timeout
end

-- Of other programs' protocols --------------------------------------------------------------------

local function text(what, value, level)
  if type(value) ~= "string" then
    expected(what, "string", value, level + 1)
  end
  local length, position = utf8.len(value)
  if not length then
    error(("%s: not valid UTF-8 at byte %d"):format(what, position), level + 1)
  end
end

--- Text: valid UTF-8.
function check.text(what, value)
  text(what, value, CALLER)
end

--- What windows must be to be found: a table or nil; `known` as for check.options.
-- @return the table, never nil
function check.filter(filter, known)
  filter = options_of(filter, known, CALLER)
  for _, name in ipairs { "class", "title" } do
    local value = filter[name]
    if value then
      text(("option '%s'"):format(name), value, CALLER)
      if value:find("\0", 1, true) then
        error(("option '%s': contains a NUL byte"):format(name), CALLER)
      end
    end
  end
  if filter.pid then
    integer("option 'pid'", filter.pid, CALLER)
    if filter.pid <= 0 or filter.pid > 0xFFFFFFFF then
      error(("option 'pid': no process has the number %d"):format(filter.pid), CALLER)
    end
  end
  return filter
end

--- A window: as check.peer.
-- @return the handle
function check.window(window)
  return (window_of("window", "window or window handle", window, CALLER))
end

--- The dwData of a message.
function check.tag(tag)
  integer("dwData", tag, CALLER)
end

--- Bytes.
function check.bytes(bytes)
  if type(bytes) ~= "string" then
    expected("bytes", "string", bytes, CALLER)
  end
end

--- A position in bytes, as string.unpack has it; nil: the first. One past the last is allowed.
-- @return it, from 1
function check.position(position, bytes)
  if position == nil then
    return 1
  end
  integer("position", position, CALLER)
  local from_start = position < 0 and #bytes + 1 + position or position
  if from_start < 1 or from_start > #bytes + 1 then
    error(("position: %d is outside of the %d bytes"):format(position, #bytes), CALLER)
  end
  return from_start
end

-- The window of a sender: an endpoint, what has a handle, the handle, or 0 for none.
local function sender_of(sender, level)
  if sender == 0 or sender == nil then
    return 0
  elseif type(sender) == "table" and type(sender.hwnd) == "function" then
    local ok, hwnd, problem = pcall(sender.hwnd, sender)
    if not ok or not hwnd then
      error(("option 'sender': %s"):format(ok and problem or hwnd), level + 1)
    end
    return hwnd
  end
  return (window_of("option 'sender'", "endpoint or window handle", sender, level + 1))
end

local RAW_TIMEOUT = 5 -- seconds
local RAW_OPTIONS = { timeout = "number", sender = ANY }

--- The options of sending what is not of our protocol.
-- @return the timeout in seconds
-- @return the sender's window; 0: none
function check.raw_options(options)
  options = options_of(options, RAW_OPTIONS, CALLER)
  local timeout = options.timeout
  timeout = timeout == nil and RAW_TIMEOUT or seconds_of("option 'timeout'", timeout, CALLER)
  return timeout, (sender_of(options.sender, CALLER))
end

--- The answer that senders of raw messages get: the option `result`.
-- @return an integer
function check.raw_result(options)
  local result = options_of(options, { result = "number" }, CALLER).result
  if result == nil then
    return 1
  end
  integer("option 'result'", result, CALLER)
  return result
end

return check
