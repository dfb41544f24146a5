/* SPDX-License-Identifier: MIT
 *
 * Which senders the script of a guarded endpoint or channel has allowed. The receiving side cannot
 * ask, because it must not call Lua: it answers busy, which makes the sender try again, and notes
 * that a decision is needed. Messages of an undecided sender are not queued.
 *
 * A sender is a key, an account, and whether it is proven: another program that has the same window
 * handle, or claims it, is asked about anew. Allowed, forbidden and waiting senders have separate
 * tables, so that no number of senders makes the script forget whom it has allowed.
 */
#ifndef COPYDATA_MAILBOX_ADMISSION_H
#define COPYDATA_MAILBOX_ADMISSION_H

#include "host.h"
#include "wire/verdict.h"

#define CD_DECISIONS_KEPT 64 /* of each kind; when full, the least recently used is forgotten */
#define CD_UNDECIDED_MOST 16 /* senders that wait for a decision; others try again */

typedef enum cd_decision { CD_UNDECIDED, CD_ALLOWED, CD_FORBIDDEN, CD_DECISIONS } cd_decision;

/* One sender in the table of those with the same decision. */
typedef struct cd_admitted {
    cd_sender *sender; /* NULL: free */
    uint32_t channel;  /* 0: the whole endpoint */
    uint64_t used;     /* when it last sent, counted in checks */
    bool asked;        /* the script is being asked */
} cd_admitted;

/* Initialize to zero except for the host. */
typedef struct cd_admission {
    const cd_host *host;
    cd_admitted undecided[CD_UNDECIDED_MOST];
    cd_admitted allowed[CD_DECISIONS_KEPT];
    cd_admitted forbidden[CD_DECISIONS_KEPT];
    uint64_t checks; /* so far */
} cd_admission;

/*
 * The answer for a sender: CD_ACCEPTED (go on), CD_REFUSED, or CD_BUSY until the script has
 * decided. A sender that does not exist is refused without asking.
 */
cd_verdict cd_admission_check(cd_admission *admission, cd_sender *sender, uint32_t channel);

/* Whether there is a sender that the script must be asked about. */
bool cd_admission_waits(const cd_admission *admission);

/* A sender to ask the script about, and for which channel; NULL: none. Returns each sender once;
 * the script answers with cd_admission_decide or cd_admission_defer. Not a new reference. */
cd_sender *cd_admission_ask(cd_admission *admission, uint32_t *channel);

/* Records the decision about a sender, if it is known here; may change an earlier decision. */
void cd_admission_decide(cd_admission *admission, const cd_sender *sender, uint32_t channel,
                         bool allowed);

/* The script could not decide about a sender: it gives up its place, and the script is asked again
 * when it sends again. Changes no decision. */
void cd_admission_defer(cd_admission *admission, const cd_sender *sender, uint32_t channel);

/* Forgets the decisions for a channel; with 0, all of them. */
void cd_admission_forget(cd_admission *admission, uint32_t channel);

#endif
