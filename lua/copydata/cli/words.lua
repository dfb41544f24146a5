-- SPDX-License-Identifier: MIT

--- Converts words of a command line, for argparse's `convert`: each function returns what the word
-- stands for, or nil and what is wrong with it.
local check = require "copydata.check"
local core = require "copydata.core"

local words = {}

local SHORTEST = 0.05 -- seconds of an interval; shorter ones would leave time for nothing else
local LARGEST_PID = 0xFFFFFFFF
local SHOWN = 60 -- bytes of a bad name that an error quotes

--- A channel's name.
function words.channel(word)
  local ok, why = core.valid_name(word)
  if not ok then
    return nil, ("the channel's name %s: %q"):format(why, word:sub(1, SHOWN))
  end
  return word
end

--- Seconds.
function words.seconds(word)
  local seconds = tonumber(word)
  if not seconds or not (seconds >= 0) then
    return nil, ("expected seconds, got '%s'"):format(word)
  end
  return seconds
end

--- Seconds of an interval.
function words.interval(word)
  local seconds, problem = words.seconds(word)
  if not seconds or seconds >= SHORTEST then
    return seconds, problem
  end
  return nil, ("expected at least %s seconds, got '%s'"):format(SHORTEST, word)
end

local MULTIPLES = { [""] = 1, K = 1 << 10, M = 1 << 20, G = 1 << 30 }

--- A number of bytes: 4096, 64K, 1M, 2G, in units of 1024.
function words.bytes(word)
  local digits, unit = word:match "^(%d+)([KMG]?)$"
  local count = digits and math.tointeger(tonumber(digits))
  if not count or count < 1 then
    return nil, ("expected a number of bytes, such as 4096, 64K or 1M, got '%s'"):format(word)
  end
  return count * MULTIPLES[unit]
end

local UNITS = { [""] = 1, s = 1, m = 60, h = 3600, d = 86400 }

--- A time: 90, 90s, 10m, 2h, 1d.
function words.duration(word)
  local digits, unit = word:match "^([%d.]+)([smhd]?)$"
  local seconds = digits and tonumber(digits)
  if not seconds then
    return nil, ("expected a time, such as 90, 30s, 10m or 2h, got '%s'"):format(word)
  end
  return seconds * UNITS[unit]
end

--- An integer above 0.
function words.count(word)
  local count = math.tointeger(tonumber(word))
  if not count or count < 1 then
    return nil, ("expected a whole number above 0, got '%s'"):format(word)
  end
  return count
end

--- A process ID.
function words.pid(word)
  local number, problem = words.count(word)
  if not number or number <= LARGEST_PID then
    return number, problem
  end
  return nil, ("no process has the ID %s"):format(word)
end

--- Any integer, also in hexadecimal: 0x1F.
function words.integer(word)
  local number = math.tointeger(tonumber(word))
  if not number then
    return nil, ("expected an integer, got '%s'"):format(word)
  end
  return number
end

--- A window handle.
function words.window(word)
  local hwnd, problem = words.integer(word)
  if not hwnd then
    return nil, problem
  end
  problem = check.handle(hwnd)
  return not problem and hwnd or nil, problem
end

--- A window message: its number, or the name of a registered one.
function words.message(word)
  local number = math.tointeger(tonumber(word))
  if number and (number < 0 or number > 0xFFFF) then
    return nil, ("no window message has the number %s"):format(word)
  elseif word == "" then
    return nil, "expected a message's number or name"
  end
  return number or word
end

--- A code page: ansi, oem or a number.
function words.codepage(word)
  local number = math.tointeger(tonumber(word))
  if word == "ansi" or word == "oem" then
    return word
  elseif not number or number < 1 or number > 0xFFFF then
    return nil, ("expected a code page (ansi, oem or a number), got '%s'"):format(word)
  end
  return number
end

return words
