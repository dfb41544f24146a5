-- SPDX-License-Identifier: MIT

--- The module under test. With COPYDATA_PUMP=thread in the environment, the endpoints of specs and
-- their children have windows in threads of their own: the same specs hold in both pump modes.
local copydata = require "copydata"

local pump = os.getenv "COPYDATA_PUMP"

if pump and not copydata.support then
  local new = copydata.new
  function copydata.new(options)
    local all = { pump = pump }
    for name, value in pairs(options or all) do
      all[name] = value
    end
    return new(all)
  end
  assert(copydata.open { pump = pump })
end
rawset(copydata, "support", true)

return copydata
