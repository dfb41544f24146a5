/* SPDX-License-Identifier: MIT */
#include "challenges.h"

typedef struct challenge {
    uint64_t key; /* the sender's; first, for cd_keyed */
    uint32_t account;
    unsigned posts; /* since it last showed the right token, at most CD_POSTS_AT_ONCE */
    double posted;  /* when the last one was, in seconds */
    bool met;
} challenge;

void cd_challenges_begin(cd_challenges *challenges, const cd_host *host)
{
    challenges->host = host;
    challenges->challenged = (cd_keyed){.size = sizeof(challenge), .gone = host->gone};
}

void cd_challenges_free(cd_challenges *challenges)
{
    cd_keyed_free(&challenges->challenged);
}

/* The record of a sender, created if needed; NULL: no memory. */
static challenge *challenge_of(cd_challenges *challenges, const cd_sender *sender)
{
    challenge *found = cd_keyed_add(&challenges->challenged, sender->key);

    if (found != NULL && found->account != sender->account)
        *found = (challenge){.key = sender->key, .account = sender->account};
    return found;
}

bool cd_challenges_may_post(cd_challenges *challenges, const cd_sender *sender)
{
    const challenge *known = challenge_of(challenges, sender);

    return known != NULL && (known->posts < CD_POSTS_AT_ONCE ||
                             challenges->host->seconds() - known->posted >= CD_POST_PAUSE);
}

void cd_challenges_posted(cd_challenges *challenges, const cd_sender *sender)
{
    challenge *known = cd_keyed_find(&challenges->challenged, sender->key);

    if (known->posts < CD_POSTS_AT_ONCE)
        known->posts++;
    known->posted = challenges->host->seconds();
}

void cd_challenges_met(cd_challenges *challenges, const cd_sender *sender)
{
    challenge *known = challenge_of(challenges, sender);

    if (known == NULL)
        return;
    known->posts = 0;
    known->met = true;
}

bool cd_challenges_were_met(const cd_challenges *challenges, const cd_sender *sender)
{
    const challenge *known = cd_keyed_find(&challenges->challenged, sender->key);

    return known != NULL && known->account == sender->account && known->met;
}
