/* SPDX-License-Identifier: MIT */
#include "peer.h"
#include "challenge.h"
#include "desktop.h"
#include "text.h"
#include "window.h"

#include <stdlib.h>
#include <string.h>

#define PATH_UNITS 32767 /* the longest path in Windows */
#define TRUST_MS   1000  /* how long a window counts as the same without asking */

/* The process and thread that own a window: both 0 when there is no such window. */
typedef struct owner {
    DWORD pid;
    DWORD thread;
} owner;

static owner owner_of(HWND hwnd)
{
    owner found = {0, 0}; /* the pid is left unchanged when there is no such window */

    found.thread = GetWindowThreadProcessId(hwnd, &found.pid);
    return found;
}

/*
 * Looks up a process. Fills in `path`, PATH_UNITS long, and returns its length, 0 when Windows does
 * not report it; and whether the process is 64-bit, which is assumed when Windows does not report
 * it.
 */
static DWORD path_of(DWORD pid, wchar_t *path, bool *wide)
{
    DWORD length = PATH_UNITS;
    BOOL narrow = FALSE;
    HANDLE process = OpenProcess(PROCESS_QUERY_LIMITED_INFORMATION, FALSE, pid);

    *wide = true;
    if (process == NULL)
        return 0;
    if (!QueryFullProcessImageNameW(process, 0, path, &length))
        length = 0;
    if (IsWow64Process(process, &narrow))
        *wide = !narrow;
    CloseHandle(process);
    return length;
}

/* Windows also accepts the lower half of a handle with 0 or 0xFFFF above it; no program writes its
 * own that way. */
static bool is_whole(HWND hwnd)
{
    WORD upper = HIWORD((DWORD)(ULONG_PTR)hwnd);

    return upper != 0 && upper != 0xFFFF;
}

static bool is_endpoint(HWND hwnd)
{
    wchar_t class[CD_CLASS_UNITS + 1];

    cd_desktop_class(hwnd, class);
    return _wcsicmp(class, CD_WINDOW_CLASS) == 0;
}

/* A peer followed by room for a path of this many bytes, its `exe`. */
static cd_peer *make(size_t room)
{
    cd_peer *peer = calloc(1, sizeof *peer + room);

    if (peer != NULL) {
        peer->exe = (char *)(peer + 1);
        peer->references = 1;
    }
    return peer;
}

static cd_peer *describe(HWND hwnd, owner who)
{
    wchar_t *path = malloc(PATH_UNITS * sizeof(wchar_t));
    if (path == NULL)
        return NULL;
    bool wide = false;
    DWORD length = who.pid != 0 ? path_of(who.pid, path, &wide) : 0;
    size_t room = 3 * (size_t)length;
    cd_peer *peer = make(room);
    if (peer != NULL) {
        peer->sender.key = cd_peer_key(hwnd);
        peer->sender.account = who.pid;
        peer->sender.answerable = who.pid != 0 && is_whole(hwnd) && is_endpoint(hwnd);
        peer->sender.provable = CD_CHALLENGE_FITS && who.pid != 0 && wide;
        peer->thread = who.thread;
        peer->checked = GetTickCount64();
        peer->exe_size = cd_utf8(path, length, (char *)(peer + 1), room);
    }
    free(path);
    return peer;
}

bool cd_peer_is_there(const cd_peer *peer)
{
    owner who = owner_of(cd_peer_hwnd(peer));

    return who.pid == cd_peer_pid(peer) && who.thread == peer->thread;
}

cd_peer *cd_peer_proven(cd_peer *peer)
{
    if (peer->proven != NULL)
        return peer->proven;
    cd_peer *proven = make(peer->exe_size);
    if (proven != NULL) {
        proven->sender = peer->sender;
        proven->sender.proven = true;
        proven->thread = peer->thread;
        proven->checked = peer->checked;
        proven->exe_size = peer->exe_size;
        memcpy(proven + 1, peer->exe, peer->exe_size);
        peer->proven = proven;
    }
    return proven;
}

cd_peer *cd_peer_of(HWND hwnd)
{
    return describe(hwnd, owner_of(hwnd));
}

bool cd_peer_gone(uint64_t key)
{
    return !IsWindow((HWND)(uintptr_t)key);
}

void cd_peer_retain(cd_sender *sender)
{
    InterlockedIncrement(&((cd_peer *)sender)->references);
}

void cd_peer_release(cd_sender *sender)
{
    cd_peer *peer = (cd_peer *)sender;

    if (InterlockedDecrement(&peer->references) > 0)
        return;
    if (peer->proven != NULL)
        cd_peer_release(&peer->proven->sender);
    free(peer);
}

/* The slot of a window in the cache, or else the one that has been in use longest. */
static cd_peer **place_of(cd_peers *peers, HWND hwnd)
{
    for (size_t i = 0; i < CD_PEERS_KEPT; i++)
        if (peers->kept[i] != NULL && cd_peer_hwnd(peers->kept[i]) == hwnd)
            return &peers->kept[i];
    cd_peer **oldest = &peers->kept[peers->oldest];
    peers->oldest = (peers->oldest + 1) % CD_PEERS_KEPT;
    return oldest;
}

/* Whether the cached facts about a window still hold. */
static bool holds(cd_peer *peer, HWND hwnd, owner *who)
{
    ULONGLONG now = GetTickCount64();
    bool known = peer != NULL && cd_peer_hwnd(peer) == hwnd;

    /* A handle that named no window may name a new one at any time: always ask again. */
    if (known && cd_peer_pid(peer) != 0 && now - peer->checked < TRUST_MS)
        return true;
    *who = owner_of(hwnd);
    if (!known || cd_peer_pid(peer) != who->pid || peer->thread != who->thread)
        return false;
    peer->checked = now;
    return true;
}

cd_peer *cd_peers_find(cd_peers *peers, HWND hwnd)
{
    owner who;
    cd_peer **place = place_of(peers, hwnd);

    if (!holds(*place, hwnd, &who)) {
        cd_peer *peer = describe(hwnd, who);
        if (peer == NULL)
            return NULL;
        if (*place != NULL)
            cd_peer_release(&(*place)->sender);
        *place = peer;
    }
    cd_peer_retain(&(*place)->sender);
    return *place;
}

void cd_peers_free(cd_peers *peers)
{
    for (size_t i = 0; i < CD_PEERS_KEPT; i++) {
        if (peers->kept[i] != NULL)
            cd_peer_release(&peers->kept[i]->sender);
        peers->kept[i] = NULL;
    }
}
