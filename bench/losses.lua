-- SPDX-License-Identifier: MIT

--- Tries what does not survive a codec's encoding and decoding.
local losses = {}

local function nested(depth)
  local t = { "leaf" }
  for _ = 2, depth do t = { t } end
  return t
end

local function leaf(t)
  while type(t) == "table" do t = t[1] end
  return t
end

-- What may be lost, a value, and a check of the decoded value
local trials = {
  { "that 3.0 is a float", { 3.0 }, function(t) return math.type(t[1]) == "float" end },
  { "that 3 is an integer", { 3 }, function(t) return math.type(t[1]) == "integer" end },
  { "digits of 0.1 + 0.2", { 0.1 + 0.2 }, function(t) return t[1] == 0.1 + 0.2 end },
  { "integers past 2^53", { (1 << 53) + 1 }, function(t) return t[1] == (1 << 53) + 1 end },
  { "infinity", { math.huge }, function(t) return t[1] == math.huge end },
  { "NaN", { 0 / 0 }, function(t) return t[1] ~= t[1] end },
  { "bytes that are not text", { "\0\xff\x80" }, function(t) return t[1] == "\0\xff\x80" end },
  { "integer keys", { [10] = "a" }, function(t) return t[10] == "a" and t[1] == nil end },
  { "float keys", { [1.5] = "a" }, function(t) return t[1.5] == "a" end },
  { "boolean keys", { [true] = "a" }, function(t) return t[true] == "a" end },
  { "keys beside an array", { 1, 2, x = 3 }, function(t) return t[2] == 2 and t.x == 3 end },
  { "items after a gap", { 1, [3] = 3 }, function(t) return t[3] == 3 and t[2] == nil end },
  { "values 20 tables deep", nested(20), function(t) return leaf(t) == "leaf" end },
}

--- @return what the codec loses, as text, or "nothing"
function losses.of(encode, decode)
  local lost = {}
  for _, trial in ipairs(trials) do
    local fine, kept = pcall(function() return trial[3](decode(encode(trial[2]))) end)
    if not (fine and kept) then
      lost[#lost + 1] = trial[1] .. (pcall(encode, trial[2]) and "" or " (raises)")
    end
  end
  return #lost > 0 and table.concat(lost, ", ") or "nothing"
end

return losses
