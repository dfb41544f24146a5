-- SPDX-License-Identifier: MIT

--- Checks of arguments. Each raises an error at the line that called the public function.
local core = require "copydata.core"

local check = {}

local NAME_SHOWN = 60 -- bytes of a bad name that an error quotes
local FOR_EVER = -1 -- how core denotes "no time limit"
local ANY = "any" -- for options of more than one type

local function source_of(info)
  return (info.source:gsub("\\", "/"))
end

local OURS = source_of(debug.getinfo(1, "S")):match "^.*/" -- the folder of this file

--- Raises an error at the line that called the public function: the innermost line outside
-- copydata.
-- @param format as for string.format
function check.fail(format, ...)
  local level = 2
  local info = debug.getinfo(level, "S")
  while info and source_of(info):sub(1, #OURS) == OURS do
    level = level + 1
    info = debug.getinfo(level, "S")
  end
  error(format:format(...), level)
end

local fail = check.fail

--- Raises an error about a value of the wrong type.
-- @param what the value's name in messages
-- @param types what was expected
function check.expected(what, types, value)
  fail("%s: expected %s, got %s", what, types, type(value))
end

local expected = check.expected

--- A string.
function check.string(what, value)
  if type(value) ~= "string" then
    expected(what, "string", value)
  end
end

--- An endpoint that is open.
-- @return its window of core's
function check.open(endpoint)
  local window = type(endpoint) == "table" and rawget(endpoint, "_window")
  if not window then
    fail("expected an endpoint: call its functions with a colon, as endpoint:peers(name)")
  elseif not window:is_open() then
    fail("the endpoint is closed")
  end
  return window
end

--- An open endpoint that can join channels.
-- @return its window of core's
function check.member(endpoint)
  local window = check.open(endpoint)
  if endpoint._is_raw then
    fail("an endpoint with its own window class joins no channels: make another with "
      .. "copydata.new")
  end
  return window
end

--- A channel that is joined.
-- @return its endpoint
function check.channel(channel)
  local name = type(channel) == "table" and rawget(channel, "_name")
  if not name then
    fail("expected a channel: call its functions with a colon, as channel:send(value)")
  end
  local endpoint = rawget(channel, "_endpoint")
  if not endpoint then
    fail("channel %q is closed", name)
  elseif not endpoint:is_open() then
    fail("the endpoint is closed")
  end
  return endpoint
end

--- A channel's name: 1 to 246 UTF-16 units of valid UTF-8 without NUL.
function check.name(name)
  check.string("channel name", name)
  local ok, why = core.valid_name(name)
  if not ok then
    fail("channel name %s: %q", why, name:sub(1, NAME_SHOWN))
  end
end

--- The name of a program that runs once.
-- @param prefix what precedes it in the name of its channel
function check.instance_name(name, prefix)
  check.string("instance name", name)
  if name == "" then
    fail("instance name is empty")
  elseif name:find("\\", 1, true) then
    fail("instance name contains a backslash: %q", name:sub(1, NAME_SHOWN))
  end
  local ok, why = core.valid_name(prefix .. name)
  if not ok then
    fail("instance name, prefixed with %s, %s: %q", prefix, why,
      name:sub(1, NAME_SHOWN))
  end
end

--- A number of seconds.
-- @return it
function check.seconds(what, seconds)
  if type(seconds) ~= "number" then
    expected(what, "number of seconds", seconds)
  elseif not (seconds >= 0) then -- NaN too
    fail("%s: must be 0 or more, got %s", what, seconds)
  end
  return seconds
end

--- How long to wait: seconds, or nil for no limit.
-- @return seconds for core
function check.wait(seconds)
  if seconds == nil then
    return FOR_EVER
  end
  return check.seconds("seconds to wait", seconds)
end

local function unknown(name, known)
  local names = {}
  for key in pairs(known) do
    names[#names + 1] = key
  end
  table.sort(names)
  fail("unknown option '%s' (known: %s)", tostring(name),
    #names > 0 and table.concat(names, ", ") or "none")
end

--- A table of options, or nil; `known` maps each option to its type.
-- @return the table, never nil
function check.options(options, known)
  if options == nil then
    return {}
  elseif type(options) ~= "table" then
    expected("options", "table", options)
  end
  for name, value in pairs(options) do
    if not known[name] then
      unknown(name, known)
    elseif known[name] ~= ANY and type(value) ~= known[name] then
      expected(("option '%s'"):format(name), known[name], value)
    end
  end
  return options
end

-- A limit may be larger than an integer, and than memory.
local function positive(name, value)
  if not (value >= 1) or value < math.huge and value ~= math.floor(value) then
    fail("option '%s': expected a positive integer, got %s", name, tostring(value))
  end
end

--- Text: valid UTF-8.
function check.text(what, value)
  check.string(what, value)
  local length, position = utf8.len(value)
  if not length then
    fail("%s: not valid UTF-8 at byte %d", what, position)
  end
end

--- Text that Windows accepts as a name: without a NUL.
function check.words(what, value)
  check.text(what, value)
  if value:find("\0", 1, true) then
    fail("%s: contains a NUL byte", what)
  end
end

local ENDPOINT_OPTIONS = {
  accept = "function",
  allow_lower_integrity = "boolean",
  class = "string",
  pump = "string",
  title = "string",
  top_level = "boolean",
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
local SECONDS = { timeout = true, transfer_silence = true } -- the other numbers are counts
local CLASS_MOST = 255 -- UTF-16 units of the name of a window class
local OWN = "copydata." -- how the names of our own window classes begin
local MESSAGE_MOST = 4000 * 1024 * 1024 -- the protocol counts bytes in 32 bits

-- How other programs find an endpoint's window.
local function appearance(options)
  local class = options.class
  if not class then
    for _, name in ipairs { "title", "top_level" } do
      if options[name] then
        fail("option '%s': requires option 'class'", name)
      end
    end
    return
  end
  check.words("option 'class'", class)
  if class == "" or #core.utf16(class) > 2 * CLASS_MOST then
    fail("option 'class': must have 1 to %d UTF-16 units", CLASS_MOST)
  elseif class:sub(1, #OWN):lower() == OWN then
    fail("option 'class': names that begin with %q are copydata's own", OWN)
  elseif options.title then
    check.words("option 'title'", options.title)
  end
end

--- The options of an endpoint.
-- @return the table, never nil
function check.endpoint(options)
  options = check.options(options, ENDPOINT_OPTIONS)
  for name, value in pairs(options) do
    if SECONDS[name] then
      check.seconds(("option '%s'"):format(name), value)
    elseif type(value) == "number" then
      positive(name, value)
    elseif name == "pump" and value ~= "thread" and value ~= "script" then
      fail("option 'pump': expected 'thread' or 'script', got '%s'", value)
    end
  end
  appearance(options)
  if options.max_frame and options.max_frame < 1024 then
    fail("option 'max_frame': must be at least 1024 bytes, got %s", options.max_frame)
  end
  if options.max_message and options.max_message > MESSAGE_MOST then
    fail("option 'max_message': must be at most %d bytes, got %s",
      MESSAGE_MOST, options.max_message)
  end
  return options
end

--- The options of a call that takes time.
-- @param options as passed by the caller, or nil
-- @param known as for check.options
-- @param timeout seconds, unless the options set a timeout
-- @return a new table, with the time `deadline`, on the clock of core.seconds
function check.timed(options, known, timeout)
  if options == nil then
    return { deadline = core.seconds() + timeout }
  end
  local checked = {}
  for name, value in pairs(check.options(options, known)) do
    checked[name] = value
  end
  if checked.timeout then
    timeout = check.seconds("option 'timeout'", checked.timeout)
  end
  checked.deadline = core.seconds() + timeout
  return checked
end

--- A handler: something to call.
-- @param handler
-- @param[opt] what its name in messages, if not "handler"
function check.handler(handler, what)
  local metatable = getmetatable(handler)
  local callable = type(handler) == "function"
    or (type(metatable) == "table" and metatable.__call ~= nil)
  if not callable then
    expected(what or "handler", "function", handler)
  end
end

--- An integer.
function check.integer(what, value)
  if type(value) ~= "number" then
    expected(what, "integer", value)
  elseif math.type(value) ~= "integer" then
    fail("%s: expected integer, got the float %s", what, value)
  end
end

-- By the lower 32 bits: handles that mean all top-level windows, with the timeout for each.
local EVERY_WINDOW = { [0xFFFF] = "0xFFFF", [0xFFFFFFFF] = "-1" }

--- Whether an integer can be the handle of a window. Handles have 32 bits that count; the others
-- are 0, or repeat the sign.
-- @return nil when it can; otherwise what is wrong with it
function check.handle(hwnd)
  if hwnd == 0 or hwnd < -0x80000000 or hwnd > 0xFFFFFFFF then
    return ("%d is not a window handle"):format(hwnd)
  end
  local every = EVERY_WINDOW[hwnd & 0xFFFFFFFF]
  return every and every .. " means all windows, not one"
end

--- A window: its handle, or a table that has one in `hwnd`, which may be what a stranger claimed to
-- be: whether such a window is there is found out by sending.
-- @param what its name in messages
-- @param expects what is expected
-- @return the handle
function check.window(what, expects, window)
  if type(window) == "number" then
    check.integer(what, window)
    local wrong = check.handle(window)
    if wrong then
      fail("%s: %s", what, wrong)
    end
    return window
  elseif type(window) ~= "table" or math.type(window.hwnd) ~= "integer" then
    expected(what, expects, window)
  end
  return window.hwnd
end

--- A peer: a table with a window handle in `hwnd`, or the handle itself.
-- @param peer
-- @param[opt] what its name in messages, if not "peer"
-- @return the handle, and the process if it is known
function check.peer(peer, what)
  local hwnd = check.window(what or "peer", "peer or window handle", peer)
  return hwnd, type(peer) == "table" and peer.pid or nil
end

return check
