/* SPDX-License-Identifier: MIT
 *
 * Waiting for messages: where the window procedure gets to run, unless the window has a thread of
 * its own.
 */
#ifndef COPYDATA_WIN_WAIT_H
#define COPYDATA_WIN_WAIT_H

#include "clock.h"
#include "endpoint.h"

/* Why a wait ended. */
typedef enum cd_wake {
    CD_WAKE_READY,       /* a message is there, or the script is asked about a sender */
    CD_WAKE_TIMEOUT,     /* time ran out */
    CD_WAKE_CLOSED,      /* the window, or the channel, is gone: no message will come */
    CD_WAKE_QUIT,        /* the thread was sent WM_QUIT, which stays: every wait says so */
    CD_WAKE_INTERRUPTED, /* Ctrl+C; outside of run it is told once */
    CD_WAKE_FAILED       /* Windows cannot wait; see `failure` */
} cd_wake;

/*
 * Pumps every message of the thread, whichever window it is for, until something waits that is
 * `wanted` (a channel's id, or CD_WANT_...) or something else ends the wait. Always pumps once, also when
 * a message is there already. What is more pressing is told first: INTERRUPTED, QUIT, FAILED, READY.
 */
cd_wake cd_wait(cd_endpoint *endpoint, uint32_t wanted, double seconds, cd_failure *failure);

/* Pumps every message of the thread for a time, whatever arrives. */
void cd_pause(double seconds);

#endif
