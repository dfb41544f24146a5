-- SPDX-License-Identifier: MIT

--- `copydata doctor`: checks whether messages can flow, and says why not.
local arguments = require "copydata.cli.arguments"
local json = require "copydata.cli.json"
local password = require "copydata.cli.password"
local show = require "copydata.cli.ui.show"
local status = require "copydata.cli.status"

local CHECKS = {
  "system", "session", "lua", "module", "window", "channel", "membership", "integrity",
  "round_trip",
}

local doctor = {
  summary = "Check whether messages can flow, and say why not.",
  description = [[
Check whether messages can flow, and say why not. Each check prints a line, with a remedy if there
is something to do. A note matters only to some programs.]],
  example = [[
copydata doctor
copydata doctor --bridge redis://desk1@server:6379/0]],
  statuses = "0: messages can flow; 1: they cannot, or a bridge cannot use the server.",
}

function doctor.define(command)
  command:option("--bridge", "Also check whether a bridge could use this server.")
    :argname "<url>"
  arguments.password_file(command)
  command:option("--prefix", "The bridge's --prefix."):argname "<prefix>"
    :default "default"
end

local REMEDY = (" "):rep(10) .. "Remedy: "

local function tell(output, label, finding)
  if output.json then
    finding.check = label
    output:record(json.ordered(finding, { "check", "state", "text", "remedy" }))
  else
    output:text("%-8s  %-10s  %s", finding.state, label, show.text(finding.text))
    if finding.remedy then
      output:text("%s%s", REMEDY, finding.remedy)
    end
  end
end

-- Runs checks.
-- @return whether there was no problem
local function run(checks, names, patient, output)
  local well = true
  for _, name in ipairs(names) do
    local finding = checks[name](patient)
    well = well and finding.state ~= "problem"
    tell(output, name:gsub("_", " "), finding)
  end
  return well
end

local function run_bridge(options, output)
  local engine = require "copydata.cli.commands.doctor.engine"
  local patient, wrong = engine.patient(options.bridge, password(options.password_file),
    options.prefix)
  if not patient then
    status.usage("%s", wrong)
  end
  local _ <close> = patient
  return run(engine, engine.CHECKS, patient, output)
end

function doctor.run(options, output)
  local checks = require "copydata.cli.commands.doctor.checks"
  local patient <close> = checks.patient()
  local flowing = run(checks, CHECKS, patient, output)
  local bridged = not options.bridge or run_bridge(options, output)
  if output.json then
    output:record(json.ordered({ flowing = flowing and bridged }, { "flowing" }))
  else
    output:text("Messages %s flow%s.", flowing and "can" or "cannot",
      flowing and not bridged and " on this desktop, but a bridge cannot use the server" or "")
  end
  return flowing and bridged and status.DONE or status.FAILED
end

return doctor
