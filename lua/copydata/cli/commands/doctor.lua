-- SPDX-License-Identifier: MIT

--- `copydata doctor`: whether messages can flow, and if not why.
local json = require "copydata.cli.json"
local status = require "copydata.cli.status"

local CHECKS = {
  "system", "session", "lua", "module", "window", "channel", "membership", "integrity",
  "round_trip",
}

local doctor = {
  summary = "Check whether messages can flow, and say why not.",
  description = [[
Check whether messages can flow, and say why not: each check is a line, with a remedy where there is
something to do. A note is something that only matters to some.]],
  example = "copydata doctor",
  statuses = "0: messages can flow; 1: they cannot.",
}

local REMEDY = (" "):rep(10) .. "Remedy: "

function doctor.run(_, output)
  local checks = require "copydata.cli.commands.doctor.checks"
  local patient <close> = checks.patient()
  local flowing = true
  for _, name in ipairs(CHECKS) do
    local finding = checks[name](patient)
    flowing = flowing and finding.state ~= "problem"
    local label = name:gsub("_", " ")
    if output.json then
      finding.check = label
      output:record(json.ordered(finding, { "check", "state", "text", "remedy" }))
    else
      output:text("%-8s  %-10s  %s", finding.state, label, finding.text)
      if finding.remedy then
        output:text("%s%s", REMEDY, finding.remedy)
      end
    end
  end
  if output.json then
    output:record(json.ordered({ flowing = flowing }, { "flowing" }))
  else
    output:text("%s", flowing and "Messages can flow." or "Messages cannot flow.")
  end
  return flowing and status.DONE or status.FAILED
end

return doctor
