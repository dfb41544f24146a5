-- SPDX-License-Identifier: MIT

--- `copydata bridge`: carries channels to other desktops, and reports how bridges are doing.
local copydata = require "copydata"
local definition = require "copydata.cli.commands.bridge.definition"
local json = require "copydata.cli.json"
local show = require "copydata.cli.ui.show"
local status = require "copydata.cli.status"
local watch = require "copydata.cli.commands.bridge.watch"

local bridge = {
  summary = "Carry channels to other desktops, over a Redis server.",
  description = [[
Carry channels to other desktops, over a Redis server, until Ctrl+C. Programs need no changes: the
bridge joins the channels that it carries as an ordinary peer. It needs the rocks luasocket and
redis-lua: see docs/bridge.md.

With --status, carry nothing, but report how the bridges of this desktop are doing.

The password is read from --password-file, or from the environment variable
COPYDATA_BRIDGE_PASSWORD.]],
  example = [[
copydata bridge redis://desk1@server:6379/0 --name desk1 --channel editor
copydata bridge redis://server --in news --out log --requests clock --wait
copydata bridge --status --once]],
  statuses = "0: Ctrl+C, or --status found a bridge; 1: it failed, or there is no bridge.",
  define = definition.define,
}

local function tell(output, problem)
  if output.json then
    output:record(json.ordered({ problem = problem.name, message = problem.message,
      server = problem.server }, { "problem", "message", "server" }))
  else
    output:note("%s %s (%s)", os.date "%H:%M:%S", show.text(problem.message),
      show.text(problem.server))
  end
end

-- Carries until it ends.
local function carry(given, output)
  local ours
  output.endless = true
  copydata.spawn(function()
    ours = status.must(require("copydata.bridge").open(given))
    local name = ours:status().name
    if output.json then
      output:record(json.ordered({ open = name }, { "open" }))
    else
      output:note("%s carries; Ctrl+C ends", name)
    end
    status.must(ours:wait())
  end)
  local _ <close> = setmetatable({}, { __close = function()
    if ours then
      ours:close()
    end
  end })
  status.must(copydata.run())
end

function bridge.run(options, output)
  if options.status then
    watch.run(options, output)
    return status.DONE
  end
  local given = definition.read(options)
  function given.on_problem(problem)
    tell(output, problem)
  end
  local settings, wrong = require("copydata.bridge.options").read(given)
  if not settings then
    status.usage("%s", wrong)
  end
  carry(given, output)
  return status.DONE
end

return bridge
