# shellcheck shell=bash
# Sourced after common.sh: the environment of the project's Wine prefix, and $wine, Wine's loader.

export WINEPREFIX=${COPYDATA_WINEPREFIX:-$build/wine$variant}
[ "$processor" != i686 ] || export WINEDLLPATH=$build/wine-i386
export WINEARCH=win64
export LC_ALL=${LC_ALL:-C.UTF-8} # otherwise Wine treats file names as ASCII
export WINEDEBUG=${WINEDEBUG--all}
export WINEDLLOVERRIDES='mscoree=;mshtml=;winemenubuilder.exe=d'

# Debian's `wine` is a shell script that complains about 32-bit Wine; use the loader directly if it exists.
wine=
for candidate in /usr/lib/wine/wine64 wine64 wine; do
    if wine=$(command -v "$candidate"); then break; fi
done
