-- SPDX-License-Identifier: MIT

--- What keeps an endpoint told of who comes and goes, while there is a reason. For
-- presence/init.lua and the files of request/.
local Hold = {}
Hold.__index = Hold

--- Makes a hold without effect yet, of `owner:hold()` and `owner:release()`, which are called when
-- it takes effect and when that is over, and `owner:watch(hwnd)` and `owner:unwatch(pid)`.
function Hold.new(owner)
  return setmetatable({ _owner = owner, _taken = false, _pids = {} }, Hold)
end

--- Takes effect, if it has not: who comes after that is not missed.
-- @return whether it had not
function Hold:take()
  if self._taken then
    return false
  end
  self._taken = true
  self._owner:hold()
  return true
end

--- The end of the process that a window belongs to is to be told too, where Windows lets us wait
-- for it. Without effect unless the hold has taken it.
function Hold:add(hwnd)
  if self._taken and self._pids[hwnd] == nil then
    self._pids[hwnd] = self._owner:watch(hwnd) or false
  end
end

--- Whether it was added.
function Hold:has(hwnd)
  return self._pids[hwnd] ~= nil
end

--- It need not be told any more.
function Hold:remove(hwnd)
  local pid = self._pids[hwnd]
  self._pids[hwnd] = nil
  if pid then
    self._owner:unwatch(pid)
  end
end

--- None need be told any more but those of a set of windows.
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

--- It is over, until it is taken again. Idempotent.
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
