/* SPDX-License-Identifier: MIT
 *
 * What is in a mailbox. For the files of this room that implement mailbox.h.
 */
#ifndef COPYDATA_MAILBOX_CONTENTS_H
#define COPYDATA_MAILBOX_CONTENTS_H

#include "admission.h"
#include "challenges.h"
#include "channels.h"
#include "mailbox.h"
#include "reassembly.h"
#include "requests.h"
#include "takers.h"

/* What the lock protects. */
typedef struct cd_contents {
    bool closed;
    bool waiting;    /* the script was told to wait, and not yet to wake, */
    uint32_t wanted; /* for this */
    bool sweeping;   /* the host was asked to sweep */
    bool guarded;    /* the script is to be asked about each sender, to any channel */
    bool suspicious; /* each sender that could prove who it is has to */
    cd_admission admission;
    cd_channels channels;
    cd_takers takers;
    cd_inbox answers;     /* to our requests */
    cd_requests requests; /* ours */
    cd_shares shares;
    cd_spare spare; /* of the queue and of what has come in part */
    cd_queue queue;
    cd_reassembly reassembly;
} cd_contents;

struct cd_mailbox {
    const cd_host *host;
    void *context;
    cd_limits limits;
    cd_messages reading; /* the receiving side's alone: the frame under its eyes, */
    cd_challenges challenges; /* and likewise, who had to prove who it is */
    cd_contents contents;
};

/* What is in it, to be used until cd_mailbox_unlock. */
static inline cd_contents *cd_mailbox_lock(cd_mailbox *mailbox)
{
    mailbox->host->lock(mailbox->context);
    return &mailbox->contents;
}

static inline void cd_mailbox_unlock(cd_mailbox *mailbox)
{
    mailbox->host->unlock(mailbox->context);
}

/*
 * The inbox whose turn it is: of those that are wanted, the one whose first message arrived first;
 * NULL when nothing waits. Fills in the id of the channel or taker, or CD_ANSWER_ID.
 */
cd_inbox *cd_contents_next(cd_contents *contents, uint32_t wanted, uint32_t *id);

/* As cd_mailbox_unlock, after something has changed: wakes the script if it waits for that. */
void cd_mailbox_unlock_changed(cd_mailbox *mailbox);

#endif
