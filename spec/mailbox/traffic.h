/* SPDX-License-Identifier: MIT
 *
 * The receiving side of the test with two threads: frames of many senders, good and bad, and what
 * of them was accepted.
 */
#ifndef COPYDATA_TRAFFIC_H
#define COPYDATA_TRAFFIC_H

#include "mailbox/mailbox.h"

#include <stdatomic.h>

#define CD_STEADY   "steady"   /* a channel that is there until the end, and serves */
#define CD_WAVERING "wavering" /* one that comes and goes */

/* Senders by number. The first does not say who it is, and has the key 0. */
#define CD_PASSING 5 /* goes, and another comes by its key */
#define CD_HOSTILE 6 /* sends anything */
#define CD_SENDERS 7
#define CD_KEY     100 /* the key of the second; the others follow */
#define CD_ASKED   16  /* requests to them at the same time */

/* What a message carries, but for those of CD_HOSTILE. */
typedef struct cd_letter {
    uint32_t sender; /* its number */
    uint32_t stream; /* the messages of a stream come in the order of their serials */
    uint32_t serial; /* from 1 */
} cd_letter;

/* A list of letters. Start with all zero. */
typedef struct cd_letters {
    cd_letter *list;
    size_t count, capacity;
} cd_letters;

void cd_letters_add(cd_letters *letters, cd_letter letter);

#define CD_STREAMS 8

typedef struct cd_traffic {
    cd_mailbox *mailbox;
    atomic_bool *sweeps; /* the host's */
    cd_sender *senders[CD_SENDERS];
    _Atomic uint32_t *asked; /* CD_ASKED msgids, or 0, of requests to any of the senders */
    atomic_bool *gone;       /* whether CD_PASSING is */
    uint32_t serials[CD_SENDERS][CD_STREAMS];
    uint32_t random;
    struct cd_parcel *parcels; /* what each sender is sending in pieces */
    cd_letters accepted;       /* on CD_STEADY, but for those of CD_HOSTILE */
    size_t answers;            /* that were accepted */
    size_t verdicts[CD_UNPROVEN + 1];
} cd_traffic;

/* Makes the senders. The other fields must be filled in, or zero. */
void cd_traffic_begin(cd_traffic *traffic);

/* Lets one of the senders send something, or the mailbox be swept. */
void cd_traffic_step(cd_traffic *traffic);

void cd_traffic_end(cd_traffic *traffic);

/* The next of a sequence of numbers below a limit. */
uint32_t cd_random_below(uint32_t *random, uint32_t limit);

#endif
