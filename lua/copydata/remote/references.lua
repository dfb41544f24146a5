-- SPDX-License-Identifier: MIT

--- Arguments and results that contain references to objects, and the holders of these. For
-- node.lua.
--
-- A node has `hwnd` and `pid`, where its objects are; `exports`; `proxies`; `hold` and `wish`.
local core = require "copydata.core"
local values = require "copydata.remote.values"

local references = {}

local PATIENCE = 1 -- seconds in all to tell owners about references that third programs passed on

--- What was sent to a window did not arrive there: it holds no references through it.
-- @param sent the exports that were sent
function references.take_back(node, hwnd, sent)
  for _, export in ipairs(sent) do
    node.exports:release(export, hwnd, 1)
  end
end

--- Encodes values for a window, which then holds the references among them.
-- @return the bytes, and a list for take_back; or nil and what cannot be encoded
function references.encode(node, hwnd, pid, ...)
  local sent = {}
  local encoded, bytes = pcall(values.encode, {
    export = function(object, methods)
      local export = node.exports:of(object, methods)
      node.exports:hold(export, hwnd, pid, 1)
      node:wish()
      sent[#sent + 1] = export
      return node.hwnd, node.pid, export.id
    end,
  }, ...)
  if not encoded then
    references.take_back(node, hwnd, sent)
    return nil, bytes
  end
  return bytes, sent
end

-- What values.decode needs for a window's bytes. `third` counts references to third programs'
-- objects.
local function importer(node, sender, third)
  return {
    import = function(hwnd, pid, id)
      if hwnd == node.hwnd and pid == node.pid then
        local export = node.exports:find(id)
        if not export then
          error("a reference to an object that no longer exists", 0)
        end
        return export.object
      end
      local proxy, info = node.proxies:of(hwnd, pid, id)
      info.count = info.count + 1
      if hwnd ~= sender then
        third[info] = (third[info] or 0) + 1
      end
      return proxy
    end,
  }
end

--- Decodes what a window sent. The owner of a third program's object does not yet know that we hold
-- it; this tells it before the sender can give back its own reference.
-- @return as values.decode
function references.decode(node, sender, bytes)
  local third = {}
  local list, problem = values.decode(importer(node, sender, third), bytes)
  local silent = {} -- windows that accepted no message, to wait for each only once
  local deadline = core.seconds() + PATIENCE
  for info, count in pairs(third) do
    if not silent[info.hwnd] then
      silent[info.hwnd] = not node:hold(info, count, deadline)
    end
  end
  return list, problem
end

return references
