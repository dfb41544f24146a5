# shellcheck shell=bash
# Sourced by suites written in bash: each check is one command.

passed=0 failed=0

# check WHAT COMMAND...: passes if the command succeeds; otherwise shows its output
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

# Ends the suite: writes the counts and returns its status
finish() {
    [ -z "${COPYDATA_COUNTS:-}" ] || echo "$passed $failed" >"$COPYDATA_COUNTS"
    [ "$failed" = 0 ]
}
