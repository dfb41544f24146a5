-- SPDX-License-Identifier: MIT
---@meta copydata.raw

--- Other programs' protocols: any window, any message.
---@class copydata.raw
local raw = {}

--- What a window must match, all of it.
---@class copydata.WindowFilter
---@field class? string the whole name of its class, without case
---@field title? string its whole title, without case
---@field exe? string its program, by file name or full path, without case
---@field pid? integer its process
---@field visible? boolean whether it is shown; nil: both kinds
---@field message_only? boolean true: message-only windows; nil: both kinds

---@class copydata.Window: copydata.Peer
---@field class string
---@field title string the first 1023 UTF-16 units of its title
---@field visible boolean whether it is shown
---@field message_only boolean whether it is a message-only window

---@class copydata.RawSendOptions
---@field timeout? number seconds to wait for the answer, 5
---@field sender? copydata.Endpoint|copydata|integer the window passed as `wParam`; default: none

---@class copydata.RawMessageSendOptions
---@field timeout? number seconds to wait for the answer, 5
---@field post? boolean true: does not wait for the window to handle it

---@class copydata.RawRequestOptions
---@field reply? integer|integer[]|fun(bytes: string, message: copydata.Message): any its dwData
---@field sender? copydata.Endpoint|copydata the endpoint that gets it
---@field timeout? number seconds for the whole call, 5
---@field result? integer the answer to the reply, 1

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

--- Releases the memory.
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

--- Sends a `WM_COPYDATA` and waits for the `WM_COPYDATA` that the program replies with.
---@param window copydata.Window|copydata.Peer|integer
---@param tag integer `dwData`
---@param bytes string|fun(hwnd: integer): string
---@param options? copydata.RawRequestOptions
---@return string? reply its bytes
---@return copydata.Message|string message the reply, or why there is none
---@return copydata.Code? code
function raw.request(window, tag, bytes, options) end

--- Makes named memory, or opens it for reading.
---@param name string
---@param size? integer bytes, to make a section
---@return copydata.Section? section
---@return string? message
---@return copydata.Code? code
function raw.section(name, size) end

--- Encodes text in a code page.
---@param text string UTF-8
---@param codepage integer|"ansi"|"oem"
---@return string? bytes
---@return string? message
---@return copydata.Code? code
function raw.encode(text, codepage) end

--- Decodes text in a code page.
---@param bytes string
---@param codepage integer|"ansi"|"oem"
---@return string? text in UTF-8
---@return string? message
---@return copydata.Code? code
function raw.decode(bytes, codepage) end

--- Encodes text in UTF-16, little-endian, for other programs.
---@param text string UTF-8
---@param terminated? boolean true: appends two zero bytes
---@return string bytes
function raw.utf16(text, terminated) end

--- Decodes text in UTF-16 from other programs.
---@param bytes string UTF-16, little-endian
---@param terminated? boolean true: up to the first terminator
---@param position? integer where the text begins, 1
---@return string? text in UTF-8
---@return integer|string next the position after it, or why it is not valid
---@return copydata.Code? code
function raw.from_utf16(bytes, terminated, position) end

return raw
