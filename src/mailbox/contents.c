/* SPDX-License-Identifier: MIT */
#include "contents.h"

/* An inbox that may be next, and its owner's id. */
typedef struct candidate {
    cd_inbox *inbox;
    uint32_t id;
} candidate;

static void consider(candidate *first, cd_inbox *inbox, uint32_t id)
{
    if (inbox->first != NULL &&
        (first->inbox == NULL || inbox->first->sequence < first->inbox->first->sequence))
        *first = (candidate){inbox, id};
}

cd_inbox *cd_contents_next(cd_contents *contents, uint32_t wanted, uint32_t *id)
{
    const bool all = wanted == CD_WANT_HANDLED;
    candidate first = {NULL, 0};

    if (all || wanted == CD_ANSWER_ID)
        consider(&first, &contents->answers, CD_ANSWER_ID);
    for (cd_channel *channel = contents->channels.first; channel != NULL; channel = channel->next) {
        if (all ? channel->handled : channel->id == wanted)
            consider(&first, &channel->inbox, channel->id);
        if (all)
            consider(&first, &channel->requests, channel->id);
    }
    for (cd_taker *taker = contents->takers.first; taker != NULL; taker = taker->next)
        if (all ? taker->handled : taker->id == wanted)
            consider(&first, &taker->inbox, taker->id);
    *id = first.id;
    return first.inbox;
}

void cd_mailbox_unlock_changed(cd_mailbox *mailbox)
{
    cd_contents *contents = &mailbox->contents;
    uint32_t id;
    bool wake = contents->waiting &&
                (contents->closed || cd_contents_next(contents, contents->wanted, &id) != NULL ||
                 cd_admission_waits(&contents->admission));

    if (wake)
        contents->waiting = false;
    cd_mailbox_unlock(mailbox);
    if (wake)
        mailbox->host->wake(mailbox->context);
}
