/* SPDX-License-Identifier: MIT
 *
 * An endpoint: a hidden window, a pump, and a mailbox for what arrives.
 *
 * It belongs to the thread that made it, the script's; only that thread may call these functions,
 * but for cd_endpoint_close and cd_endpoint_free. The window belongs to that thread too, or to one
 * of the endpoint's own (pump.h).
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
    cd_waiter *waiter; /* the state's, of which it is a source */
    cd_source source;
    cd_membership membership;
    cd_mailbox *mailbox; /* stays until cd_endpoint_free */
    SRWLOCK lock;        /* the mailbox's */
    uint64_t newest;     /* the sequence of the last message that had arrived when a wait ended */
    bool own_thread;     /* the window has one: */
    HANDLE pump;
    const cd_window_look *look; /* while it is opened */
    HWND window;                /* as it was made */
    volatile LONG lost;         /* it was destroyed from outside */
    bool has_left;              /* a channel, so that others may have seen it go */
    cd_peers senders;           /* the window's thread's alone, */
    cd_verifier verifier;       /* and likewise */
    cd_prover prover;
    cd_deaths deaths;
    UINT presence;         /* the message's number */
    volatile LONG watches; /* whether the script wants to know who comes and goes, */
    volatile LONG hinted;  /* and that somebody may have */
} cd_endpoint;

/*
 * Makes the window, that looks so, in this thread or in one of its own. On failure fills in `failure`; the
 * endpoint is then closed, and to be freed. The waiter, which is open, must outlive it.
 */
bool cd_endpoint_open(cd_endpoint *endpoint, cd_waiter *waiter, const cd_window_look *appearance,
                      const cd_limits *limits, bool own_thread, cd_failure *failure);

/*
 * Leaves every channel, destroys the window, ends its thread, drops what waits. A wait that is
 * under way, from which this was called, ends. Idempotent.
 */
void cd_endpoint_close(cd_endpoint *endpoint);

/* Closes it and frees what it has. Nobody may be in any of these functions. */
void cd_endpoint_free(cd_endpoint *endpoint);

/* The window; NULL when it is gone. */
HWND cd_endpoint_hwnd(const cd_endpoint *endpoint);

/*
 * Joins a channel by a valid name. With `listen` false the endpoint can send there but nobody sees
 * it; with `guarded` nobody gets in unasked. Returns its id; 0 with `failure` filled in when Windows has no room for it or the window is
 * closed. The caller has checked that the endpoint is not on it.
 */
uint32_t cd_endpoint_join(cd_endpoint *endpoint, const char *name, size_t size, bool listen,
                          bool guarded, cd_failure *failure);

/* Leaves a channel, if it is on it, and drops what waits there. */
void cd_endpoint_leave(cd_endpoint *endpoint, uint32_t id);

/* Tells those who watch that there is something new about this endpoint. */
void cd_endpoint_tell(const cd_endpoint *endpoint);

/*
 * From now on, or no longer, waits end as CD_WAKE_READY when somebody may have joined or left a
 * channel, or a process that is waited for has ended, until cd_endpoint_hinted says so. When it is
 * over, no process is waited for any more. Returns false when Windows has no room for a name: then
 * only the ends of processes are told.
 */
bool cd_endpoint_watch(cd_endpoint *endpoint, bool whether);

/* Whether there was such a hint since the last call. */
bool cd_endpoint_hinted(cd_endpoint *endpoint);

#endif
