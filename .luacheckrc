std = "lua54"
max_line_length = 100
ignore = { "581" } -- `not (x >= y)` is not `x < y` for NaN
files["spec"] = { std = "+busted" }
files["types"] = { ignore = { "212", "241" } } -- only declarations
files["*.rockspec"] = { std = "rockspec" }
files[".luacheckrc"] = { std = "luacheckrc" }
