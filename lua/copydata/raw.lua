-- SPDX-License-Identifier: MIT

--- Other programs' protocols: any window, any `WM_COPYDATA`. Many Windows programs take commands
-- this way, each with a `dwData` and bytes of its own making; `string.pack` and `string.unpack` are
-- the tools for these, and `utf16` and `from_utf16` for text.
--
--     local raw = copydata.raw
--     local window = assert(raw.find { class = "TheirClass" }[1], "it does not run")
--     local answer = assert(raw.send(window, 7, raw.utf16("open notes.txt", true)))
--
-- What arrives from such programs goes to the handler that `endpoint:on_raw` sets. See
-- `examples/everything.lua` for a query and its answer.
--
-- @module copydata.raw
local Endpoint = require "copydata.endpoint"
local Message = require "copydata.message"
local Peer = require "copydata.peer"
local check = require "copydata.check"
local core = require "copydata.core"
local default = require "copydata.default"
local loop = require "copydata.loop"

local raw = {}

--- A window: a `peer` that also has these.
-- @table window
-- @tfield string class
-- @tfield string title its first 1023 UTF-16 units
-- @tfield boolean message_only whether it only exists for messages

local FILTER = { class = "string", title = "string", pid = "number", message_only = "boolean" }

local Window = { __name = "copydata.raw.window", __tostring = function(self)
  return ("window 0x%X (%s)"):format(self.hwnd, self.class)
end }

function Window:__index(name)
  return rawget(self, "_peer")[name]
end

local function list(found, filter, message_only)
  for _, hwnd in ipairs(core.windows(message_only, filter.class, filter.title, filter.pid)) do
    local peer = Peer.of(hwnd)
    local class, title = core.window(hwnd)
    if peer.pid and class then -- otherwise it is gone already
      found[#found + 1] = setmetatable({
        _peer = peer, class = class, title = title, message_only = message_only, hwnd = hwnd,
      }, Window)
    end
  end
end

--- Finds windows. Asks Windows alone, never the windows: one that hangs is found like any other.
-- @param[opt] filter what the windows must be, all of it: `class`, the name of its class; `title`;
-- both whole, and compared without case; `pid`, its process; `message_only`, true for windows that
-- only exist for messages, false for the ordinary ones; nil for both kinds
-- @return a list of windows, the topmost first: `copydata.raw.window`
function raw.find(filter)
  filter = check.filter(filter, FILTER)
  local found = {}
  if filter.message_only ~= true then
    list(found, filter, false)
  end
  if filter.message_only ~= false then
    list(found, filter, true)
  end
  return found
end

--- Sends a `WM_COPYDATA` to any window and waits for its answer. Messages for our own endpoints
-- are accepted meanwhile, an answer by `WM_COPYDATA` among them, and handled by the next `poll`.
--
-- Under Wine the bytes land on the stack of the thread that receives them: a megabyte or two, as
-- the program was built, ends it.
-- @param window a window that `find` found, a peer, or a window handle; never what Windows takes
-- for all windows, 0xFFFF and -1
-- @param tag `dwData`: an integer, all 64 bits of it (a 32-bit program sees the lower half)
-- @param bytes a string, which may be empty
-- @param[opt] options `timeout`: seconds to wait for the answer, default 5. `sender`: whose window
-- goes as `wParam`: an endpoint, `copydata` for the default one, or a window handle; default 0,
-- which is none.
-- @return what the window answered, an integer: its meaning is the receiver's, but 0 is as a rule
-- from a program that does not know the message. Or nil, "NAME: message", "NAME": GONE (the window
-- is gone, or its program died with the message), DENIED (Windows forbids it), TIMEOUT (no answer:
-- outcome unknown), HUNG (it has not looked for messages for 5 s: nothing was sent), MEMORY,
-- SYSTEM.
function raw.send(window, tag, bytes, options)
  local hwnd = check.window(window)
  check.tag(tag)
  check.bytes(bytes)
  local timeout, sender = check.raw_options(options)
  return core.deliver(hwnd, tag, bytes, timeout, sender)
end

--- Text as other programs want it.
-- @param text UTF-8; what is not valid raises an error
-- @param[opt] terminated true: with a terminator, two zero bytes, at its end
-- @return the bytes of the text in UTF-16, little-endian, without a byte order mark
function raw.utf16(text, terminated)
  check.text("text", text)
  return core.utf16(text, terminated)
end

--- Text as other programs send it.
-- @param bytes a string that holds UTF-16, little-endian; a byte order mark is a unit like others
-- @param[opt] terminated true: the text ends before the first terminator, if there is one
-- @param[opt=1] position where in the bytes it begins, as for `string.unpack`
-- @return the text in UTF-8
-- @return the position of the first byte after it and, where that ended it, the terminator. When
-- the bytes are no valid UTF-16 (half a unit at the end, a lone surrogate): nil,
-- "MALFORMED: what, and at which byte", "MALFORMED".
function raw.from_utf16(bytes, terminated, position)
  check.bytes(bytes)
  return core.from_utf16(bytes, check.position(position, bytes), terminated)
end

-- Taking them -------------------------------------------------------------------------------------

-- The handler of an endpoint's raw messages, for loop.handle: while it waits, others do.
local Taker = {}
Taker.__index = Taker

function Taker:pause()
  self.busy = true
  self.window:handle(core.raw_id, false)
end

function Taker:unpause()
  self.busy = false
  if self.window:is_open() then
    self.window:handle(core.raw_id, true)
  end
end

function Taker:close()
  self.handler = nil
end

local function make_taker(endpoint)
  return setmetatable({ window = endpoint._window, handler = nil, busy = false }, Taker)
end

local methods = {}

--- Sets the handler for raw messages: every `WM_COPYDATA` to this endpoint's window that is not of
-- copydata's own protocol. The loop calls it, `handler(bytes, message)`, for one after the other,
-- as it calls a channel's. Raw messages are described as `message`.
--
-- The handler runs later than the sender is answered: it is told `result` at once. Without a
-- handler, when the queue is full, when the message is over `max_message`, and when a guard of the
-- endpoint has not allowed the sender (`endpoint:guard`; it is asked about), it is told 0, as by
-- any window that does not know the message.
-- @function endpoint:on_raw
-- @param handler a function, or nil: raw messages are no longer taken, and what waits is dropped
-- @param[opt] options `result`: an integer, default 1 (many programs want it for TRUE)
-- @return the endpoint
function methods:on_raw(handler, options)
  local window = check.open(self)
  if handler ~= nil then
    check.handler(handler)
  end
  local result = check.raw_result(options)
  local taker = self:part(make_taker)
  taker.handler = handler
  self:_on_raw(handler and function(enter, data, tag, received, hwnd, pid, exe)
    enter(loop.handle, taker, handler, data, Message.of_raw(data, tag, received, hwnd, pid, exe))
  end)
  window:raw(handler ~= nil, result)
  window:handle(core.raw_id, handler ~= nil and not taker.busy)
  return self
end

Endpoint.extend(methods)

--- Sets the handler for raw messages to the default endpoint. See `endpoint:on_raw`.
-- @function on
-- @param handler
-- @param[opt] options
raw.on = default.method(raw, "on_raw", "copydata.raw.on")

return raw
