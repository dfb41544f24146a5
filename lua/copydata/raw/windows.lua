-- SPDX-License-Identifier: MIT

--- Windows of other programs. For init.lua.
local Peer = require "copydata.peer"
local core = require "copydata.core"
local errors = require "copydata.errors"
local loop = require "copydata.loop"

local windows = {}

local PAUSE = 0.1 -- seconds between looks for a window that is not there yet

local Window = { __name = "copydata.raw.window", __tostring = function(self)
  return ("window 0x%X (%s)"):format(self.hwnd, self.class)
end }

function Window:__index(name)
  return rawget(self, "_peer")[name]
end

-- Whether a program is the wanted one: by its path, or by its file name.
local function is_exe(wanted, exe)
  if not exe then
    return false
  elseif not wanted:find "[/\\]" then
    exe = exe:match "[^/\\]*$"
  end
  return core.same_text(wanted, (exe:gsub("/", "\\")))
end

local function list(found, filter, message_only)
  local exe = filter.exe and filter.exe:gsub("/", "\\")
  for _, hwnd in ipairs(core.windows(message_only, filter.class, filter.title, filter.pid)) do
    local peer = Peer.of(hwnd)
    local class, title, visible = core.window(hwnd)
    if peer.pid and class -- otherwise it is already gone
        and (not exe or is_exe(exe, peer.exe))
        and (filter.visible == nil or filter.visible == visible) then
      found[#found + 1] = setmetatable({
        _peer = peer, class = class, title = title, message_only = message_only,
        visible = visible, hwnd = hwnd,
      }, Window)
    end
  end
end

--- The windows that match a filter.
function windows.find(filter)
  local found = {}
  if filter.message_only ~= true then
    list(found, filter, false)
  end
  if filter.message_only ~= false then
    list(found, filter, true)
  end
  return found
end

--- Waits until there is a matching window.
-- @param seconds negative: no limit
-- @return the topmost; or nil, "NAME: message", "NAME"
function windows.wait(filter, seconds)
  local deadline = seconds < 0 and math.huge or core.seconds() + seconds
  while true do
    local window = windows.find(filter)[1]
    if window then
      return window
    end
    local left = deadline - core.seconds()
    if left <= 0 then
      return errors.no_window()
    end
    local why, code = loop.sleep(math.min(left, PAUSE))
    if code then
      return nil, why, code
    end
  end
end

return windows
