/* SPDX-License-Identifier: MIT
 *
 * The program behind a window: looked up once, shared by all references.
 */
#ifndef COPYDATA_WIN_PEER_H
#define COPYDATA_WIN_PEER_H

#include "mailbox/host.h"

#include <windows.h>

typedef struct cd_peer {
    cd_sender sender;  /* first, for the mailbox: the key is the window, the account its process */
    DWORD thread;      /* that owns the window; 0: no such window */
    ULONGLONG checked; /* when Windows last confirmed it: GetTickCount64 */
    size_t exe_size;   /* 0: Windows does not report it */
    const char *exe;   /* path of the program in UTF-8, not terminated */
    uint64_t token;    /* proves it to the endpoint that met it (verifier.h); 0: not made yet */
    struct cd_peer *proven; /* the same peer, proven; NULL: not proven yet */
    LONG references;
} cd_peer;

/* A window as the mailbox's key, and the reverse. */
static inline uint64_t cd_peer_key(HWND hwnd)
{
    return (uint64_t)(uintptr_t)hwnd;
}

static inline HWND cd_peer_hwnd(const cd_peer *peer)
{
    return (HWND)(uintptr_t)peer->sender.key;
}

/* 0: no such window. */
static inline DWORD cd_peer_pid(const cd_peer *peer)
{
    return peer->sender.account;
}

/* Looks up a window. NULL without memory. The caller owns one reference. */
cd_peer *cd_peer_of(HWND hwnd);

/* Whether the window still belongs to the peer's process and thread: asks Windows. */
bool cd_peer_is_there(const cd_peer *peer);

/* The proven form of a peer; NULL without memory. Not a new reference. Only for the thread whose
 * cd_peers it is in. */
cd_peer *cd_peer_proven(cd_peer *peer);

/* From any thread. For cd_host, where a peer is a sender. */
bool cd_peer_gone(uint64_t key);
void cd_peer_retain(cd_sender *sender);
void cd_peer_release(cd_sender *sender);

#define CD_PEERS_KEPT 32

/* The senders that an endpoint met last. Initialize to zero. */
typedef struct cd_peers {
    cd_peer *kept[CD_PEERS_KEPT];
    unsigned oldest; /* the next to be replaced */
} cd_peers;

/*
 * The peer of a window, from the cache if its process and thread are still the same. NULL without
 * memory. The caller owns one reference.
 *
 * Windows is asked once a second for each window, not for each frame. In between the handle may be
 * trusted: a part of it counts how often its place in the table of windows was used, so it does not
 * come back soon (under Wine not within 140,000 windows made and destroyed in a row, which took 111
 * s). A program that claims the handle of a window that is gone is taken for the dead peer for at
 * most that second; it may as well claim that of a living one.
 */
cd_peer *cd_peers_find(cd_peers *peers, HWND hwnd);

void cd_peers_free(cd_peers *peers);

#endif
