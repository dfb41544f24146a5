-- SPDX-License-Identifier: MIT

-- MPC-HC's protocol, against a stand-in: it replies in UTF-16 to the window that it gets at its
-- start, and sends notices there.
local copydata = require "support.copydata"
local real = require "spec.interop.real"
require "support.tidy"(before_each, after_each)

local raw = copydata.raw

-- MPCAPI_COMMAND
local CONNECT, STATE, PLAYMODE, NOW_PLAYING = 0x50000000, 0x50000001, 0x50000002, 0x50000003
local CURRENT_POSITION, NOTIFY_SEEK, VERSION = 0x50000007, 0x50000008, 0x5000000A
local DISCONNECT, CURRENT_VOLUME = 0x5000000B, 0x5000000E
local OPEN_FILE, SET_POSITION, GET_POSITION = 0xA0000000, 0xA0002000, 0xA0003004
local GET_VERSION, GET_VOLUME, SET_VOLUME = 0xA0003006, 0xA0003009, 0xA0003010
local GET_NOW_PLAYING, CLOSE_APP = 0xA0003002, 0xA0004006

local FILM = "C:\\films\\Grüße | \u{1F600}.mkv"

-- Starts a player that an endpoint controls; returns it and the list of its notices
local function directed(endpoint)
  local notices, connected = {}, copydata.event()
  endpoint:on_raw(function(bytes, message)
    local text = assert(raw.from_utf16(bytes, true))
    if message.tag == CONNECT then
      connected:set(math.tointeger(tonumber(text)))
    else
      notices[#notices + 1] = { message.tag, text }
    end
  end)
  local player = real.mpc_hc(endpoint:hwnd())
  local hwnd = assert(connected:wait(30))
  assert.equal(player.window.hwnd, hwnd)
  return player, notices
end

local function tell(player, endpoint, command, text)
  return assert(raw.send(player.window, command, raw.utf16(text or "", true),
    { sender = endpoint }))
end

local function ask(player, endpoint, command, reply)
  return raw.from_utf16(assert(raw.request(player.window, command, raw.utf16("", true),
    { reply = reply, sender = endpoint })), true)
end

describe("MPC-HC's stand-in", function()
  it("replies to the window that controls it", function()
    local endpoint <close> = copydata.new()
    local player <close>, notices = directed(endpoint)
    assert.equal("2.0.0", (ask(player, endpoint, GET_VERSION, VERSION)))
    assert.equal("100", (ask(player, endpoint, GET_VOLUME, CURRENT_VOLUME)))
    assert.same({}, notices)
  end)

  it("sends notices in UTF-16 while it answers requests", function()
    local endpoint <close> = copydata.new()
    local player <close>, notices = directed(endpoint)
    tell(player, endpoint, OPEN_FILE, FILM)
    local escaped = FILM:gsub("|", "\\|")
    local playing = escaped:match "[^\\]*\\?|.*$" .. "|||" .. escaped .. "|90"
    assert.equal(playing, (ask(player, endpoint, GET_NOW_PLAYING, NOW_PLAYING)))
    tell(player, endpoint, SET_POSITION, "60")
    assert.equal("60", (ask(player, endpoint, GET_POSITION, CURRENT_POSITION)))
    tell(player, endpoint, CLOSE_APP)
    assert.equal(0, player.handle:wait(20))
    copydata.poll(0)
    assert.same({
      { STATE, "1" }, { STATE, "2" }, { NOW_PLAYING, playing }, { PLAYMODE, "0" },
      { NOTIFY_SEEK, "60" }, { DISCONNECT, "" },
    }, notices)
    assert.equal("GONE", select(3, raw.send(player.window, GET_VERSION, "")))
  end)

  it("obeys some commands only from that window", function()
    local endpoint <close> = copydata.new()
    local player <close> = directed(endpoint)
    assert(raw.send(player.window, SET_VOLUME, raw.utf16("7", true)))
    assert.equal("100", (ask(player, endpoint, GET_VOLUME, CURRENT_VOLUME)))
    tell(player, endpoint, SET_VOLUME, "7")
    assert.equal("7", (ask(player, endpoint, GET_VOLUME, CURRENT_VOLUME)))
  end)

  it("ends in the middle of a request", function()
    local endpoint <close> = copydata.new()
    local player <close> = directed(endpoint)
    local _, why, code = raw.request(player.window, CLOSE_APP, "",
      { reply = VERSION, sender = endpoint })
    assert.equal("GONE", code, why)
  end)
end)
