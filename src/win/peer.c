/* SPDX-License-Identifier: MIT */
#include "peer.h"
#include "text.h"

#include <stdlib.h>

#define PATH_UNITS 32767 /* the longest path of Windows */

static DWORD process_of(HWND hwnd)
{
    DWORD pid = 0; /* left alone when there is no such window */

    GetWindowThreadProcessId(hwnd, &pid);
    return pid;
}

/* Fills in `path`, PATH_UNITS long; returns its length, 0 when Windows does not tell. */
static DWORD path_of(DWORD pid, wchar_t *path)
{
    DWORD length = PATH_UNITS;
    HANDLE process = OpenProcess(PROCESS_QUERY_LIMITED_INFORMATION, FALSE, pid);

    if (process == NULL)
        return 0;
    if (!QueryFullProcessImageNameW(process, 0, path, &length))
        length = 0;
    CloseHandle(process);
    return length;
}

static cd_peer *describe(HWND hwnd, DWORD pid)
{
    wchar_t *path = malloc(PATH_UNITS * sizeof(wchar_t));
    if (path == NULL)
        return NULL;
    DWORD length = pid != 0 ? path_of(pid, path) : 0;
    size_t room = 3 * (size_t)length;
    cd_peer *peer = malloc(sizeof *peer + room);
    if (peer != NULL) {
        char *exe = (char *)(peer + 1);
        peer->hwnd = hwnd;
        peer->pid = pid;
        peer->exe_size = cd_utf8(path, length, exe, room);
        peer->exe = exe;
        peer->references = 1;
    }
    free(path);
    return peer;
}

cd_peer *cd_peer_of(HWND hwnd)
{
    return describe(hwnd, process_of(hwnd));
}

cd_peer *cd_peer_retain(cd_peer *peer)
{
    InterlockedIncrement(&peer->references);
    return peer;
}

void cd_peer_release(void *pointer)
{
    cd_peer *peer = pointer;

    if (peer != NULL && InterlockedDecrement(&peer->references) == 0)
        free(peer);
}

cd_peer *cd_peers_find(cd_peers *peers, HWND hwnd)
{
    DWORD pid = process_of(hwnd);

    for (size_t i = 0; i < CD_PEERS_KEPT; i++) {
        cd_peer *peer = peers->kept[i];
        if (peer != NULL && peer->hwnd == hwnd && peer->pid == pid)
            return cd_peer_retain(peer);
    }
    cd_peer *peer = describe(hwnd, pid);
    if (peer == NULL)
        return NULL;
    cd_peer_release(peers->kept[peers->oldest]);
    peers->kept[peers->oldest] = cd_peer_retain(peer);
    peers->oldest = (peers->oldest + 1) % CD_PEERS_KEPT;
    return peer;
}

void cd_peers_free(cd_peers *peers)
{
    for (size_t i = 0; i < CD_PEERS_KEPT; i++) {
        cd_peer_release(peers->kept[i]);
        peers->kept[i] = NULL;
    }
}
