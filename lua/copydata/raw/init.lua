-- SPDX-License-Identifier: MIT

--- Other programs' protocols: any window, any message. Many Windows programs take commands by
-- `WM_COPYDATA`, each with a `dwData` and bytes of its own making; `string.pack` and
-- `string.unpack` are the tools for these, and `utf16`, `from_utf16`, `encode` and `decode` for
-- text.
--
--     local raw = copydata.raw
--     local window = assert(raw.find { class = "TheirClass" }[1], "it does not run")
--     local answer = assert(raw.send(window, 7, raw.utf16("open notes.txt", true)))
--     local reply = assert(raw.request(window, 8, "what is open?", { reply = 9 }))
--
-- What arrives from such programs by itself goes to the handlers that `raw.on` sets. A program that
-- others are to find needs an endpoint with a window class of its own: `copydata.new`.
--
-- @module copydata.raw
local Endpoint = require "copydata.endpoint"
local Handlers = require "copydata.raw.handlers"
local ask = require "copydata.raw.ask"
local check = require "copydata.raw.check"
local checks = require "copydata.check"
local core = require "copydata.core"
local default = require "copydata.default"
local messages = require "copydata.raw.messages"
local section = require "copydata.raw.section"
local windows = require "copydata.raw.windows"

local raw = {}

--- A window: a `peer` that also has these.
-- @table window
-- @tfield string class
-- @tfield string title its first 1023 UTF-16 units
-- @tfield boolean visible whether it is shown; one that is minimised or covered is
-- @tfield boolean message_only whether it only exists for messages

--- Finds windows. Asks Windows alone, never the windows: one that hangs is found like any other.
-- @param[opt] filter what the windows must be, all of it: `class`, the name of its class; `title`;
-- both whole; `exe`, its program, by the name of the file (`"SciTE.exe"`) or by the whole path;
-- these are compared without case; `pid`, its process; `visible`, whether it is shown;
-- `message_only`, true for windows that only exist for messages, false for the ordinary ones; nil
-- for both kinds
-- @return a list of windows, the topmost first: `copydata.raw.window`
function raw.find(filter)
  return windows.find(check.filter(filter))
end

--- Waits until there is a window, for a program that is being started.
-- @param filter as for `find`
-- @param[opt] seconds how long; nil: as long as it takes
-- @return the window, the topmost if there are several; or nil, "NAME: message", "NAME": TIMEOUT,
-- QUIT, INTERRUPTED, CANCELLED
function raw.wait(filter, seconds)
  return windows.wait(check.filter(filter), checks.wait(seconds))
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
-- @return what the window answered, an integer, which means what that program says it means. 0 is
-- what Windows answers for a program that does not know the message; but there are programs that
-- always answer 0, such as SciTE, and some for which it is success. Or nil, "NAME: message",
-- "NAME": GONE (the window is gone, or its program died with the message), DENIED (Windows forbids
-- it), TIMEOUT (no answer: outcome unknown), HUNG (it has not looked for messages for 5 s: nothing
-- was sent), MEMORY, SYSTEM.
function raw.send(window, tag, bytes, options)
  local hwnd = check.window(window)
  check.tag(tag)
  check.bytes(bytes)
  local timeout, sender = check.sending(options)
  return core.deliver(hwnd, tag, bytes, timeout, sender)
end

--- Sends any message to any window and waits for its answer, or posts it. For programs that take
-- commands so, from a menu's number (WM_COMMAND, 0x111) to messages of their own.
-- @param window as for `send`
-- @param message its number, up to 0xFFFF; a string is the name of a registered one
-- @param[opt=0] wparam an integer
-- @param[opt=0] lparam an integer. Both as the message has them; an address of memory they cannot
-- be: the messages of Windows that carry one, such as WM_SETTEXT, raise unless it is 0.
-- @param[opt] options `timeout`: seconds to wait for the answer, default 5; `post = true`: puts the
-- message into the queue of the window's thread and does not wait
-- @return what the window answered, an integer with sign; of what was posted true. Or nil,
-- "NAME: message", "NAME": as `send`, and BUSY (the queue, of 10,000 messages, is full).
function raw.message(window, message, wparam, lparam, options)
  local hwnd = check.window(window)
  check.message(message)
  wparam, lparam = check.parameter("wparam", wparam), check.parameter("lparam", lparam)
  local timeout, post = check.message_sending(options)
  if messages.carries_address(message, wparam, lparam) then
    checks.fail("message: 0x%X carries an address of memory, which only 0 can stand for here",
      message)
  end
  local number, why, code = messages.number(message)
  if not number then
    return nil, why, code
  elseif post then
    return core.post(hwnd, number, wparam, lparam)
  end
  return core.message(hwnd, number, wparam, lparam, timeout)
