-- SPDX-License-Identifier: MIT

--- Other programs' protocols: any window, any message. Many Windows programs accept commands by
-- `WM_COPYDATA`, each with its own `dwData` and bytes. Use `string.pack` and `string.unpack` for
-- the bytes, and `utf16`, `from_utf16`, `encode` and `decode` for text.
--
--     local raw = copydata.raw
--     local window = assert(raw.find { class = "TheirClass" }[1], "it is not running")
--     local answer = assert(raw.send(window, 7, raw.utf16("open notes.txt", true)))
--     local reply = assert(raw.request(window, 8, "what is open?", { reply = 9 }))
--
-- Messages that such programs send unasked go to the handlers set by `raw.on`. If other programs
-- must find this one by a window class, make an endpoint with its own class: `copydata.new`.
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

--- A window: a `peer` with these additional fields.
-- @table window
-- @tfield string class the name of its class
-- @tfield string title the first 1023 UTF-16 units of its title
-- @tfield boolean visible whether it is shown; also true if it is minimised or covered
-- @tfield boolean message_only whether it is a message-only window

--- Finds windows. Asks only Windows, never the windows themselves, so it finds hung windows too.
-- @param[opt] filter what the windows must all match: `class`, the name of the class; `title`, the
-- title (both are compared whole); `exe`, the program, by file name (`"SciTE.exe"`) or full path;
-- these three ignore case; `pid`, the process; `visible`, whether it is shown; `message_only`, true
-- for message-only windows, false for ordinary ones; nil for both
-- @return a list of windows, the topmost first: `copydata.raw.window`
function raw.find(filter)
  return windows.find(check.filter(filter))
end

--- Waits until there is a matching window, for a program that is starting.
-- @param filter as for `find`
-- @param[opt] seconds how long to wait; nil: no limit
-- @return the window, the topmost if there are several; or nil, "NAME: message", "NAME": TIMEOUT,
-- QUIT, INTERRUPTED, CANCELLED
function raw.wait(filter, seconds)
  return windows.wait(check.filter(filter), checks.wait(seconds))
end

--- Sends a `WM_COPYDATA` to any window and waits for its answer. Meanwhile this program's endpoints
-- accept messages, including a reply by `WM_COPYDATA`; the next `poll` handles them.
--
-- Under Wine the bytes are placed on the stack of the receiving thread: a megabyte or two,
-- depending on how that program was built, kills it.
-- @param window a window from `find`, a peer, or a window handle; not 0xFFFF or -1, which mean all
-- windows to Windows
-- @param tag the `dwData`: an integer, all 64 bits of it (a 32-bit program sees the lower half)
-- @param bytes a string, which may be empty
-- @param[opt] options `timeout`: seconds to wait for the answer, default 5. `sender`: the window
-- passed as `wParam`: an endpoint, `copydata` for the default one, or a window handle; default 0,
-- no window.
-- @return the window's answer, an integer whose meaning the other program defines. Windows answers
-- 0 for a program that does not know the message; but some programs, such as SciTE, always answer
-- 0, and for some 0 means success. Or nil, "NAME: message", "NAME": GONE (the window is gone, or
-- its program died with the message), DENIED (Windows forbids it), TIMEOUT (no answer: the outcome
-- is unknown), HUNG (the window has not pumped messages for 5 s: nothing was sent), MEMORY, SYSTEM.
function raw.send(window, tag, bytes, options)
  local hwnd = check.window(window)
  check.tag(tag)
  checks.string("bytes", bytes)
  local timeout, sender = check.sending(options)
  return core.deliver(hwnd, tag, bytes, timeout, sender)
end

