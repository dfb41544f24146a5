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

/* Start with all zero. */
typedef struct cd_waiter {
    HANDLE event; /* auto-reset: a reason to look again; NULL: not open */
    cd_interrupt interrupt;
    ULONGLONG pumped; /* when messages were last looked for: GetTickCount64 */
} cd_waiter;

/* Opens it unless it is open. On failure fills in `failure`. */
bool cd_waiter_open(cd_waiter *waiter, cd_failure *failure);

/* Idempotent. */
void cd_waiter_close(cd_waiter *waiter);

/* Ends a wait that is under way, or else the next one, so that it looks again. From any thread. */
void cd_waiter_wake(const cd_waiter *waiter);

/* Why a wait ended. */
typedef enum cd_wake {
    CD_WAKE_READY,       /* what was waited for is there */
    CD_WAKE_TIMEOUT,     /* time ran out */
    CD_WAKE_CLOSED,      /* it will never be there */
    CD_WAKE_ASKED,       /* the program is asked to close, which stays: every wait says so */
    CD_WAKE_ENDING,      /* the session ends, which stays too */
    CD_WAKE_QUIT,        /* the thread was sent WM_QUIT, which stays too */
    CD_WAKE_INTERRUPTED, /* Ctrl+C; outside of run it is told once */
    CD_WAKE_FAILED       /* Windows cannot wait; see `failure` */
} cd_wake;

/* What is waited for: CD_WAKE_READY, CD_WAKE_CLOSED, or CD_WAKE_TIMEOUT for "not yet", after which
 * cd_waiter_wake is called as soon as that may have changed, unless the window procedures of this
 * thread have changed it. */
typedef cd_wake cd_condition(void *context);

/*
 * Pumps every message of the thread, whichever window it is for, until the condition holds or
 * something else ends the wait. Always pumps once, also when it holds already. What is more
 * pressing is told first: INTERRUPTED, QUIT, ENDING or ASKED, FAILED, READY. Negative seconds: for
 * ever.
 */
cd_wake cd_wait(cd_waiter *waiter, cd_condition *condition, void *context, double seconds,
                cd_failure *failure);

/* Pumps every message of the thread for a time, whatever arrives. */
void cd_pause(cd_waiter *waiter, double seconds);

/*
 * Pumps the messages of one window of this thread if none has been looked for lately: a thread that
 * only sends counts as hung on Windows after 5 s, and nobody waits for one that hangs.
 */
void cd_breathe(cd_waiter *waiter, HWND hwnd);

#endif
