# shellcheck shell=bash
# Sourced after common.sh: the environment of the project's Wine prefix, and $wine, Wine's loader.

export WINEPREFIX=${COPYDATA_WINEPREFIX:-$build/wine$variant}
[ "$processor" != i686 ] || export WINEDLLPATH=$build/wine-i386
export WINEARCH=win64
export LC_ALL=${LC_ALL:-C.UTF-8} # or Wine takes file names for ASCII
export WINEDEBUG=${WINEDEBUG--all}
export WINEDLLOVERRIDES='mscoree=;mshtml=;winemenubuilder.exe=d'

# Debian's `wine` is a shell script that talks of 32-bit Wine; go straight to the loader where it is.
wine=
for candidate in /usr/lib/wine/wine64 wine64 wine; do
    if wine=$(command -v "$candidate"); then break; fi
done
