/* SPDX-License-Identifier: MIT */
#include "peer.h"
#include "desktop.h"
#include "text.h"
#include "window.h"

#include <stdlib.h>

#define PATH_UNITS 32767 /* the longest path of Windows */
#define TRUST_MS   1000  /* how long a window is taken for the same without asking */

/* Who owns a window: both 0 when there is no such window. */
typedef struct owner {
    DWORD pid;
    DWORD thread;
} owner;

static owner owner_of(HWND hwnd)
{
    owner found = {0, 0}; /* the pid is left alone when there is no such window */

    found.thread = GetWindowThreadProcessId(hwnd, &found.pid);
    return found;
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

static bool is_endpoint(HWND hwnd)
{
    wchar_t class[CD_CLASS_UNITS + 1];

    cd_desktop_class(hwnd, class);
    return _wcsicmp(class, CD_WINDOW_CLASS) == 0;
}

static cd_peer *describe(HWND hwnd, owner who)
{
    wchar_t *path = malloc(PATH_UNITS * sizeof(wchar_t));
    if (path == NULL)
        return NULL;
    DWORD length = who.pid != 0 ? path_of(who.pid, path) : 0;
    size_t room = 3 * (size_t)length;
    cd_peer *peer = malloc(sizeof *peer + room);
    if (peer != NULL) {
        char *exe = (char *)(peer + 1);
        peer->hwnd = hwnd;
        peer->pid = who.pid;
        peer->thread = who.thread;
        peer->endpoint = who.pid != 0 && is_endpoint(hwnd);
        peer->asked = GetTickCount64();
        peer->exe_size = cd_utf8(path, length, exe, room);
        peer->exe = exe;
        peer->references = 1;
    }
    free(path);
    return peer;
}

cd_peer *cd_peer_of(HWND hwnd)
{
    return describe(hwnd, owner_of(hwnd));
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

/* NULL: the window is not among those met last. */
static cd_peer *find_kept(const cd_peers *peers, HWND hwnd)
{
    for (size_t i = 0; i < CD_PEERS_KEPT; i++)
        if (peers->kept[i] != NULL && peers->kept[i]->hwnd == hwnd)
            return peers->kept[i];
    return NULL;
}

/* Puts a peer in the place of `old`, or with NULL of the one that has been kept longest. */
static void keep(cd_peers *peers, cd_peer *old, cd_peer *peer)
{
    size_t place = peers->oldest;

    if (old == NULL)
        peers->oldest = (peers->oldest + 1) % CD_PEERS_KEPT;
    else
        for (place = 0; peers->kept[place] != old;)
            place++;
    cd_peer_release(peers->kept[place]);
    peers->kept[place] = cd_peer_retain(peer);
}

cd_peer *cd_peers_find(cd_peers *peers, HWND hwnd)
{
    cd_peer *kept = find_kept(peers, hwnd);
    ULONGLONG now = GetTickCount64();

    /* A handle that named no window may name a new one at any time: never trusted. */
    if (kept != NULL && kept->pid != 0 && now - kept->asked < TRUST_MS)
        return cd_peer_retain(kept);
    owner who = owner_of(hwnd);
    if (kept != NULL && kept->pid == who.pid && kept->thread == who.thread) {
        kept->asked = now;
        return cd_peer_retain(kept);
    }
    cd_peer *peer = describe(hwnd, who);
    if (peer != NULL)
        keep(peers, kept, peer);
    return peer;
}

void cd_peers_free(cd_peers *peers)
{
    for (size_t i = 0; i < CD_PEERS_KEPT; i++) {
        cd_peer_release(peers->kept[i]);
        peers->kept[i] = NULL;
    }
}
