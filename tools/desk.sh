# shellcheck shell=bash disable=SC2154
# Sourced after common.sh: more desktops. Each is a Wine prefix, so its programs see no windows of another; with
# the files of the set-up's prefix, but a registry, a home and temporary files of its own. With
# COPYDATA_WINEPREFIX=DIR, tools/lua runs there.

# make_desk DIR: makes one in an empty directory
make_desk() {
    local prefix=$build/wine$variant
    cp "$prefix"/{*.reg,.update-timestamp} "$1"
    mkdir "$1/dosdevices" "$1/drive_c"
    ln -s "$prefix"/drive_c/* "$1/drive_c"
    rm "$1/drive_c/users"
    cp -a "$prefix/drive_c/users" "$1/drive_c"
    ln -s ../drive_c "$1/dosdevices/c:"
    ln -s / "$1/dosdevices/z:"
}

# end_desk DIR: ends everything running there, and removes it
end_desk() {
    WINEPREFIX=$1 wineserver -k 2>/dev/null || true
    rm -rf "$1"
}
