# shellcheck shell=bash disable=SC2154
# Sourced after common.sh: more desktops. Each is a Wine prefix, so its programs see no windows of another; with
# a registry of its own, on drive C of the specs' prefix. With COPYDATA_WINEPREFIX=DIR, tools/lua runs there.

# make_desk DIR: makes one in an empty directory
make_desk() {
    cp "$build"/wine/{*.reg,.update-timestamp} "$1"
    ln -s "$build/wine/drive_c" "$1"
    mkdir "$1/dosdevices"
    ln -s ../drive_c "$1/dosdevices/c:"
    ln -s / "$1/dosdevices/z:"
}

# end_desk DIR: ends everything running there, and removes it
end_desk() {
    WINEPREFIX=$1 wineserver -k || true
    rm -rf "$1"
}
