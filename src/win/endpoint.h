/* SPDX-License-Identifier: MIT
 *
 * An endpoint: a hidden window, a pump, and a mailbox for what arrives.
 *
 * It belongs to the thread that made it, the script's; only that thread may call these functions,
 * except cd_endpoint_close and cd_endpoint_free. The window belongs to the same thread or to the
 * endpoint's own pump thread (pump.h).
 */
#ifndef COPYDATA_WIN_ENDPOINT_H
#define COPYDATA_WIN_ENDPOINT_H

#include "mailbox/mailbox.h"
#include "deaths.h"
#include "membership.h"
#include "peer.h"
#include "prover.h"
#include "verifier.h"
#include "wait.h"
#include "window.h"

typedef struct cd_endpoint {
    DWORD thread;      /* the script's; 0: closed, or never open */
    cd_waiter *waiter; /* the Lua state's; this endpoint is one of its sources */
    cd_source source;
    cd_membership membership;
    cd_mailbox *mailbox; /* stays until cd_endpoint_free */
    SRWLOCK lock;        /* the mailbox's */
    uint64_t newest;     /* the sequence of the newest message when the last wait ended */
    bool own_thread;     /* the window has its own thread: */
    HANDLE pump;
    const cd_window_look *look; /* only while opening */
    HWND window;                /* as created; see cd_endpoint_hwnd */
    volatile LONG lost;         /* the window was destroyed from outside */
    bool has_left;              /* a channel, so that other peers may have seen it leave */
    cd_peers senders;           /* used only by the window's thread, */
    cd_verifier verifier;       /* and this too */
    cd_prover prover;
    cd_deaths deaths;
    UINT presence;         /* the message's number */
    volatile LONG watches; /* whether the script wants to know when peers come and go, */
    volatile LONG hinted;  /* and whether one may have */
} cd_endpoint;

/*
 * Makes the window with this appearance, in this thread or in a thread of its own. On failure fills
 * in `failure`; the endpoint is then closed, and the caller must free it. The waiter must be open
 * and outlive the endpoint.
 */
bool cd_endpoint_open(cd_endpoint *endpoint, cd_waiter *waiter, const cd_window_look *appearance,
                      const cd_limits *limits, bool own_thread, cd_failure *failure);

/*
 * Leaves every channel, destroys the window, ends its thread, drops waiting messages. If this is
 * called during a wait, the wait ends. Idempotent.
 */
void cd_endpoint_close(cd_endpoint *endpoint);

/* Closes it and frees what it owns. No other call of these functions may be running. */
void cd_endpoint_free(cd_endpoint *endpoint);

/* The window; NULL when it is gone. */
HWND cd_endpoint_hwnd(const cd_endpoint *endpoint);

/*
 * Joins a channel by a valid name. With `listen` false the endpoint can send there but other peers
 * do not see it; with `guarded` it is guarded from the first moment. Returns the channel's id; 0
 * with `failure` filled in when Windows has no room for it or the window is closed. The caller has
 * checked that the endpoint is not on the channel.
 */
uint32_t cd_endpoint_join(cd_endpoint *endpoint, const char *name, size_t size, bool listen,
                          bool guarded, cd_failure *failure);

/* Leaves a channel, if joined, and drops its waiting messages. */
void cd_endpoint_leave(cd_endpoint *endpoint, uint32_t id);

/* Notifies the watchers that something about this endpoint has changed. */
void cd_endpoint_tell(const cd_endpoint *endpoint);

/*
 * Sets whether waits end as CD_WAKE_READY when a peer may have joined or left a channel, until
 * cd_endpoint_hinted reports it, or a watched process has ended, until cd_deaths_take does.
 * Switching it off also stops watching processes. Returns false when Windows has no room for a
 * name: then only the ends of processes are reported.
 */
bool cd_endpoint_watch(cd_endpoint *endpoint, bool whether);

/* As cd_deaths_watch; if the window is already gone, that is a hint. */
DWORD cd_endpoint_watch_process(cd_endpoint *endpoint, HWND hwnd);

/* Whether a peer may have joined or left a channel since the last call. */
bool cd_endpoint_hinted(cd_endpoint *endpoint);

#endif