--- Sends any message to any window and waits for its answer, or posts the message. For programs
-- controlled by messages, from menu commands (WM_COMMAND, 0x111) to messages of their own.
-- @param window as for `send`
-- @param message its number, up to 0xFFFF, or the name of a registered message
-- @param[opt=0] wparam an integer
-- @param[opt=0] lparam an integer. Neither can be a memory address: Windows messages that carry
-- one, such as WM_SETTEXT, raise an error unless it is 0.
-- @param[opt] options `timeout`: seconds to wait for the answer, default 5; `post = true`: puts the
-- message into the queue of the window's thread and does not wait
-- @return the window's answer, a signed integer; true if the message was posted. Or nil, "NAME:
-- message", "NAME": as for `send`, and BUSY (the queue, of 10,000 messages, is full).
function raw.message(window, message, wparam, lparam, options)
  local hwnd = check.window(window)
  check.message(message)
  wparam, lparam = check.parameter("wparam", wparam), check.parameter("lparam", lparam)
  local timeout, post = check.message_sending(options)
  if messages.carries_address(message, wparam, lparam) then
    checks.fail("message: 0x%X carries a memory address, which can only be 0 here",
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

--- Sends a `WM_COPYDATA` to a program that replies with a `WM_COPYDATA` of its own, and waits for
-- that reply. Many programs work that way: most reply before they answer the message, some later.
--
-- The reply is a message from the window's program, or one that names no sender. Each request in
-- progress has its own hidden window, which is passed as `wParam` and to which most programs reply.
-- So requests cannot get each other's replies, and a reply to a request that has timed out is not
-- delivered. The window has a thread of its own, so the program never waits for the script. If a
-- protocol puts the window's handle in the bytes, pass a function that makes them.
--
-- With `sender`, the reply goes to that endpoint instead, for programs that already know its
-- window. There the request takes the reply before any handler sees it, and without asking a guard.
-- Since only their order then distinguishes a program's replies, such requests to one program wait
-- for each other. If a request times out, its reply is dropped when it arrives; if it never
-- arrives, the next request may lose its own reply and fail with TIMEOUT.
--
-- A program that Windows trusts less than this one, such as an ordinary one when this one is
-- elevated, can reply only to a `sender` made with `allow_lower_integrity`.
-- @param window as for `send`
-- @param tag the `dwData`
-- @param bytes a string, or a function that is given the handle of the window for the reply and
-- returns the string
-- @param[opt] options `reply`: what the reply looks like: its `dwData`, a list of several, or a
-- function `f(bytes, message)` that returns whether a message is the reply (other messages are
-- dropped, and an error in the function is raised here); default: any message from that program.
-- `timeout`: seconds for the whole call, default 5. `sender`: an endpoint, or `copydata` for the
-- default one. `result`: the integer that answers the reply, default 1.
-- @return the bytes of the reply
-- @return the reply as a `message`, with its `tag`. Or nil, "NAME: message", "NAME": as for `send`;
-- TIMEOUT (also: no reply in time), GONE (the program left before it replied), CLOSED (the sender
-- was closed), QUIT, INTERRUPTED, CANCELLED.
function raw.request(window, tag, bytes, options)
  local hwnd = check.window(window)
  check.tag(tag)
  check.question(bytes)
  options = check.asking(options)
  return ask.request(hwnd, tag, bytes, options)
end

-- Text -------------------------------------------------------------------------------------------

--- Encodes text in UTF-16 for other programs.
-- @param text UTF-8; invalid UTF-8 raises an error
-- @param[opt] terminated true: appends a terminator, two zero bytes
-- @return the text in UTF-16, little-endian, without a byte order mark
function raw.utf16(text, terminated)
  check.text("text", text)
  return core.utf16(text, terminated)
end

--- Decodes text in UTF-16 from other programs.
-- @param bytes a string of UTF-16, little-endian; a byte order mark is decoded like any other unit
-- @param[opt] terminated true: the text ends before the first terminator, if there is one
-- @param[opt=1] position where the text begins in the bytes, as for `string.unpack`
-- @return the text in UTF-8
-- @return the position of the first byte after the text and after its terminator, if that ended it.
-- If the bytes are not valid UTF-16 (half a unit at the end, a lone surrogate): nil, "MALFORMED:
-- what, and at which byte", "MALFORMED".
function raw.from_utf16(bytes, terminated, position)
  checks.string("bytes", bytes)
  return core.from_utf16(bytes, check.position(position, bytes), terminated)
end

--- Encodes text in a code page, for programs without Unicode.
-- @param text UTF-8; invalid UTF-8 raises an error
-- @param codepage `"ansi"`, the system's for such programs; `"oem"`, the system's for their
-- consoles; or a number, such as 1252 (Western European) or 932 (Shift-JIS)
-- @return the bytes; or nil, "NAME: message", "NAME": UNENCODABLE (the code page lacks a character,
-- which the message names), UNSUPPORTED (the system does not know the code page)
function raw.encode(text, codepage)
  check.text("text", text)
  return core.encode(text, check.codepage(codepage))
end

--- Decodes text in a code page, from programs without Unicode.
-- @param bytes a string
-- @param codepage as for `encode`
-- @return the text in UTF-8; or nil, "NAME: message", "NAME": MALFORMED (the bytes are invalid, as
-- far as the code page defines that), UNSUPPORTED
function raw.decode(bytes, codepage)
  checks.string("bytes", bytes)
  return core.decode(bytes, check.codepage(codepage))
end

-- Sections ---------------------------------------------------------------------------------------

--- Makes a section, or opens an existing one for reading. Other programs can write to it and read
-- it at any time: the same bytes may differ when they are read again.
--
-- A new section is all zeros. It belongs to the user, and only the user's programs can open it,
-- except those of lower integrity.
-- @param name the name that other programs use; NAME is short for `Local\NAME`
-- @param[opt] size bytes, to make a section; nil: opens one for reading
-- @return a `section`; or nil, "NAME: message", "NAME": EXISTS (a section to make: the name is
-- taken), ABSENT (a section to open: there is none), DENIED, UNSUPPORTED (it is backed by a file,
-- or not all of its memory is there), MEMORY, SYSTEM
function raw.section(name, size)
  check.section(name, size)
  return section.open(name, size)
end

-- Receiving --------------------------------------------------------------------------------------

--- What `on` and `on_message` return. A handler stays until it or its endpoint is closed.
-- @table handler
-- @tfield function close a method, also `__close`: removes the handler and drops its waiting
-- messages; a call in progress continues. Idempotent.

local methods = {}

--- Sets a handler for raw messages: each `WM_COPYDATA` to this endpoint's window that is not of
-- copydata's own protocol. The loop calls `handler(bytes, message)`, one `message` at a time, as
-- for a channel.
--
-- An endpoint may have several handlers, for different dwData and senders, but only one for the
-- same. A message goes to one handler: one that names both its window and its dwData, else one that
-- names its window, else one that names its dwData, else one that names neither.
--
-- The handler runs after the sender has been answered: the sender gets `result` at once. The sender
-- gets 0, as from any window that does not know the message, if there is no handler, the queue is
-- full, the message is over `max_message`, or a guard of the endpoint has not allowed the sender
-- (`endpoint:guard` decides about it like any other).
-- @function endpoint:on_raw
-- @param handler a function
-- @param[opt] options `tag`: only messages with this dwData; `window`: only messages from this
-- sender, a window, a peer or a handle; `result`: an integer, default 1 (which many programs expect
-- as TRUE)
-- @return a `handler`, to be closed
function methods:on_raw(handler, options)
  checks.open(self)
  checks.handler(handler)
  local result, tag, hwnd = check.taking(options)
  local handlers = self:part(Handlers.new)
  if handlers:has(tag, hwnd) then
    checks.fail("there is already a handler for the same messages: close it first")
  end
  return handlers:add(handler, result, tag, hwnd)
end

--- Sets a handler for a window message that other programs send or post to this endpoint's window,
-- such as a notification that this program has subscribed to. The loop calls `handler(wparam,
-- lparam)`, one message at a time, with signed 64-bit integers. Each message can have one handler.
--
-- The handler runs after the sender has been answered, so a memory address in the parameters is no
-- longer valid. Windows does not report who sent the message: a guard of the endpoint decides about
-- a sender without a window. Without a handler, or when the queue is full, Windows answers with its
-- default. Only an endpoint with `top_level` gets broadcasts.
-- @function endpoint:on_message
-- @param message its number, or the name of a registered message. Messages that Windows or the
-- endpoint needs itself raise an error that says why, such as WM_CLOSE (0x10), WM_DESTROY (2),
-- WM_TIMER (0x113) and WM_COPYDATA (0x4A)
-- @param handler a function
-- @param[opt] options `result`: the answer to the sender, an integer, default 0, which usually
-- means that the message was handled
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
    checks.fail("there is already a handler for this message: close it first")
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

--- Sets a handler for raw messages on the default endpoint. See `endpoint:on_raw`.
-- @function on
-- @param handler
-- @param[opt] options
raw.on = default.method(raw, "on_raw", "copydata.raw.on")

--- Sets a handler for a window message on the default endpoint. See `endpoint:on_message`.
-- @function on_message
-- @param message
-- @param handler
-- @param[opt] options
raw.on_message = default.method(raw, "on_message", "copydata.raw.on_message")

return raw
