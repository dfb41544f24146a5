/* SPDX-License-Identifier: MIT
 *
 * A socket that is readable when one of two events is set or a moment has come, for programs that
 * wait for sockets. A small thread waits, and sends a byte over a pair of sockets on the loopback address.
 *
 * The functions are for the thread that opened it.
 */
#ifndef COPYDATA_BEACON_BEACON_H
#define COPYDATA_BEACON_BEACON_H

#include <winsock2.h> /* before windows.h, which brings another one */

#include "win/clock.h"
#include "win/failure.h"

#include <stdbool.h>

#define CD_BEACON_EVENTS 2

typedef struct cd_beacon {
    bool started;   /* Winsock is, for this */
    SOCKET reading; /* what the program waits for */
    SOCKET writing; /* each connected to the other: datagrams of others are not taken */
    HANDLE signals[CD_BEACON_EVENTS]; /* the events, by handles of our own */
    HANDLE changed; /* auto-reset: wakes the thread when what follows has changed */
    HANDLE thread;  /* NULL: closed */
    SRWLOCK lock;   /* of what follows */
    bool ending;
    bool lit;             /* a byte was sent that was not taken */
    bool watching;        /* to be lit at an event, and: */
    cd_deadline deadline; /* then */
    unsigned watch;       /* a number: how often it was told to watch */
} cd_beacon;

/*
 * Opens it; it watches nothing yet. The events are manual-reset, and needed no longer afterwards. It
 * stays where it is until it is closed. On failure fills in `failure`, and it is closed.
 */
bool cd_beacon_open(cd_beacon *beacon, const HANDLE events[CD_BEACON_EVENTS], cd_failure *failure);

/* Idempotent. */
void cd_beacon_close(cd_beacon *beacon);

/* Puts it out. From now on it is lit when an event is set, or in `seconds`; negative: never. */
void cd_beacon_watch(cd_beacon *beacon, double seconds);

/* Lights it, if it is not: one byte can be read. */
void cd_beacon_light(cd_beacon *beacon);

/* Puts it out. Returns whether it was lit. */
bool cd_beacon_take(cd_beacon *beacon);

#endif
