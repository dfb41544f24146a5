# shellcheck shell=bash
# Sourced by the other scripts: where things are, and how a failure is told.

root=$(cd -P "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
build=$root/build # everything fetched, built or made

# Of which Windows the programs are that are built and run: x86_64, or i686, which has 32 bits
processor=${COPYDATA_PROCESSOR:-x86_64}
variant=
[ "$processor" = x86_64 ] || variant=-$processor
deps=$build/deps$variant # the Windows Lua and its libraries

say() { printf '== %s\n' "$*" >&2; }

die() {
    printf 'error: %s\n' "$*" >&2
    exit 1
}

# stamp FILE...: one word that changes with the files' contents
stamp() { cat "$@" | sha256sum | cut -c 1-64; }

# fresh STAMP-FILE FILE...: whether STAMP-FILE holds the stamp of the files
fresh() { [ -f "$1" ] && [ "$(cat "$1")" = "$(stamp "${@:2}")" ]; }

# Runs the calling script again, alone: `alone "$@"` near its top. Only flock itself holds the lock, so
# that nothing the script leaves running (a wineserver) keeps it.
alone() {
    [ "${COPYDATA_ALONE:-}" != "$0" ] || return 0
    mkdir -p "$build"
    COPYDATA_ALONE=$0 exec flock --close "$build/.lock" "$0" "$@"
}

# Runs a command as root
as_root() {
    if [ "$(id -u)" = 0 ]; then
        "$@"
    else
        command -v sudo >/dev/null || die "not root and no sudo: run as root: $*"
        sudo "$@"
    fi
}
