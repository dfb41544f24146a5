# shellcheck shell=bash
# Sourced by suites written in bash: each check is one command.

passed=0 failed=0

# check WHAT COMMAND...: passes when the command succeeds; shows its output when it does not
check() {
    local what=$1 output
    shift
    if output=$("$@" 2>&1 </dev/null); then
        echo "ok: $what"
        passed=$((passed + 1))
    else
        printf 'FAILED: %s\n%s\n' "$what" "$output"
        failed=$((failed + 1))
    fi
}

# The suite's end: counts, and the status to leave with
finish() {
    [ -z "${COPYDATA_COUNTS:-}" ] || echo "$passed $failed" >"$COPYDATA_COUNTS"
    [ "$failed" = 0 ]
}
