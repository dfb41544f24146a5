/* SPDX-License-Identifier: MIT
 *
 * Senders that had to prove who they are (protocol, "Proof"): how often a token was posted to each
 * window, so that a program that forges its handle cannot make us flood it, and whether it has ever
 * shown the right one.
 *
 * A sender is a key and an account: another program with the same key starts anew.
 */
#ifndef COPYDATA_MAILBOX_CHALLENGES_H
#define COPYDATA_MAILBOX_CHALLENGES_H

#include "host.h"
#include "keyed.h"

#define CD_POSTS_AT_ONCE 8   /* without the right token in return, */
#define CD_POST_PAUSE    1.0 /* then one per this many seconds */

typedef struct cd_challenges {
    const cd_host *host;
    cd_keyed challenged;
} cd_challenges;

void cd_challenges_begin(cd_challenges *challenges, const cd_host *host);
void cd_challenges_free(cd_challenges *challenges);

/* Whether a token may be posted to a sender now; false also when there is no memory. */
bool cd_challenges_may_post(cd_challenges *challenges, const cd_sender *sender);

/* The token was posted, after cd_challenges_may_post allowed it. */
void cd_challenges_posted(cd_challenges *challenges, const cd_sender *sender);

/* The sender has shown the right token. */
void cd_challenges_met(cd_challenges *challenges, const cd_sender *sender);

/* Whether it has ever shown the right token. */
bool cd_challenges_were_met(const cd_challenges *challenges, const cd_sender *sender);

#endif
