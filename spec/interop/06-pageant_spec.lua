-- SPDX-License-Identifier: MIT

-- The real Pageant: requests and answers are in shared memory.
local children = require "support.children"
local copydata = require "support.copydata"
local real = require "spec.interop.real"
local unique = require "support.unique"
local window = require "support.window"
local hex = require "spec.msgpack.hex"
require "support.tidy"(before_each, after_each)

local raw = copydata.raw

local AGENT = 0x804E50BA
local ROOM = 8192
local QUESTIONS = 1000

-- ssh-agent's messages
local FAILURE, SUCCESS = 5, 6
local REQUEST_IDENTITIES, IDENTITIES, SIGN_REQUEST, SIGNATURE, ADD_IDENTITY = 11, 12, 13, 14, 17

-- RFC 8032, 7.1, TEST 3: a key, and what its signature of a message must be
local KEY = {
  secret = hex "c5aa8df43f9f837bedb7442f31dcb7b1 66d38535076f094b85ce3a2e0b4458f7",
  public = hex "fc51cd8e6218a1a38da47ed00230f058 0816ed13ba3303ac5deb911548908025",
  message = hex "af82",
  signature = hex("6291d657deec24024827e69c3abe01a3 0ce548a284743a445e3680d7db5ac3ac"
    .. " 18ff9b538d16f290ae67f760984dc659 4a7c15e9716ed28dc027beceea1ec40a"),
  comment = "RFC 8032",
}
KEY.blob = string.pack(">s4 s4", "ssh-ed25519", KEY.public)

local function request(kind, body)
  return string.pack(">s4", string.char(kind) .. (body or ""))
end

-- Has Pageant read a section; returns what raw.send does.
local function show(pageant, name)
  return raw.send(pageant.window, AGENT, name .. "\0")
end

-- Sends a request through our own section.
local function ask(pageant, kind, body)
  local name = unique "PageantRequest"
  local section <close> = assert(raw.section(name, ROOM))
  section:write(request(kind, body))
  assert.equal(1, show(pageant, name))
  local answer = string.unpack(">s4", section:read())
  return answer:byte(), answer:sub(2)
end

local function add_key(pageant)
  assert.equal(SUCCESS, (ask(pageant, ADD_IDENTITY, string.pack(">s4 s4 s4 s4", "ssh-ed25519",
    KEY.public, KEY.secret .. KEY.public, KEY.comment))))
end

describe("Pageant", function()
  it("answers through a section", function()
    local pageant <close> = real.pageant()
    local kind, answer = ask(pageant, REQUEST_IDENTITIES)
    assert.equal(IDENTITIES, kind)
    assert.equal(string.pack(">I4", 0), answer)
    assert.equal(FAILURE, (ask(pageant, 99)))
    for _ = 1, QUESTIONS do
      assert.equal(IDENTITIES, (ask(pageant, REQUEST_IDENTITIES)))
    end
  end)

  it("signs according to RFC 8032", function()
    local pageant <close> = real.pageant()
    add_key(pageant)
    local kind, answer = ask(pageant, SIGN_REQUEST,
      string.pack(">s4 s4 I4", KEY.blob, KEY.message, 0))
    assert.equal(SIGNATURE, kind)
    local algorithm, signature = string.unpack(">s4 s4", (string.unpack(">s4", answer)))
    assert.equal("ssh-ed25519", algorithm)
    assert.equal(hex.of(KEY.signature), hex.of(signature))
  end)

  it("does not accept the name of a missing section", function()
    local pageant <close> = real.pageant()
    assert.equal(0, show(pageant, unique "nothing"))
  end)

  it("answers through another process's section, while that process runs", function()
    local pageant <close> = real.pageant()
    local name = unique "PageantRequest"
    local owner <close> = children.start()
    owner:run([[
      local name, room, bytes = ...
      section = assert(copydata.raw.section(name, room))
      section:write(bytes)
    ]], name, ROOM, request(REQUEST_IDENTITIES))

    local _, why, code = raw.section(name, ROOM)
    assert.equal("EXISTS", code, why)
    assert.equal(1, show(pageant, name))
    do
      local seen <close> = assert(raw.section(name))
      assert.equal(string.char(IDENTITIES), seen:read(4, 1))
    end

    owner:kill()
    assert.equal(0, show(pageant, name))
    _, why, code = raw.section(name)
    assert.equal("ABSENT", code, why)
    local section <close> = assert(raw.section(name, ROOM)) -- the name is free
    section:write(request(REQUEST_IDENTITIES))
    assert.equal(1, show(pageant, name))
  end)

  it("finds what a dead owner wrote, as long as any process has the section open", function()
    local pageant <close> = real.pageant()
    local name = unique "PageantRequest"
    local owner <close> = children.start()
    owner:run([[
      local name, room, bytes = ...
      section = assert(copydata.raw.section(name, room))
      section:write(bytes)
    ]], name, ROOM, request(REQUEST_IDENTITIES))
    local seen <close> = assert(raw.section(name))
    owner:kill()
    assert.equal(1, show(pageant, name))
    assert.equal(string.char(IDENTITIES), seen:read(4, 1))
  end)

  it("is suspended in the middle of a request, and resumed", function()
    local pageant <close> = real.pageant()
    window.suspend(pageant.window.hwnd)
    local name = unique "PageantRequest"
    do
      local section <close> = assert(raw.section(name, ROOM))
      section:write(request(REQUEST_IDENTITIES))
      local _, why, code = raw.send(pageant.window, AGENT, name .. "\0", { timeout = 0.3 })
      assert.equal("TIMEOUT", code, why)
    end
    window.resume(pageant.window.hwnd)
    assert.equal(IDENTITIES, (ask(pageant, REQUEST_IDENTITIES)))
  end)

  it("is killed", function()
    local pageant <close> = real.pageant()
    pageant.handle:kill()
    local _, why, code = show(pageant, "x")
    assert.equal("GONE", code, why)
  end)
end)

describe("examples/pageant.lua", function()
  -- What it prints if it succeeds
  local function pageant_lua(...)
    local lines, status, errors = real.run(real.example("pageant", { ... }))
    assert.equal("", errors)
    assert.equal(0, status)
    return lines
  end

  it("lists keys", function()
    local pageant <close> = real.pageant()
    assert.same({}, pageant_lua "list")
    add_key(pageant)
    assert.same({
      "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIPxRzY5iGKGjjaR+0AIw8FgIFu0TujMDrF3rkRVIkIAl RFC 8032",
    }, pageant_lua "list")
  end)

  it("signs", function()
    local pageant <close> = real.pageant()
    add_key(pageant)
    local path = ("%s\\%s"):format(os.getenv "TEMP", unique "message")
    do
      local file <close> = assert(io.open(path, "wb"))
      file:write(KEY.message)
    end
    local lines = pageant_lua("sign", KEY.comment, path)
    os.remove(path)
    assert.same({
      "ssh-ed25519 YpHWV97sJAJIJ+acOr4BowzlSKKEdDpEXjaA19taw6wY/5tTjRbykK5n92CYTcZZ"
        .. "SnwV6XFu0o3AJ77O6h7ECg==",
    }, lines)
  end)

  it("reports that Pageant is not running", function()
    assert.same({ {}, 1, "Pageant is not running\n" },
      { real.run(real.example("pageant", { "list" })) })
  end)
end)
