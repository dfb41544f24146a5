-- SPDX-License-Identifier: MIT
---@meta copydata.raw

--- Other programs' protocols: any window, any `WM_COPYDATA`.
---@class copydata.raw
local raw = {}

--- What a window must be, all of it.
---@class copydata.WindowFilter
---@field class? string the name of its class, whole, compared without case
---@field title? string its title, likewise
---@field pid? integer its process
---@field message_only? boolean true: windows that only exist for messages; nil: both kinds

---@class copydata.Window: copydata.Peer
---@field class string
---@field title string its first 1023 UTF-16 units
---@field message_only boolean whether it only exists for messages

---@class copydata.RawSendOptions
---@field timeout? number seconds to wait for the answer, 5
---@field sender? copydata.Endpoint|copydata|integer whose window goes as `wParam`; default: none

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
