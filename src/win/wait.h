/* SPDX-License-Identifier: MIT
 *
 * Waits for messages, during which the thread's window procedures run. One waiter per Lua state,
 * for all its endpoints.
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
    CD_WAKE_CLOSED,      /* a source will never have anything again: reported once */
    CD_WAKE_ASKED,       /* the program should close; every later wait reports it too */
    CD_WAKE_ENDING,      /* the session ends; likewise */
    CD_WAKE_QUIT,        /* the thread was sent WM_QUIT; likewise */
    CD_WAKE_INTERRUPTED, /* Ctrl+C; outside run reported once */
    CD_WAKE_FAILED       /* Windows cannot wait; see `failure` */
} cd_wake;

/*
 * Something to wait for: an endpoint. `look` returns CD_WAKE_READY, CD_WAKE_CLOSED, or
 * CD_WAKE_TIMEOUT for "not yet", after which cd_waiter_wake is called as soon as that may have
 * changed, unless this thread's own window procedures have changed it.
 */
typedef struct cd_source {
    struct cd_source *next;
    cd_wake (*look)(struct cd_source *source);
    bool closed; /* and a wait has reported it */
} cd_source;

#define CD_WAITER_SOCKETS 4 /* so many sockets have an event each; more share them */

/* Initialize to zero. */
typedef struct cd_waiter {
    HANDLE event;                      /* auto-reset: a reason to look again; NULL: not open */
    HANDLE sockets[CD_WAITER_SOCKETS]; /* see cd_waiter_sockets; the last NULL: not all made yet */
    unsigned changed;                  /* which of them the last wait found set, from 1; 0: none */
    unsigned first;         /* the one that is looked at first, so that none masks the others */
    cd_interrupt interrupt; /* its listener's signal is that of cd_waiter_signal */
    cd_source *sources;
    ULONGLONG pumped; /* when messages were last pumped: GetTickCount64 */
    ULONGLONG asked;  /* when Windows was last asked whether there are any */
    bool busy;        /* this thread's windows have accepted something, and it has neither pumped
                         nor sent since: the next message may be there by now, and to look for it
                         costs less than to wait for it */
} cd_waiter;

/* Opens it unless already open. On failure fills in `failure`. */
bool cd_waiter_open(cd_waiter *waiter, cd_failure *failure);

/* Idempotent. */
void cd_waiter_close(cd_waiter *waiter);

/* Makes the current wait, or else the next one, look again. From any thread. */
void cd_waiter_wake(const cd_waiter *waiter);

/*
 * An event for other loops: set when a source whose window has a thread of its own may have
 * something, or the program is told to end, after a look that found nothing until the next look.
 * The waiter owns it and makes it on first use. NULL with `failure` filled in when Windows cannot
 * make it.
 */
HANDLE cd_waiter_signal(cd_waiter *waiter, cd_failure *failure);

/*
 * Resets that event, which must exist, and returns whether a wait would find something at once,
 * without pumping. If not, the event is set as soon as that may have changed. By the state's
 * thread.
 */
bool cd_waiter_look(cd_waiter *waiter);

/*
 * Makes the events for sockets unless they exist: setting one ends the current wait, or else the
 * next one, which resets it. Manual-reset, so that other loops can wait for them too; owned by the
 * waiter. On failure fills in `failure`.
 */
bool cd_waiter_sockets(cd_waiter *waiter, cd_failure *failure);

/* Which of them the last wait found set and reset, from 1; 0: none. If several are set, later waits
 * find the others. Reported once. */
unsigned cd_waiter_changed(cd_waiter *waiter);

/* Add and remove a source. By the state's thread, or when no wait can be running. */
void cd_waiter_add(cd_waiter *waiter, cd_source *source);
void cd_waiter_remove(cd_waiter *waiter, cd_source *source);

/*
 * Waits until there is something to handle, and pumps the thread's messages, up to 10,000 of them,
 * whichever window they are for, even if a source has something already. `deadline`: on the clock
 * of cd_clock_seconds; INFINITY: never. Returns CD_WAKE_TIMEOUT early when the waiter was `busy`,
 * and when there was a message, because a window of another library may have run Lua, which may
 * have changed what to wait for, and how long. Reports the most urgent first: FAILED, INTERRUPTED,
 * QUIT, ENDING or ASKED, READY, CLOSED. The waiter need not be open: then it has no sources.
 */
cd_wake cd_wait(cd_waiter *waiter, double deadline, cd_failure *failure);

/*
 * Pumps the messages of one window of this thread if none have been pumped lately: on Windows a
 * thread that only sends counts as hung after 5 s, and sends to a hung thread fail at once.
 */
void cd_breathe(cd_waiter *waiter, HWND hwnd);

/* The same without a window: posted messages stay in the queue. */
void cd_look_alive(cd_waiter *waiter);

#endif