end

-- Asking -----------------------------------------------------------------------------------------

--- Sends a `WM_COPYDATA` to which the program replies by a `WM_COPYDATA` of its own, as many do:
-- most before they answer the message, some later. Waits for the reply.
--
-- The reply is one of the window's program, or one that names no sender's window. Each request that
-- is under way has a hidden window of its own, which goes as `wParam`, and which most programs
-- reply to; so requests do not meet each other's replies, and a reply to a request that was given
-- up finds nobody. It has a thread of its own, so that the program never waits for the script. For
-- a protocol that names the window in the bytes, these are made by a function.
--
-- With `sender` the reply comes to that endpoint, for programs that know its window from before.
-- There it is taken before any handler sees it, and no guard is asked about it. As nothing but
-- their order then tells the replies of a program apart, such requests to it wait for each other.
-- The reply to one that was given up is dropped when it comes; if it never does, the next request
-- may miss its own and fail with TIMEOUT.
--
-- A program that Windows trusts less than this one, such as an ordinary one when this one is
-- elevated, can only reply to a `sender` that has `allow_lower_integrity`.
-- @param window as for `send`
-- @param tag `dwData`
-- @param bytes a string; or a function that is given the handle of the window for the reply and
-- returns the string
-- @param[opt] options `reply`: what the reply is: its `dwData`, a list of several, or a function
-- `f(bytes, message)` which says whether a message is the reply (those that are not are dropped,
-- and an error in it is raised here); default: any message of that program. `timeout`: seconds for
-- all of it, default 5. `sender`: an endpoint, or `copydata` for the default one. `result`: what
-- the reply is answered, an integer, default 1.
-- @return the bytes of the reply
-- @return the reply as a `message`, with its `tag`. Or nil, "NAME: message", "NAME": as of `send`;
-- TIMEOUT (no reply in time, too), GONE (the program left before it replied), CLOSED (the sender
-- was closed), QUIT, INTERRUPTED, CANCELLED.
function raw.request(window, tag, bytes, options)
  local hwnd = check.window(window)
  check.tag(tag)
  check.question(bytes)
  options = check.asking(options)
  return ask.request(hwnd, tag, bytes, options)
end

-- Text -------------------------------------------------------------------------------------------

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

--- Text as programs want it that speak no Unicode.
-- @param text UTF-8; what is not valid raises an error
-- @param codepage `"ansi"`, the one that the system has for such programs; `"oem"`, the one for its
-- consoles; or a number, such as 1252 (Western European) or 932 (Shift-JIS)
-- @return the bytes; or nil, "NAME: message", "NAME": UNENCODABLE (the code page does not have a
-- character: which one, says the message), UNSUPPORTED (the system does not know the code page)
function raw.encode(text, codepage)
  check.text("text", text)
  return core.encode(text, check.codepage(codepage))
end

--- Text as such programs send it.
-- @param bytes a string
-- @param codepage as for `encode`
-- @return the text in UTF-8; or nil, "NAME: message", "NAME": MALFORMED (the bytes are not valid,
-- as far as the code page knows what is not), UNSUPPORTED
function raw.decode(bytes, codepage)
  check.bytes(bytes)
  return core.decode(bytes, check.codepage(codepage))
end

-- Sections ---------------------------------------------------------------------------------------

