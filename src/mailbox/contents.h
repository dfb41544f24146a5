/* SPDX-License-Identifier: MIT
 *
 * The contents of a mailbox, for the files in this directory that implement mailbox.h.
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

#define CD_READING_KEPT 1024 /* messages; a longer list is freed CD_SPARE_SECONDS after its frame */

/* What the lock protects. */
typedef struct cd_contents {
    bool closed;
    bool waiting;    /* the script was told to wait, and has not been woken yet, */
    uint32_t wanted; /* for these */
    bool sweeping;   /* the host was asked to sweep */
    bool guarded;    /* the script is asked about each sender, on any channel */
    bool suspicious; /* every sender that can prove who it is must do so */
    cd_admission admission;
    cd_channels channels;
    cd_takers takers;
    cd_inbox answers;     /* to our requests */
    cd_requests requests; /* ours */
    cd_shares shares;
    cd_spare spare; /* shared by the queue and the reassembly */
    cd_queue queue;
    cd_reassembly reassembly;
} cd_contents;

struct cd_mailbox {
    const cd_host *host;
    void *context;
    cd_limits limits;
    /* Only the receiving side uses these: */
    cd_messages reading;      /* the messages of the current frame, */
    double long_read;         /* when a long list was last needed, in seconds; */
    cd_challenges challenges; /* and the senders that had to prove who they are */
    cd_contents contents;
};

/* Locks the mailbox. The contents may be used until cd_mailbox_unlock. */
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
 * The inbox whose turn it is: among the wanted ones, the one whose first message arrived first;
 * NULL when nothing waits. Fills in the id of the channel or taker, or CD_ANSWER_ID.
 */
cd_inbox *cd_contents_next(cd_contents *contents, uint32_t wanted, uint32_t *id);

/* Like cd_mailbox_unlock, after a change: wakes the script if it waits for that. */
void cd_mailbox_unlock_changed(cd_mailbox *mailbox);

#endif
