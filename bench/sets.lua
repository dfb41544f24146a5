-- SPDX-License-Identifier: MIT

--- The values that bench/codec.lua encodes and decodes, the same on every machine: a list of
-- {name =, make =}.

local seed = 42
local function random(n)
  seed = (seed * 6364136223846793005 + 1442695040888963407)
  return (seed >> 33) % n
end

local function word(length)
  local bytes = {}
  for i = 1, length do bytes[i] = string.char(97 + random(26)) end
  return table.concat(bytes)
end

local function list(n, item)
  local t = {}
  for i = 1, n do t[i] = item(i) end
  return t
end

-- 2000 strings of 10 to 200 characters, each from a call of `character`.
local function texts(character)
  return function()
    return list(2000, function()
      return table.concat(list(10 + random(191), character))
    end)
  end
end

-- One character in six is a space; the others are any of `count` from the code point `first` on.
local function words(first, count)
  return texts(function()
    return random(6) == 0 and " " or utf8.char(first + random(count))
  end)
end

return {
  { name = "small", make = function()
    return { name = "report", line = 42, column = 7.5, ready = true, path = "src/main.lua" }
  end },
  { name = "records", make = function(count)
    return list(count or 1000, function(i)
      return { id = i, name = word(8 + random(8)), score = random(1000000) / 1000,
        active = i % 3 == 0, email = word(6) .. "@example.com",
        tags = { word(4), word(5), i % 100 } }
    end)
  end },
  { name = "floats", make = function()
    return list(10000, function() return random(1 << 30) / 4096 + 0.123 end)
  end },
  { name = "ints", make = function()
    return list(10000, function(i)
      return (random(1 << 30) >> (i % 30)) * (i % 2 == 0 and -1 or 1)
    end)
  end },
  { name = "strings", make = function()
    return list(2000, function(i) return word(i * 7919 % 200) end)
  end },
  { name = "latin", make = texts(function() -- every eighth letter has an accent
    local kind = random(8)
    return kind == 0 and " " or kind == 1 and utf8.char(0xe0 + random(31)) or word(1)
  end) },
  { name = "cyrillic", make = words(0x430, 32) },
  { name = "cjk", make = texts(function() return utf8.char(0x4e00 + random(20902)) end) },
  { name = "emoji", make = words(0x1f600, 80) },
  { name = "deep", make = function()
    local t = { leaf = true }
    for i = 2, 14 do t = { level = i, inside = t } end
    return t
  end },
  { name = "blob", make = function() return ("\0\255\17\128\64\200\3\90"):rep(1 << 17) end },
}
