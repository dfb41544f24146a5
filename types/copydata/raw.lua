-- SPDX-License-Identifier: MIT
---@meta copydata.raw

--- Other programs' protocols: any window, any message.
---@class copydata.raw
local raw = {}

--- What a window must be, all of it.
---@class copydata.WindowFilter
---@field class? string the name of its class, whole, compared without case
---@field title? string its title, likewise
---@field exe? string its program, by the name of the file or the whole path, without case
---@field pid? integer its process
---@field visible? boolean whether it is shown; nil: both kinds
---@field message_only? boolean true: windows that only exist for messages; nil: both kinds

---@class copydata.Window: copydata.Peer
---@field class string
---@field title string its first 1023 UTF-16 units
---@field visible boolean whether it is shown
---@field message_only boolean whether it only exists for messages

---@class copydata.RawSendOptions
---@field timeout? number seconds to wait for the answer, 5
---@field sender? copydata.Endpoint|copydata|integer whose window goes as `wParam`; default: none

---@class copydata.RawMessageSendOptions
---@field timeout? number seconds to wait for the answer, 5
---@field post? boolean true: does not wait for the window to look at it

---@class copydata.RawRequestOptions
---@field reply? integer|integer[]|fun(bytes: string, message: copydata.Message): any what it is
---@field sender? copydata.Endpoint|copydata to which endpoint it comes
---@field timeout? number seconds for all of it, 5
---@field result? integer what the reply is answered, 1

--- What `on` and `on_message` return.
---@class copydata.RawHandler
---@field close fun(self: copydata.RawHandler)

--- Named memory that programs share.
---@class copydata.Section
---@field size integer bytes
local Section = {}

--- Reads bytes.
---@param offset? integer 0
---@param count? integer nil: up to the end
---@return string bytes
function Section:read(offset, count) end

--- Writes bytes.
---@param bytes string
---@param offset? integer 0
function Section:write(bytes, offset) end

--- Lets go of the memory.
function Section:close() end

--- Finds windows, the topmost first.
---@param filter? copydata.WindowFilter
---@return copydata.Window[] windows
function raw.find(filter) end

--- Sends a `WM_COPYDATA` to any window and waits for its answer.
---@param window copydata.Window|copydata.Peer|integer
---@param tag integer `dwData`
---@param bytes string
---@param options? copydata.RawSendOptions
---@return integer? answer
---@return string? message
---@return copydata.Code? code
function raw.send(window, tag, bytes, options) end

--- Waits until there is a window.
---@param filter copydata.WindowFilter
---@param seconds? number nil: as long as it takes
---@return copydata.Window? window the topmost
---@return string? message
---@return copydata.Code? code
function raw.wait(filter, seconds) end

--- Sends any message to any window and waits for its answer, or posts it.
---@param window copydata.Window|copydata.Peer|integer
---@param message integer|string its number, or the name of a registered one
---@param wparam? integer 0
---@param lparam? integer 0
---@param options? copydata.RawMessageSendOptions
---@return integer|true|nil answer
---@return string? why
---@return copydata.Code? code
function raw.message(window, message, wparam, lparam, options) end

--- Sends a `WM_COPYDATA` and waits for the one that its program replies with.
---@param window copydata.Window|copydata.Peer|integer
---@param tag integer `dwData`
---@param bytes string|fun(hwnd: integer): string
---@param options? copydata.RawRequestOptions
---@return string? reply its bytes
---@return copydata.Message|string message it, or why there is none
---@return copydata.Code? code
function raw.request(window, tag, bytes, options) end

--- Makes named memory, or opens it to read it.
---@param name string
---@param size? integer bytes, to make it
---@return copydata.Section? section
---@return string? message
---@return copydata.Code? code
function raw.section(name, size) end

--- Text in a code page.
---@param text string UTF-8
---@param codepage integer|"ansi"|"oem"
---@return string? bytes
---@return string? message
---@return copydata.Code? code
function raw.encode(text, codepage) end

--- Text from a code page.
---@param bytes string
---@param codepage integer|"ansi"|"oem"
---@return string? text in UTF-8
---@return string? message
---@return copydata.Code? code
function raw.decode(bytes, codepage) end

--- Text as other programs want it: UTF-16, little-endian.
---@param text string UTF-8
---@param terminated? boolean true: with two zero bytes at its end
---@return string bytes
function raw.utf16(text, terminated) end

--- Text as other programs send it.
---@param bytes string UTF-16, little-endian
---@param terminated? boolean true: up to the first terminator
---@param position? integer where it begins, 1
---@return string? text in UTF-8
---@return integer|string next the position behind it, or why it is not valid
---@return copydata.Code? code
function raw.from_utf16(bytes, terminated, position) end

return raw
