/* SPDX-License-Identifier: MIT
 *
 * Of whom proof was wanted (protocol, "Proof"): how often each window was posted a token, so that
 * whoever forges its name cannot have us flood it, and whether it has ever shown the right one.
 *
 * A sender is a key and an account: another program that comes by the same key starts anew.
 */
#ifndef COPYDATA_MAILBOX_CHALLENGES_H
#define COPYDATA_MAILBOX_CHALLENGES_H

#include "host.h"
#include "keyed.h"

#define CD_POSTS_AT_ONCE 8   /* that no right token has followed, */
#define CD_POST_PAUSE    1.0 /* and after these one in so many seconds */

typedef struct cd_challenges {
    const cd_host *host;
    cd_keyed challenged;
} cd_challenges;

void cd_challenges_begin(cd_challenges *challenges, const cd_host *host);
void cd_challenges_free(cd_challenges *challenges);

/* Whether a sender may be posted its token now; false too when there is no memory. */
bool cd_challenges_may_post(cd_challenges *challenges, const cd_sender *sender);

/* It was, after that said so. */
void cd_challenges_posted(cd_challenges *challenges, const cd_sender *sender);

/* It has shown the right token. */
void cd_challenges_met(cd_challenges *challenges, const cd_sender *sender);

/* Whether it ever has. */
bool cd_challenges_were_met(const cd_challenges *challenges, const cd_sender *sender);

#endif
