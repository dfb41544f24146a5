-- SPDX-License-Identifier: MIT

--- Base64 (RFC 4648), for bytes in JSON.
local base64 = {}

local ALPHABET = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/"

local digits, values = {}, {}
for i = 0, 63 do
  local digit = ALPHABET:sub(i + 1, i + 1)
  digits[i], values[digit] = digit, i
end

local function encode_group(group)
  local a, b, c = group:byte(1, 3)
  local bits = a << 16 | (b or 0) << 8 | (c or 0)
  return digits[bits >> 18] .. digits[bits >> 12 & 63]
    .. (b and digits[bits >> 6 & 63] or "=") .. (c and digits[bits & 63] or "=")
end

--- Encodes bytes, with padding.
function base64.encode(bytes)
  return (bytes:gsub("..?.?", encode_group))
end

local function decode_group(group)
  local bits, count = 0, 0
  for digit in group:gmatch "[^=]" do
    bits, count = bits << 6 | values[digit], count + 1
  end
  bits = bits << 6 * (4 - count)
  return string.char(bits >> 16, bits >> 8 & 255, bits & 255):sub(1, count - 1)
end

--- Decodes padded base64; nil if it is invalid.
function base64.decode(text)
  local body = text:match "^[%w+/]*" or ""
  local padding = text:sub(#body + 1)
  if #text % 4 ~= 0 or not (padding == "" or padding == "=" or padding == "==") then
    return nil
  end
  return (text:gsub("....", decode_group))
end

return base64