--- Makes a section, or opens one that is there to read it. Others can write there at any time, as
-- they can read: what is read once may be something else the next time.
--
-- One that is made is all zero. It is the user's own, and for the user's programs alone, but for
-- those of lower integrity.
-- @param name as other programs have it, `Local\NAME` for short
-- @param[opt] size bytes, to make one; nil: opens one to read it
-- @return a `section`; or nil, "NAME: message", "NAME": EXISTS (one is to be made and the name is
-- taken), ABSENT (one is to be opened and there is none), DENIED, UNSUPPORTED (it is of a file,
-- or not all of its memory is there), MEMORY, SYSTEM
function raw.section(name, size)
  check.section(name, size)
  return section.open(name, size)
end

-- Taking them -------------------------------------------------------------------------------------

--- What `on` and `on_message` return. It stays until it is closed, or its endpoint is.
-- @table handler
-- @tfield function close a method, also `__close`: takes the handler away; what waits for it is
-- dropped, and a call of it that is under way goes on. Idempotent.

local methods = {}

--- Sets a handler for raw messages: each `WM_COPYDATA` to this endpoint's window that is not of
-- copydata's own protocol. The loop calls it, `handler(bytes, message)`, for one after the other,
-- as it calls a channel's. Raw messages are described as `message`.
--
-- There may be several side by side, by dwData and by sender, one for the same. A message is for
-- one of them: for one that names both, or else its window, or else its dwData, or else neither.
--
-- The handler runs later than the sender is answered: it is told `result` at once. Without a
-- handler, when the queue is full, when the message is over `max_message`, and when a guard of the
-- endpoint has not allowed the sender (`endpoint:guard`; it is asked about), it is told 0, as by
-- any window that does not know the message.
-- @function endpoint:on_raw
-- @param handler a function
-- @param[opt] options `tag`: only messages with this dwData; `window`: only those of this sender, a
-- window, a peer or a handle; `result`: an integer, default 1 (many programs want it for TRUE)
-- @return a `handler`, to be closed
function methods:on_raw(handler, options)
  checks.open(self)
  checks.handler(handler)
  local result, tag, hwnd = check.taking(options)
  local handlers = self:part(Handlers.new)
  if handlers:has(tag, hwnd) then
    checks.fail("there is a handler for the same messages: close that first")
  end
  return handlers:add(handler, result, tag, hwnd)
end

--- Sets a handler for a window message that other programs send or post to this endpoint's window,
-- such as the notices that a program was asked to give. The loop calls it, `handler(wparam,
-- lparam)`, for one after the other: integers, 64 bits with sign. One for each message.
--
-- It runs later than the sender is answered, so an address in them is good for nothing any more.
-- Windows does not say who sent it: a guard of the endpoint is asked about a sender without window.
-- Without a handler and without room in the queue Windows answers as by default. Broadcasts come to
-- an endpoint with `top_level` alone.
-- @function endpoint:on_message
-- @param message its number, or the name of a registered one; not one that Windows or the endpoint
-- needs itself, such as WM_CLOSE (0x10), WM_DESTROY (2), WM_TIMER (0x113), WM_COPYDATA (0x4A): that
-- raises, and says why
-- @param handler a function
-- @param[opt] options `result`: what who sends it is answered, an integer, default 0: as a rule
-- that it was handled
-- @return a `handler`, to be closed; or nil, "NAME: message", "NAME": DENIED, SYSTEM
function methods:on_message(message, handler, options)
  checks.open(self)
  check.message(message)
  check.free_message(message, messages.reserved)
  checks.handler(handler)
  local result = check.message_taking(options)
  local number, why, code = messages.number(message)
  if not number then
    return nil, why, code
  end
  local handlers = self:part(Handlers.new)
  if handlers:has(nil, nil, number) then
    checks.fail("there is a handler for this message: close that first")
  elseif self:admits() then
    local admitted
    admitted, why, code = self._window:admit(number)
    if not admitted then
      return nil, why, code
    end
  end
  return handlers:add_message(handler, result, number)
end

Endpoint.extend(methods)

--- Sets a handler for raw messages to the default endpoint. See `endpoint:on_raw`.
-- @function on
-- @param handler
-- @param[opt] options
raw.on = default.method(raw, "on_raw", "copydata.raw.on")

--- Sets a handler for a window message to the default endpoint. See `endpoint:on_message`.
-- @function on_message
-- @param message
-- @param handler
-- @param[opt] options
raw.on_message = default.method(raw, "on_message", "copydata.raw.on_message")

return raw
