/* SPDX-License-Identifier: MIT
 *
 * Which senders a script that wants to be asked has allowed. The receiving side cannot ask, for it
 * must not call Lua: it answers busy, which makes the sender try again, and takes down that a
 * decision is wanted. No message of an undecided sender is queued.
 *
 * A sender is a key, an account, and whether that is proven: another program that comes by the same
 * window handle, or claims it, is asked about anew. Those who allow, forbid and wait have room of
 * their own, so that no number of senders makes the script forget whom it has allowed.
 */
#ifndef COPYDATA_MAILBOX_ADMISSION_H
#define COPYDATA_MAILBOX_ADMISSION_H

#include "host.h"
#include "wire/verdict.h"

#define CD_DECISIONS_KEPT 64 /* of each kind; then the one used longest ago is asked for again */
#define CD_UNDECIDED_MOST 16 /* who are waiting for a decision; others try again */

typedef enum cd_decision { CD_UNDECIDED, CD_ALLOWED, CD_FORBIDDEN, CD_DECISIONS } cd_decision;

/* One sender, of those about whom the same was decided. */
typedef struct cd_admitted {
    cd_sender *sender; /* NULL: free */
    uint32_t channel;  /* 0: the whole endpoint */
    uint64_t used;     /* when it sent last: counts the checks */
    bool asked;        /* the script is being asked */
} cd_admitted;

/* Start with all zero but the host. */
typedef struct cd_admission {
    const cd_host *host;
    cd_admitted undecided[CD_UNDECIDED_MOST];
    cd_admitted allowed[CD_DECISIONS_KEPT];
    cd_admitted forbidden[CD_DECISIONS_KEPT];
    uint64_t checks; /* so far */
} cd_admission;

/*
 * What a sender is to be answered: CD_ACCEPTED (go on), CD_REFUSED, or CD_BUSY until it is decided.
 * One that names somebody who does not exist is refused unasked.
 */
cd_verdict cd_admission_check(cd_admission *admission, cd_sender *sender, uint32_t channel);

/* Whether there is a sender that the script is to be asked about. */
bool cd_admission_waits(const cd_admission *admission);

/* A sender to ask the script about, and for which channel; NULL: none. The script is asked about it
 * once, which is to end in cd_admission_decide. Not a new reference. */
cd_sender *cd_admission_ask(cd_admission *admission, uint32_t *channel);

/* Decides about a sender, if anything is known of it; also otherwise than before. */
void cd_admission_decide(cd_admission *admission, const cd_sender *sender, uint32_t channel,
                         bool allowed);

/* Forgets what was decided for a channel; with 0 everything. */
void cd_admission_forget(cd_admission *admission, uint32_t channel);

#endif
