-- SPDX-License-Identifier: MIT

--- The password for a server, where a command line must not have it.
local status = require "copydata.cli.status"

local VARIABLE = "COPYDATA_BRIDGE_PASSWORD"
local MOST = 4096 -- bytes

--- Reads it.
-- @param[opt] path of the file whose first line it is; else it is in the environment
-- @return it, or nil where there is none
return function(path)
  if not path then
    return os.getenv(VARIABLE)
  end
  local file <close>, why = io.open(path, "rb")
  if not file then
    status.must(nil, "FILE: " .. why, "FILE")
  end
  local line = (file:read(MOST) or ""):match "^[^\r\n]*"
  if line == "" then
    status.usage("the password file %s is empty", path)
  end
  return line
end
