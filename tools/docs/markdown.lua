-- SPDX-License-Identifier: MIT

-- A filter for LDoc: writes the reference to standard output as one page of Markdown.
local names = require "names"

local markdown = {}

local HEAD = [[
# Reference

Every call, its options with their limits and defaults, and its errors. `make docs` writes this
page, and pages like it in `build/docs`, from the comments in [lua/copydata](../lua/copydata).
]]

-- Where a module's own functions are called: "channel:", "copydata.".
local function qualified(item, module)
  local name, class = names.own(item, module)
  if class then
    return class .. ":" .. name
  elseif module.type == "classmod" and item.type == "function" then
    return module.name .. ":" .. name
  end
  return module.name .. "." .. name
end

-- The anchor that GitHub gives a heading.
local function anchor(heading)
  return (heading:lower():gsub("[^%w%- _]", ""):gsub(" ", "-"))
end

-- Continuation lines of comments are indented by one space.
local function text(...)
  local joined = table.concat { ... }
  return (joined:gsub("\n ", "\n"):gsub("^%s+", ""):gsub("%s+$", ""))
end

local function indented(s)
  return (s:gsub("\n", "\n  "))
end

-- `channel:send` becomes a link if there is such a heading.
local function linked(s, anchors)
  return (s:gsub("`([%a_.]+[:.][%w_]+)`", function(name)
    local target = anchors[name]
    return target and ("[`%s`](#%s)"):format(name, target) or nil
  end))
end

-- Writes an entry for a parameter or field, or for one inside a table, whose `index` is its name.
local function write_entry(lines, item, kind, name, index)
  local modifiers = names.modifiers(item, kind, index)
  local notes = {}
  notes[#notes + 1] = modifiers.type
  if modifiers.opt then
    notes[#notes + 1] = modifiers.opt == true and "optional" or "default " .. modifiers.opt
  end
  local said = text(item.params.map[name] or ""):gsub("\n +", "\n")
  if said ~= "" or modifiers.type then -- the call above shows what is optional
    local entry = ("- `%s`%s%s"):format(name:match "%w%.(.*)" or name,
      #notes > 0 and (" (%s)"):format(table.concat(notes, ", ")) or "",
      said ~= "" and ": " .. indented(said) or "")
    lines[#lines + 1] = index == name and "  " .. indented(entry) or entry
  end
end

local function write_list(lines, item, kind)
  for i, name in ipairs(item.params or {}) do
    write_entry(lines, item, kind, name, i)
    for _, option in ipairs(item.subparams and item.subparams[name] or {}) do
      write_entry(lines, item, kind, option, option)
    end
  end
end

local function write_item(lines, item, heading)
  lines[#lines + 1] = "\n### " .. heading .. "\n"
  if item.type == "function" then
    lines[#lines + 1] = ("    %s%s\n"):format(heading, item.args)
  end
  lines[#lines + 1] = text(item.summary, item.description or "") .. "\n"
  write_list(lines, item, item.type == "function" and "param" or "field")
  for i, said in ipairs(item.ret or {}) do
    local kind = names.modifiers(item, "return", i).type
    local typed = kind and "a " .. kind .. (said == "" and "" or ": ") or ""
    lines[#lines + 1] = (i == 1 and "\nReturns " or "\nThen ") .. typed .. text(said)
  end
end

function markdown.write(modules)
  local anchors, is_module = {}, {}
  for _, module in ipairs(modules) do
    anchors[module.name], is_module[module.name] = anchor(module.name), true
  end
  for _, module in ipairs(modules) do
    for _, item in ipairs(module.items) do
      local heading = qualified(item, module)
      anchors[heading] = anchor(heading)
    end
  end
  local lines = { HEAD }
  for _, module in ipairs(modules) do
    lines[#lines + 1] = ("- [%s](#%s)"):format(module.name, anchors[module.name])
  end
  for _, module in ipairs(modules) do
    lines[#lines + 1] = ("\n## %s\n\n%s"):format(module.name,
      text(module.summary, module.description or ""))
    for _, item in ipairs(module.items) do
      if not is_module[qualified(item, module)] then -- such a field has a section of its own
        write_item(lines, item, qualified(item, module))
      end
    end
  end
  local page = linked(table.concat(lines, "\n") .. "\n", anchors)
  io.write((page:gsub("\n\n\n+", "\n\n"):gsub("[ \t]+\n", "\n")))
end

return markdown
