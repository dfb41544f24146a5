-- SPDX-License-Identifier: MIT

-- README.md can be read in two minutes.
local MOST = 120 -- lines

describe("README.md", function()
  it(("has at most %d lines"):format(MOST), function()
    local count = 0
    for _ in io.lines "README.md" do
      count = count + 1
    end
    assert(count > 0 and count <= MOST, count .. " lines")
  end)
end)
