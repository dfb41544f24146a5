# shellcheck shell=bash disable=SC2154
# Sourced after common.sh: more desktops. Each is a Wine prefix, so nobody there sees the windows of another; with
# a registry of its own, on drive C of the specs' prefix. COPYDATA_WINEPREFIX=DIR has tools/lua run there.

# make_desk DIR: makes one in an empty directory
make_desk() {
    cp "$build"/wine/{*.reg,.update-timestamp} "$1"
    ln -s "$build/wine/drive_c" "$1"
    mkdir "$1/dosdevices"
    ln -s ../drive_c "$1/dosdevices/c:"
    ln -s / "$1/dosdevices/z:"
}

# end_desk DIR: ends all that runs there, and removes it
end_desk() {
    WINEPREFIX=$1 wineserver -k || true
    rm -rf "$1"
}
