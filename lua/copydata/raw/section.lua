-- SPDX-License-Identifier: MIT

--- Named memory that programs share, made by `copydata.raw.section`. Some programs pass long
-- messages in a section, and send only its name.
--
-- @classmod section
-- @alias Section
local check = require "copydata.raw.check"
local checks = require "copydata.check"
local core = require "copydata.core"
local object = require "copydata.object"

--- The fields of a section.
-- @table fields
-- @tfield integer size bytes; for a section that was opened, a whole number of pages

local Section = {}
local class -- its metatable

--- Reads bytes. Other programs may write to them at the same time.
-- @param[opt=0] offset of the first byte, from 0
-- @param[opt] count how many bytes; nil: up to the end
-- @return the bytes; raises if they are not all in the section
function Section:read(offset, count)
  object.check(self, class, "section:read(offset, count)")
  check.section_open(self._section)
  offset, count = check.span(offset, count, self._size)
  return self._section:read(offset, count)
end

--- Writes bytes. Raises if they do not fit, or if the section was opened for reading.
-- @param bytes
-- @param[opt=0] offset of the first byte, from 0
function Section:write(bytes, offset)
  object.check(self, class, "section:write(bytes, offset)")
  check.section_open(self._section)
  checks.string("bytes", bytes)
  offset = check.span(offset, #bytes, self._size)
  if not self._writable then
    checks.fail("the section was opened for reading only")
  end
  self._section:write(offset, bytes)
end

--- Releases the memory. Other programs that have the section keep it. Idempotent; also called as
-- `__close` and by the collector.
function Section:close()
  object.check(self, class, "section:close()")
  local section = self._section
  self._section = false
  if section then
    section:close()
  end
end

class = object.class("copydata.raw.section", Section, {
  size = function(self)
    return self._size
  end,
})

function class:__tostring()
  return ("copydata.raw.section (%s)"):format(self._section and ("%d bytes"):format(self._size)
    or "closed")
end

local section = {}

-- Makes a section, or without a size opens an existing one.
-- @return it, or nil, "NAME: message", "NAME"
function section.open(name, size)
  local made, message, code
  if size then
    made, message, code = core.make_section(name, size)
  else
    made, message, code = core.open_section(name)
  end
  if not made then
    return nil, message, code
  end
  return setmetatable({ _section = made, _size = made:size(), _writable = size ~= nil }, class)
end

return section
