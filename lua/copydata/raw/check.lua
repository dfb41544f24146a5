-- SPDX-License-Identifier: MIT

--- Checks of the arguments of `copydata.raw`: see copydata.check.
local checks = require "copydata.check"
local default = require "copydata.default"

local check = {}

local fail, expected, integer = checks.fail, checks.expected, checks.integer

local ANY = "any"
local TIMEOUT = 5 -- seconds
local EXE_SEPARATOR = "[/\\]"

-- Windows ----------------------------------------------------------------------------------------

local FILTER = {
  class = "string", title = "string", exe = "string", pid = "number", message_only = "boolean",
  visible = "boolean",
}

--- A filter for windows: a table or nil.
-- @return the table, never nil
function check.filter(filter)
  filter = checks.options(filter, FILTER)
  for _, name in ipairs { "class", "title", "exe" } do
    if filter[name] then
      checks.words(("option '%s'"):format(name), filter[name])
    end
  end
  if filter.exe == "" or filter.exe and filter.exe:find(EXE_SEPARATOR .. "$") then
    fail("option 'exe': expected a file name or a path")
  end
  if filter.pid then
    integer("option 'pid'", filter.pid)
    if filter.pid <= 0 or filter.pid > 0xFFFFFFFF then
      fail("option 'pid': no process has the number %d", filter.pid)
    end
  end
  return filter
end

--- A window: an object with its handle in `hwnd`, or the handle itself.
-- @return the handle
function check.window(window)
  return checks.window("window", "window or window handle", window)
end

-- Messages ---------------------------------------------------------------------------------------

--- The dwData of a message.
function check.tag(tag)
  integer("dwData", tag)
end

local function timeout_of(options)
  local timeout = options.timeout
  return timeout == nil and TIMEOUT or checks.seconds("option 'timeout'", timeout)
end

local function result_of(options)
  local result = options.result
  if result == nil then
    return 1
  end
  integer("option 'result'", result)
  return result
end

-- A sender's window: an endpoint, an object with a handle, the handle, or 0 for none.
local function sender_of(sender)
  if sender == 0 or sender == nil then
    return 0
  elseif type(sender) == "table" and type(sender.hwnd) == "function" then
    local ok, hwnd, problem = pcall(sender.hwnd, sender)
    if not ok or not hwnd then
      fail("option 'sender': %s", ok and problem or hwnd)
    end
    return hwnd
  end
  return checks.window("option 'sender'", "endpoint or window handle", sender)
end

--- The options of sending.
-- @return the timeout in seconds
-- @return the sender's window; 0: none
function check.sending(options)
  options = checks.options(options, { timeout = "number", sender = ANY })
  return timeout_of(options), sender_of(options.sender)
end

local TAG_BITS = string.packsize "T" == 4 and 0xFFFFFFFF or -1 -- of our width

--- The options of a handler of `WM_COPYDATA`.
-- @return the answer to senders, an integer
-- @return the dwData that it handles, or nil for all
-- @return the window whose messages it handles, or nil for all
function check.taking(options)
  options = checks.options(options, { tag = "number", window = ANY, result = "number" })
  local hwnd
  if options.tag then
    integer("option 'tag'", options.tag)
  end
  if options.window ~= nil then
    hwnd = checks.window("option 'window'", "window or window handle", options.window)
  end
  return result_of(options), options.tag and options.tag & TAG_BITS, hwnd
end

local OURS = "copydata." -- how the names of our own registered messages begin
local NAME_MOST = 255 -- bytes: what an atom holds, in UTF-16 units

--- A message: its number, or the name of a registered one.
function check.message(message)
  if type(message) == "string" then
    checks.words("message", message)
    if message == "" or #message > NAME_MOST then
      fail("message: expected a name of 1 to %d bytes", NAME_MOST)
    end
    return
  end
  if math.type(message) ~= "integer" then
    expected("message", "integer or name", message)
  elseif message < 0 or message > 0xFFFF then
    fail("message: no window message has the number %d", message)
  end
end

--- The wparam or lparam of a message: an integer; nil: 0.
-- @return it
function check.parameter(what, value)
  if value == nil then
    return 0
  end
  integer(what, value)
  return value
end

--- The options of sending a message.
-- @return the timeout in seconds
-- @return whether to post the message
function check.message_sending(options)
  options = checks.options(options, { timeout = "number", post = "boolean" })
  if options.post and options.timeout then
    fail("option 'timeout': a posted message is not waited for")
  end
  return timeout_of(options), options.post
end

