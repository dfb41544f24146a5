-- SPDX-License-Identifier: MIT

--- Checks of what callers of `copydata.raw` hand in. As copydata.check: each raises an error that
-- points at the line which called the public function, which calls the check directly.
local checks = require "copydata.check"

local check = {}

local at = {
  expected = checks.expected, integer = checks.integer, seconds = checks.seconds,
  options = checks.options, window = checks.window, text = checks.text, words = checks.words,
}

local CALLER = 3 -- as in copydata.check
local ANY = "any"
local TIMEOUT = 5 -- seconds
local EXE_SEPARATOR = "[/\\]"

-- Windows ----------------------------------------------------------------------------------------

local FILTER = {
  class = "string", title = "string", exe = "string", pid = "number", message_only = "boolean",
  visible = "boolean",
}

--- What windows must be to be found: a table or nil.
-- @return the table, never nil
function check.filter(filter)
  filter = at.options(filter, FILTER, CALLER)
  for _, name in ipairs { "class", "title", "exe" } do
    if filter[name] then
      at.words(("option '%s'"):format(name), filter[name], CALLER)
    end
  end
  if filter.exe == "" or filter.exe and filter.exe:find(EXE_SEPARATOR .. "$") then
    error("option 'exe': a file name or a path expected", CALLER)
  end
  if filter.pid then
    at.integer("option 'pid'", filter.pid, CALLER)
    if filter.pid <= 0 or filter.pid > 0xFFFFFFFF then
      error(("option 'pid': no process has the number %d"):format(filter.pid), CALLER)
    end
  end
  return filter
end

--- A window: an object with its handle in `hwnd`, or the handle itself.
-- @return the handle
function check.window(window)
  return (at.window("window", "window or window handle", window, CALLER))
end

-- Messages ---------------------------------------------------------------------------------------

--- The dwData of a message.
function check.tag(tag)
  at.integer("dwData", tag, CALLER)
end

--- Bytes.
function check.bytes(bytes)
  if type(bytes) ~= "string" then
    at.expected("bytes", "string", bytes, CALLER)
  end
end

local function timeout_of(options, level)
  local timeout = options.timeout
  return timeout == nil and TIMEOUT or at.seconds("option 'timeout'", timeout, level + 1)
end

local function result_of(options, level)
  local result = options.result
  if result == nil then
    return 1
  end
  at.integer("option 'result'", result, level + 1)
  return result
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
  return (at.window("option 'sender'", "endpoint or window handle", sender, level + 1))
end

--- The options of sending.
-- @return the timeout in seconds
-- @return the sender's window; 0: none
function check.sending(options)
  options = at.options(options, { timeout = "number", sender = ANY }, CALLER)
  return timeout_of(options, CALLER), (sender_of(options.sender, CALLER))
end

--- The options of a handler of `WM_COPYDATA`.
-- @return what the senders are answered, an integer
-- @return the dwData that it is for, or nil
-- @return the window that it is for, or nil
function check.taking(options)
  options = at.options(options, { tag = "number", window = ANY, result = "number" }, CALLER)
  local hwnd
  if options.tag then
    at.integer("option 'tag'", options.tag, CALLER)
  end
  if options.window ~= nil then
    hwnd = at.window("option 'window'", "window or window handle", options.window, CALLER)
  end
  return result_of(options, CALLER), options.tag, hwnd
end

local OURS = "copydata." -- how the names of our own registered messages begin
local NAME_MOST = 255 -- bytes: what an atom holds, in UTF-16 units

--- A message: its number, or the name of a registered one.
function check.message(message)
  if type(message) == "string" then
    at.words("message", message, CALLER)
    if message == "" or #message > NAME_MOST then
      error(("message: a name of 1 to %d bytes expected"):format(NAME_MOST), CALLER)
    end
    return
  end
  if math.type(message) ~= "integer" then
    at.expected("message", "integer or name", message, CALLER)
  elseif message < 0 or message > 0xFFFF then
    error(("message: no window message has the number %d"):format(message), CALLER)
  end
end

--- The wparam or lparam of a message: an integer; nil: 0.
-- @return it
function check.parameter(what, value)
  if value == nil then
    return 0
  end
  at.integer(what, value, CALLER)
  return value
end

--- The options of sending a message.
-- @return the timeout in seconds
-- @return whether it is to be posted
function check.message_sending(options)
  options = at.options(options, { timeout = "number", post = "boolean" }, CALLER)
  if options.post and options.timeout then
    error("option 'timeout': what is posted is not waited for", CALLER)
  end
  return timeout_of(options, CALLER), options.post
end

