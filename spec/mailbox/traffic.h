/* SPDX-License-Identifier: MIT
 *
 * The receiving side of the test with two threads: good and bad frames from many senders, and a
 * record of those that were accepted.
 */
#ifndef COPYDATA_TRAFFIC_H
#define COPYDATA_TRAFFIC_H

#include "mailbox/mailbox.h"

#include <stdatomic.h>

#define CD_STEADY   "steady"   /* a channel that is joined until the end, and served */
#define CD_WAVERING "wavering" /* one that is joined and left repeatedly */

/* Senders by number. The first has no window, so its key is 0. */
#define CD_PASSING 5 /* disappears, and another appears with its key */
#define CD_HOSTILE 6 /* sends anything */
#define CD_SENDERS 7
#define CD_KEY     100 /* plus its number: the key of every other sender */
#define CD_ASKED   16  /* requests to them at the same time */

/* What a message carries, except for those of CD_HOSTILE. */
typedef struct cd_letter {
    uint32_t sender; /* its number */
    uint32_t stream; /* the messages of a stream arrive in the order of their serials */
    uint32_t serial; /* from 1 */
} cd_letter;

/* A list of letters. Initialize it with zeros. */
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
    atomic_bool *gone;       /* whether CD_PASSING has disappeared */
    uint32_t serials[CD_SENDERS][CD_STREAMS];
    uint32_t random;
    struct cd_parcel *parcels; /* what each sender is sending in pieces */
    cd_letters accepted;       /* on CD_STEADY, except for those of CD_HOSTILE */
    size_t answers;            /* how many were accepted */
    size_t verdicts[CD_UNPROVEN + 1];
} cd_traffic;

/* Makes the senders. The caller sets the other fields, or leaves them zero. */
void cd_traffic_begin(cd_traffic *traffic);

/* Has one of the senders send something, or the mailbox swept. */
void cd_traffic_step(cd_traffic *traffic);

void cd_traffic_end(cd_traffic *traffic);

/* The next number of a sequence, below a limit. */
uint32_t cd_random_below(uint32_t *random, uint32_t limit);

#endif
