/* SPDX-License-Identifier: MIT
 *
 * A socket that becomes readable when one of two events is set or a deadline passes, for programs
 * that wait for sockets. A small thread waits, and sends a byte over a pair of loopback sockets.
 *
 * Only the thread that opened it may call these functions.
 */
#ifndef COPYDATA_BEACON_BEACON_H
#define COPYDATA_BEACON_BEACON_H

#include <winsock2.h> /* before windows.h, which includes the older winsock.h */

#include "win/clock.h"
#include "win/failure.h"

#include <stdbool.h>

#define CD_BEACON_EVENTS 2

typedef struct cd_beacon {
    bool started;   /* Winsock, for this beacon */
    SOCKET reading; /* the program waits for this */
    SOCKET writing; /* each connected to the other: datagrams from elsewhere are not accepted */
    HANDLE signals[CD_BEACON_EVENTS]; /* the events, as our own duplicated handles */
    HANDLE changed; /* auto-reset: wakes the thread when the fields below change */
    HANDLE thread;  /* NULL: closed */
    SRWLOCK lock;   /* for the fields below */
    bool ending;
    bool lit;             /* a byte was sent and not taken yet */
    bool watching;        /* light it at an event, and: */
    double deadline;      /* at this time */
    unsigned watch;       /* counts the calls of cd_beacon_watch */
} cd_beacon;

/*
 * Opens it; it watches nothing yet. The events must be manual-reset; the caller may close them
 * afterwards. The beacon must not move until it is closed. On failure fills in `failure`, and the
 * beacon is closed.
 */
bool cd_beacon_open(cd_beacon *beacon, const HANDLE events[CD_BEACON_EVENTS], cd_failure *failure);

/* Idempotent. */
void cd_beacon_close(cd_beacon *beacon);

/* Puts it out. From now on it is lit when an event is set, or at a time on the clock of
 * cd_clock_seconds, unless that is INFINITY. */
void cd_beacon_watch(cd_beacon *beacon, double deadline);

/* Lights it unless lit: one byte can be read. */
void cd_beacon_light(cd_beacon *beacon);

/* Puts it out. Returns whether it was lit. */
bool cd_beacon_take(cd_beacon *beacon);

#endif
