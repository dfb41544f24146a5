/* SPDX-License-Identifier: MIT
 *
 * Accepted messages until the script takes them: inboxes, one bound for all, and a share of it for
 * each account.
 *
 * A frame is kept as one block of memory, which its messages share; the block goes when the last
 * of them is released.
 */
#ifndef COPYDATA_MAILBOX_QUEUE_H
#define COPYDATA_MAILBOX_QUEUE_H

#include "host.h"
#include "limits.h"
#include "shares.h"
#include "spare.h"
#include "wire/envelope.h"

typedef struct cd_frame cd_frame;

/* One message that waits. */
typedef struct cd_item {
    struct cd_item *next; /* in the same inbox, later */
    cd_frame *frame;
    uint64_t sequence; /* order of arrival over all inboxes, from 1 */
    bool returned;     /* by cd_queue_return, once before */
    cd_message message;
} cd_item;

/* What waits for one purpose, oldest first. Start with all zero. */
typedef struct cd_inbox {
    cd_item *first;
    cd_item *last;
} cd_inbox;

/* Start with all zero but the first four. */
typedef struct cd_queue {
    const cd_host *host;
    const cd_limits *limits;
    cd_shares *shares;
    cd_spare *spare;  /* where blocks go */
    uint64_t arrived; /* the sequence of the newest */
} cd_queue;

/* Where a frame came from. */
typedef struct cd_origin {
    cd_timestamp received;
    cd_sender *sender; /* one reference */
    uintptr_t tag;     /* the frame's dwData */
} cd_origin;

/* A frame that arrived. */
typedef struct cd_arrival {
    const char *bytes;
    size_t size;
    const cd_messages *messages; /* in it, one at least, each with its inbox for `user` */
    cd_block *block;             /* NULL: the bytes are to be copied. Otherwise they are of the
                                    spare, to which an accepting queue gives them back */
    bool awaited; /* nothing but answers that were asked for: beyond the limits, which
                     are for what others send of themselves */
    cd_origin origin;
} cd_arrival;

/*
 * Puts the messages of a frame into their inboxes. All or nothing. CD_ACCEPTED: the queue owns the
 * block, if there is one, and the origin's reference; CD_TOO_LARGE: it could never fit; CD_BUSY: it
 * does not fit now, or there is no memory. Unless it is accepted, everything stays the caller's.
 */
cd_verdict cd_queue_add(cd_queue *queue, const cd_arrival *arrival);

/* Takes the oldest message out of an inbox, which must have one. The caller owns it. */
cd_item *cd_queue_take(cd_queue *queue, cd_inbox *inbox);

/* Puts a message back that was taken last, as if it had not been. */
void cd_queue_return(cd_queue *queue, cd_inbox *inbox, cd_item *item);

/* Frees a message that was taken, and its frame with the frame's last one. */
void cd_queue_release(cd_queue *queue, cd_item *item);

/* Drops everything that waits in an inbox. */
void cd_queue_clear(cd_queue *queue, cd_inbox *inbox);

const char *cd_item_bytes(const cd_item *item, cd_span span);
const cd_origin *cd_item_origin(const cd_item *item);

#endif
