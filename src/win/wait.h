/* SPDX-License-Identifier: MIT
 *
 * Waiting for messages: where the window procedures of the thread get to run. One for each Lua
 * state, for all its endpoints.
 */
#ifndef COPYDATA_WIN_WAIT_H
#define COPYDATA_WIN_WAIT_H

#include "failure.h"
#include "interrupt.h"

#include <stdbool.h>

/* Why a wait ended. */
typedef enum cd_wake {
    CD_WAKE_READY,       /* something is there */
    CD_WAKE_TIMEOUT,     /* nothing is there */
    CD_WAKE_CLOSED,      /* a source will never have anything any more: told once */
    CD_WAKE_ASKED,       /* the program is asked to close, which stays: every wait says so */
    CD_WAKE_ENDING,      /* the session ends, which stays too */
    CD_WAKE_QUIT,        /* the thread was sent WM_QUIT, which stays too */
    CD_WAKE_INTERRUPTED, /* Ctrl+C; outside of run it is told once */
    CD_WAKE_FAILED       /* Windows cannot wait; see `failure` */
} cd_wake;

/*
 * What is waited for: an endpoint. `look` says CD_WAKE_READY, CD_WAKE_CLOSED, or CD_WAKE_TIMEOUT for
 * "not yet", after which cd_waiter_wake is called as soon as that may have changed, unless the
 * window procedures of this thread have changed it.
 */
typedef struct cd_source {
    struct cd_source *next;
    cd_wake (*look)(struct cd_source *source);
    bool closed; /* which a wait has told */
} cd_source;

/* Start with all zero. */
typedef struct cd_waiter {
    HANDLE event;           /* auto-reset: a reason to look again; NULL: not open */
    HANDLE sockets;         /* that of cd_waiter_sockets; NULL: no socket was waited for yet */
    bool unseen;            /* it may be set, for all that waits have seen */
    cd_interrupt interrupt; /* its listener's signal is that of cd_waiter_signal */
    cd_source *sources;
    ULONGLONG pumped; /* when messages were last looked for: GetTickCount64 */
} cd_waiter;

/* Opens it unless it is open. On failure fills in `failure`. */
bool cd_waiter_open(cd_waiter *waiter, cd_failure *failure);

/* Idempotent. */
void cd_waiter_close(cd_waiter *waiter);

/* Ends a wait that is under way, or else the next one, so that it looks again. From any thread. */
void cd_waiter_wake(const cd_waiter *waiter);

/*
 * For those who wait elsewhere: an event that is set when a source whose window has a thread of its
 * own may have something, or the program is told to end, from a look that found nothing until the
 * next. It is the waiter's, and made when it is asked for. NULL with `failure` filled in when Windows
 * makes none.
 */
HANDLE cd_waiter_signal(cd_waiter *waiter, cd_failure *failure);

/*
 * Resets that event, which there must be, and looks whether a wait would find something at once,
 * without pumping. If not, the event is set as soon as that may have changed. By the state's
 * thread.
 */
bool cd_waiter_look(cd_waiter *waiter);

/*
 * Another event for those who wait elsewhere, and for sockets: whoever sets it ends a wait that is
 * under way, and every one until it is reset. Manual-reset, the waiter's, made when it is asked for.
 * NULL with `failure` filled in when Windows makes none.
 */
HANDLE cd_waiter_sockets(cd_waiter *waiter, cd_failure *failure);

/*
 * Whether that event was set, as far as waits have seen; resets it. One that is set from then on is
 * seen by the next wait.
 */
bool cd_waiter_take_sockets(cd_waiter *waiter);

/* Resets it, whatever waits have seen. */
void cd_waiter_forget_sockets(cd_waiter *waiter);

/* Adds and removes a source. By the state's thread, or when no wait can be under way. */
void cd_waiter_add(cd_waiter *waiter, cd_source *source);
void cd_waiter_remove(cd_waiter *waiter, cd_source *source);

/*
 * Waits until there is something to look at, and pumps every message of the thread, whichever window
 * it is for. Pumps also when a source has something already. Ends as TIMEOUT before its time when
 * there was a message, for a window of another library may have run Lua, and that may have changed
 * what is waited for, and how long. What is more pressing is told first: INTERRUPTED, QUIT, ENDING or ASKED, FAILED,
 * READY, CLOSED. Negative seconds: for ever.
 * The waiter need not be open: then there are no sources.
 */
cd_wake cd_wait(cd_waiter *waiter, double seconds, cd_failure *failure);

/*
 * Pumps the messages of one window of this thread if none has been looked for lately: a thread that
 * only sends counts as hung on Windows after 5 s, and nobody waits for one that hangs.
 */
void cd_breathe(cd_waiter *waiter, HWND hwnd);

/* The same for who has no window in mind: what was posted stays where it is. */
void cd_look_alive(cd_waiter *waiter);

#endif
