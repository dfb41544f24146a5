-- SPDX-License-Identifier: MIT

--- The version of copydata, by semver.org. Nothing else says it: what wants it reads this line.
return "0.1.0"
