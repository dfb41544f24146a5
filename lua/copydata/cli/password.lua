-- SPDX-License-Identifier: MIT

--- The password for a server, which must not be on a command line.
local status = require "copydata.cli.status"

local VARIABLE = "COPYDATA_BRIDGE_PASSWORD"
local MOST = 4096 -- bytes

--- Reads the password.
-- @param[opt] path the file whose first line it is; without it, the environment is read
-- @return the password, or nil if there is none
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
