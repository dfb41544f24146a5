-- SPDX-License-Identifier: MIT

--- Arguments and results that contain references to objects, and the holders of these. For
-- node.lua.
--
-- A node has `hwnd` and `pid`, where its objects are; `exports`; `proxies`; `hold` and `wish`.
local core = require "copydata.core"
local values = require "copydata.remote.values"

local references = {}

local PATIENCE = 1 -- seconds in all to tell owners about references that third programs passed on

-- Values for a window, { node =, hwnd =, pid = }: a list of the exports among them, which it holds.
local Sent = {}
Sent.__index = Sent

--- See values.encode.
function Sent:export(object, methods)
  local node = self.node
  local export = node.exports:of(object, methods)
  node.exports:hold(export, self.hwnd, self.pid, 1)
  node:wish()
  self[#self + 1] = export
  return node.hwnd, node.pid, export.id
end

--- They did not arrive: the window holds no references through them.
function Sent:take_back()
  for _, export in ipairs(self) do
    self.node.exports:release(export, self.hwnd, 1)
  end
end

--- Encodes values for a window, which then holds the references among them.
-- @return the bytes, and an object with `take_back()`, in case they do not arrive; or nil and what
-- cannot be encoded
function references.encode(node, hwnd, pid, ...)
  local sent = setmetatable({ node = node, hwnd = hwnd, pid = pid }, Sent)
  local encoded, bytes = pcall(values.encode, sent, ...)
  if not encoded then
    sent:take_back()
    return nil, bytes
  end
  return bytes, sent
end

-- Values from a window, { node =, hwnd = }; `third`, or nil: how many of the references among them
-- are to an object of a third program, by what is known of its proxy.
local Received = {}
Received.__index = Received

--- See values.decode.
function Received:import(hwnd, pid, id)
  local node = self.node
  if hwnd == node.hwnd and pid == node.pid then
    local export = node.exports:find(id)
    if not export then
      error("a reference to an object that no longer exists", 0)
    end
    return export.object
  end
  local proxy, info = node.proxies:of(hwnd, pid, id)
  info.count = info.count + 1
  if hwnd ~= self.hwnd then
    self.third = self.third or {}
    self.third[info] = (self.third[info] or 0) + 1
  end
  return proxy
end

-- Tells the owners of third programs' objects, which do not know yet that we hold them, before the
-- sender can give back its own references.
local function tell(node, third)
  local silent = {} -- windows that accepted no message, to wait for each only once
  local deadline = core.seconds() + PATIENCE
  for info, count in pairs(third) do
    if not silent[info.hwnd] then
      silent[info.hwnd] = not node:hold(info, count, deadline)
    end
  end
end

--- Decodes what a window sent.
-- @return as values.decode
function references.decode(node, hwnd, bytes)
  local received = setmetatable({ node = node, hwnd = hwnd }, Received)
  local list, count = values.decode(received, bytes)
  if received.third then
    tell(node, received.third)
  end
  return list, count
end

return references
