-- SPDX-License-Identifier: MIT

--- Keeps an endpoint informed about peers that come and go, while there is a reason. For
-- presence/init.lua and the files of request/.
local Hold = {}
Hold.__index = Hold

--- Makes a hold that has no effect yet. When it takes effect it calls `owner:hold()`, when it ends
-- `owner:release()`; meanwhile it calls `owner:watch(hwnd)` and `owner:unwatch(pid)`.
function Hold.new(owner)
  return setmetatable({ _owner = owner, _taken = false, _pids = {} }, Hold)
end

--- Takes effect, if it has not yet: newcomers are not missed from now on.
-- @return whether it had not
function Hold:take()
  if self._taken then
    return false
  end
  self._taken = true
  self._owner:hold()
  return true
end

--- Reports the end of the window's process too, if Windows lets us wait for it. Has no effect
-- unless the hold has been taken.
function Hold:add(hwnd)
  if self._taken and self._pids[hwnd] == nil then
    self._pids[hwnd] = self._owner:watch(hwnd) or false
  end
end

--- Whether a window was added.
function Hold:has(hwnd)
  return self._pids[hwnd] ~= nil
end

--- Removes a window.
function Hold:remove(hwnd)
  local pid = self._pids[hwnd]
  self._pids[hwnd] = nil
  if pid then
    self._owner:unwatch(pid)
  end
end

--- Removes all windows that are not in a set.
function Hold:keep(windows)
  local others = {}
  for hwnd in pairs(self._pids) do
    if not windows[hwnd] then
      others[#others + 1] = hwnd
    end
  end
  for _, hwnd in ipairs(others) do
    self:remove(hwnd)
  end
end

--- Ends the hold, until it is taken again. Idempotent.
function Hold:close()
  if not self._taken then
    return
  end
  self._taken = false
  local pids = self._pids
  self._pids = {}
  for _, pid in pairs(pids) do
    if pid then
      self._owner:unwatch(pid)
    end
  end
  self._owner:release()
end

Hold.__close = Hold.close

return Hold
