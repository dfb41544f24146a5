-- SPDX-License-Identifier: MIT

--- The numbers of window messages, and facts about some of them (winuser.h). For init.lua.
local core = require "copydata.core"

local messages = {}

--- Messages that cannot have a handler: the reason, by number.
messages.reserved = {
  [0x0000] = "WM_NULL tests whether a thread pumps messages, and Windows answers it",
  [0x0001] = "WM_CREATE arrives before the endpoint exists",
  [0x0002] = "WM_DESTROY destroys the window",
  [0x0010] = "WM_CLOSE asks the program to close, as taskkill does: see poll and run",
  [0x0011] = "WM_QUERYENDSESSION is answered for the whole program: see poll and run",
  [0x0012] = "WM_QUIT is for the thread, not for a window: see poll and run",
  [0x0016] = "WM_ENDSESSION is answered for the whole program: see poll and run",
  [0x0024] = "WM_GETMINMAXINFO has Windows read memory that the window fills",
  [0x0046] = "WM_WINDOWPOSCHANGING has Windows read memory that the window fills",
  [0x004A] = "WM_COPYDATA is handled by on_raw",
  [0x0081] = "WM_NCCREATE arrives before the endpoint exists",
  [0x0082] = "WM_NCDESTROY destroys the window",
  [0x0083] = "WM_NCCALCSIZE has Windows read memory that the window fills",
  [0x0113] = "WM_TIMER is the endpoint's own",
  [0x000C] = "WM_SETTEXT sets the title, which Windows keeps",
  [0x000D] = "WM_GETTEXT reads the title, which Windows keeps",
  [0x000E] = "WM_GETTEXTLENGTH reads the title, which Windows keeps",
  [0x007C] = "WM_STYLECHANGING has Windows read memory that the window fills",
}

-- Messages with a memory address as a parameter: those up to WM_USER whose memory Windows copies to
-- other programs. `l`: lparam is an address, `w`: wparam too.
local ADDRESSES = {}

for kind, numbers in pairs {
  l = {
    0x0001, 0x000C, 0x000D, 0x001A, 0x001B, 0x0024, 0x002B, 0x002C, 0x002D, 0x0039, 0x0046, 0x0047,
    0x004A, 0x004E, 0x0053, 0x007C, 0x007D, 0x0081, 0x0083, 0x0087, -- WM_CREATE to WM_GETDLGCODE
    0x00B2, 0x00B3, 0x00B4, 0x00C2, 0x00C4, 0x00CB, -- EM_GETRECT to EM_SETTABSTOPS
    0x00E9, 0x00EA, 0x00EB, -- SBM_SETSCROLLINFO, SBM_GETSCROLLINFO, SBM_GETSCROLLBARINFO
    0x0143, 0x0145, 0x0148, 0x014A, 0x014C, 0x014D, 0x0152, 0x0158, 0x0164, -- CB_...
    0x0180, 0x0181, 0x0189, 0x018C, 0x018D, 0x018F, 0x0191, 0x0192, 0x0196, 0x0198, -- LB_...
    0x01A2, -- LB_FINDSTRINGEXACT
    0x0213, 0x0214, 0x0216, 0x0219, 0x0220, 0x0229, -- WM_NEXTMENU to WM_MDIGETACTIVE
    0x030C, -- WM_ASKCBFORMATNAME
    0x03E2, 0x03E4, 0x03E5, 0x03E7, 0x03E8, -- WM_DDE_ADVISE to WM_DDE_EXECUTE: handles of memory
  },
  w = { 0x00B0, 0x00E3, 0x0140 }, -- EM_GETSEL, SBM_GETRANGE, CB_GETEDITSEL: both
} do
  for _, number in ipairs(numbers) do
    ADDRESSES[number] = kind
  end
end

--- Whether a message carries an address in these parameters, which only Windows and C can provide.
function messages.carries_address(number, wparam, lparam)
  local kind = ADDRESSES[number]
  return kind ~= nil and (lparam ~= 0 or kind == "w" and wparam ~= 0)
end

--- The number of a message.
-- @param message it, or the name of a registered one
-- @return the number, or nil, "NAME: message", "NAME"
function messages.number(message)
  if type(message) == "string" then
    return core.message_number(message)
  end
  return message
end

return messages
