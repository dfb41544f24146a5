/* SPDX-License-Identifier: MIT
 *
 * Which senders a script that wants to be asked has allowed. The window procedure cannot ask, for
 * it must not call Lua: it answers busy, which makes the sender try again, and takes down that a
 * decision is wanted. Nothing of an undecided sender is stored.
 *
 * A sender is a window and its process: another program that comes by the same window handle is
 * asked about anew.
 */
#ifndef COPYDATA_WIN_TRUST_H
#define COPYDATA_WIN_TRUST_H

#include "peer.h"
#include "wire/verdict.h"

#include <stdbool.h>
#include <stdint.h>

#define CD_TRUST_KEPT 64 /* decisions; beyond that the oldest is forgotten, and asked for again */

typedef enum cd_decision {
    CD_UNDECIDED,
    CD_ALLOWED,
    CD_FORBIDDEN
} cd_decision;

typedef struct cd_trust_entry {
    cd_peer *peer;    /* NULL: free */
    uint32_t channel; /* 0: the whole endpoint */
    cd_decision decision;
} cd_trust_entry;

/* Start with all zero. */
typedef struct cd_trust {
    cd_trust_entry kept[CD_TRUST_KEPT];
    unsigned oldest; /* the next to be replaced */
} cd_trust;

/* What a sender is to be answered: CD_ACCEPTED (go on), CD_REFUSED, or CD_BUSY and is asked for. */
cd_verdict cd_trust_check(cd_trust *trust, cd_peer *peer, uint32_t channel);

/* A sender that waits for a decision, and for which channel; NULL: none. Not a new reference. */
cd_peer *cd_trust_asked(const cd_trust *trust, uint32_t *channel);

void cd_trust_decide(cd_trust *trust, const cd_peer *peer, uint32_t channel, bool allowed);

/* Forgets what was decided for a channel; with 0 everything. */
void cd_trust_forget(cd_trust *trust, uint32_t channel);

#endif