--- A message that a handler may have.
-- @param reserved why it may not, by number
function check.free_message(message, reserved)
  if reserved[message] then
    error("message: " .. reserved[message], CALLER)
  elseif type(message) == "string" and message:sub(1, #OURS):lower() == OURS then
    error(("message: names that begin with %q are copydata's own"):format(OURS), CALLER)
  end
end

--- The options of a handler of other messages.
-- @return what the senders are answered, an integer
function check.message_taking(options)
  options = at.options(options, { result = "number" }, CALLER)
  if options.result == nil then
    return 0
  end
  return (result_of(options, CALLER))
end

-- Asking -----------------------------------------------------------------------------------------

local ASK_OPTIONS = { reply = ANY, sender = "table", timeout = "number", result = "number" }

local function tags_of(reply, level)
  if math.type(reply) == "integer" then
    return { reply }
  end
  for _, tag in ipairs(reply) do
    at.integer("option 'reply'", tag, level + 1)
  end
  if #reply == 0 then
    error("option 'reply': an empty list", level + 1)
  end
  return reply
end

--- What a request sends: bytes, or a function that makes them.
function check.question(bytes)
  if type(bytes) ~= "string" and type(bytes) ~= "function" then
    at.expected("bytes", "string or function", bytes, CALLER)
  end
end

--- The options of a request.
-- @return a table: `tags`, a list of dwData, or `accepts`, a function, or neither; `sender`, an
-- endpoint or nil; `timeout`; `result`
function check.asking(options)
  options = at.options(options, ASK_OPTIONS, CALLER)
  local reply, checked = options.reply, {}
  if type(reply) == "function" then
    checked.accepts = reply
  elseif math.type(reply) == "integer" or type(reply) == "table" then
    checked.tags = tags_of(reply, CALLER)
  elseif reply ~= nil then
    at.expected("option 'reply'", "integer, list of integers or function", reply, CALLER)
  end
  local sender = options.sender
  if sender and type(sender.hwnd) ~= "function" then
    at.expected("option 'sender'", "endpoint", sender, CALLER)
  elseif sender then
    sender_of(sender, CALLER)
  end
  checked.sender = sender
  checked.timeout = timeout_of(options, CALLER)
  checked.result = result_of(options, CALLER)
  return checked
end

-- Sections ---------------------------------------------------------------------------------------

--- What a section is to be: its name, and its size in bytes, or nil.
function check.section(name, size)
  at.words("name", name, CALLER)
  if name == "" then
    error("name: a section without one cannot be shared", CALLER)
  elseif size ~= nil then
    at.integer("size", size, CALLER)
    if size < 1 then
      error(("size: 1 byte or more expected, got %d"):format(size), CALLER)
    end
  end
end

--- A section that is open.
function check.section_open(section)
  if not section then
    error("the section is closed", CALLER)
  end
end

--- A stretch of a section's bytes.
-- @param offset from 0; nil: 0
-- @param count nil: up to the end
-- @return the offset, and the count
function check.span(offset, count, size)
  if offset ~= nil then
    at.integer("offset", offset, CALLER)
  end
  offset = offset or 0
  if offset < 0 or offset > size then
    error(("offset: %d is outside of the section's %d bytes"):format(offset, size), CALLER)
  end
  if count ~= nil then
    at.integer("count", count, CALLER)
  end
  count = count or size - offset
  if count < 0 or count > size - offset then
    error(("%d bytes from %d on are not all in the section's %d"):format(count, offset, size),
      CALLER)
  end
  return offset, count
end

-- Text -------------------------------------------------------------------------------------------

--- Text: valid UTF-8.
function check.text(what, value)
  at.text(what, value, CALLER)
end

local CODEPAGES = { ansi = 0, oem = 1 } -- CP_ACP, CP_OEMCP

--- A code page: a number, "ansi" or "oem".
-- @return the number
function check.codepage(codepage)
  local number = CODEPAGES[codepage]
  if number then
    return number
  elseif math.type(codepage) ~= "integer" then
    error(("code page: expected a number, 'ansi' or 'oem', got %s"):format(
      type(codepage) == "string" and ("%q"):format(codepage) or type(codepage)), CALLER)
  elseif codepage < 1 or codepage > 0xFFFF then
    error(("code page: there is none with the number %d"):format(codepage), CALLER)
  end
  return codepage
end

--- A position in bytes, as string.unpack has it; nil: the first. One past the last is allowed.
-- @return it, from 1
function check.position(position, bytes)
  if position == nil then
    return 1
  end
  at.integer("position", position, CALLER)
  local from_start = position < 0 and #bytes + 1 + position or position
  if from_start < 1 or from_start > #bytes + 1 then
    error(("position: %d is outside of the %d bytes"):format(position, #bytes), CALLER)
  end
  return from_start
end

return check
