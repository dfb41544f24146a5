# shellcheck shell=bash disable=SC2154
# Sourced by suites written in bash: each check is one command, or counts by itself.

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

# count COMMAND...: runs specs, or suites, and adds what they counted
count() {
    local counts status=0 p=0 f=0
    counts=$(mktemp "$build/counts.XXXXXX")
    COPYDATA_COUNTS=$counts "$@" || status=$?
    read -r p f <"$counts" || true
    rm -f "$counts"
    [ "$status" = 0 ] || [ "${f:-0}" -gt 0 ] || f=1 # it ended before it could count
    passed=$((passed + ${p:-0})) failed=$((failed + f))
}

# Ends the suite: writes the counts and returns its status
finish() {
    [ -z "${COPYDATA_COUNTS:-}" ] || echo "$passed $failed" >"$COPYDATA_COUNTS"
    [ "$failed" = 0 ]
}