--- A message that may have a handler.
-- @param reserved why others may not, by number
function check.free_message(message, reserved)
  if reserved[message] then
    fail("message: %s", reserved[message])
  elseif type(message) == "string" and message:sub(1, #OURS):lower() == OURS then
    fail("message: names that begin with %q are copydata's own", OURS)
  end
end

--- The options of a handler of other messages.
-- @return the answer to senders, an integer
function check.message_taking(options)
  options = checks.options(options, { result = "number" })
  if options.result == nil then
    return 0
  end
  return result_of(options)
end

-- Asking -----------------------------------------------------------------------------------------

local ASK_OPTIONS = { reply = ANY, sender = "table", timeout = "number", result = "number" }

local function tags_of(reply)
  local tags = {}
  for i, tag in ipairs(type(reply) == "table" and reply or { reply }) do
    integer("option 'reply'", tag)
    tags[i] = tag & TAG_BITS
  end
  if #tags == 0 then
    fail("option 'reply': the list is empty")
  end
  return tags
end

-- The endpoint that an option means: the endpoint itself, or the default one for a module, which
-- has the same window; nil: none.
local function endpoint_of(sender)
  if sender == nil then
    return nil
  elseif type(sender.hwnd) ~= "function" then
    expected("option 'sender'", "endpoint", sender)
  end
  local hwnd, endpoint = sender_of(sender), sender
  if not rawget(sender, "_window") then
    endpoint = default.current()
    if not endpoint or endpoint:hwnd() ~= hwnd then
      fail("option 'sender': not an endpoint of this program")
    end
  end
  return endpoint
end

--- What a request sends: bytes, or a function that makes them.
function check.question(bytes)
  if type(bytes) ~= "string" and type(bytes) ~= "function" then
    expected("bytes", "string or function", bytes)
  end
end

--- The options of a request.
-- @return a table: `tags`, a list of dwData, or `accepts`, a function, or neither; `sender`, an
-- endpoint or nil; `timeout`; `result`
function check.asking(options)
  options = checks.options(options, ASK_OPTIONS)
  local reply, checked = options.reply, {}
  if type(reply) == "function" then
    checked.accepts = reply
  elseif math.type(reply) == "integer" or type(reply) == "table" then
    checked.tags = tags_of(reply)
  elseif reply ~= nil then
    expected("option 'reply'", "integer, list of integers or function", reply)
  end
  checked.sender = endpoint_of(options.sender)
  checked.timeout = timeout_of(options)
  checked.result = result_of(options)
  return checked
end

-- Sections ---------------------------------------------------------------------------------------

--- A section's name, and its size in bytes or nil.
function check.section(name, size)
  checks.words("name", name)
  if name == "" then
    fail("name: must not be empty")
  elseif size ~= nil then
    integer("size", size)
    if size < 1 then
      fail("size: must be 1 or more, got %d", size)
    end
  end
end

--- A section that is open.
function check.section_open(section)
  if not section then
    fail("the section is closed")
  end
end

--- A range of a section's bytes.
-- @param offset from 0; nil: 0
-- @param count nil: up to the end
-- @return the offset, and the count
function check.span(offset, count, size)
  if offset ~= nil then
    integer("offset", offset)
  end
  offset = offset or 0
  if offset < 0 or offset > size then
    fail("offset: %d is outside the section's %d bytes", offset, size)
  end
  if count ~= nil then
    integer("count", count)
  end
  count = count or size - offset
  if count < 0 or count > size - offset then
    fail("%d bytes from offset %d on exceed the section's %d", count, offset, size)
  end
  return offset, count
end

-- Text -------------------------------------------------------------------------------------------

--- Text: valid UTF-8.
function check.text(what, value)
  checks.text(what, value)
end

local CODEPAGES = { ansi = 0, oem = 1 } -- CP_ACP, CP_OEMCP

--- A code page: a number, "ansi" or "oem".
-- @return the number
function check.codepage(codepage)
  local number = CODEPAGES[codepage]
  if number then
    return number
  elseif math.type(codepage) ~= "integer" then
    fail("code page: expected a number, 'ansi' or 'oem', got %s",
      type(codepage) == "string" and ("%q"):format(codepage) or type(codepage))
  elseif codepage < 1 or codepage > 0xFFFF then
    fail("code page: %d is not a code page number", codepage)
  end
  return codepage
end

--- A position in bytes, as for string.unpack; nil: the first. One past the last is allowed.
-- @return it, from 1
function check.position(position, bytes)
  if position == nil then
    return 1
  end
  integer("position", position)
  local from_start = position < 0 and #bytes + 1 + position or position
  if from_start < 1 or from_start > #bytes + 1 then
    fail("position: %d is outside the %d bytes", position, #bytes)
  end
  return from_start
end

return check
