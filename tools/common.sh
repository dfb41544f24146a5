# shellcheck shell=bash
# Sourced by the other scripts: paths, and how to report a failure.

root=$(cd -P "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
build=$root/build # everything fetched, built or made

# Which Lua: the distribution's 5.4 or, in a folder of its own, that of the source tree COPYDATA_LUA_SOURCE
lua_version=5.4 native_lua=lua5.4
export COPYDATA_BUILD=
if [ -n "${COPYDATA_LUA_SOURCE:-}" ]; then
    lua_source=$(cd "$COPYDATA_LUA_SOURCE" && pwd)
    [ ! -d "$lua_source/src" ] || lua_source=$lua_source/src
    lua_version=$(sed -nE 's/^#define[[:space:]]+LUA_VERSION_M(AJOR|INOR)(_N)?[[:space:]]+"?([0-9]+)"?$/\3/p' "$lua_source/lua.h" | paste -sd .)
    COPYDATA_BUILD=lua$lua_version/ # CMake's presets and toolchains look there
    build=$build/lua$lua_version
    native_lua=$build/deps/native/bin/lua
fi
lua_short=${lua_version/./} # as DLLs are named

# The Windows to build and run programs for: x86_64, or i686, which is 32-bit
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

# part_of PART DIRECTORY...: the spec files of a part: 1/2 is the first, third, … of them, 2/2 the others
part_of() {
    find "${@:2}" -name '*_spec.lua' | sort | awk -v part="${1%/*}" -v parts="${1#*/}" 'NR % parts == part % parts'
}

# Runs the calling script again under a lock: `alone "$@"` near its top. Only flock itself holds the lock, so
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

# configure PRESET [OPTION...]: by CMake, for the Lua in use
configure() {
    local options=()
    case $1 in
    mingw* | msvc*) options=(-DLUA_INCDIR="$deps/include" -DLUA_LIBDIR="$deps/lib" -DLUALIB="liblua$lua_short.dll.a") ;;
    *) [ -z "$COPYDATA_BUILD" ] || options=(-DLUA_INCDIR="$deps/include" -DLUA_LIBDIR="$deps/native/lib" -DLUALIB=liblua.so) ;;
    esac
    cmake --preset "$1" "${options[@]}" "${@:2}"
}
