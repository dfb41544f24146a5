/* SPDX-License-Identifier: MIT
 *
 * Accepted messages until the script takes them: inboxes, one limit for all, and a share of it for
 * each account.
 *
 * A frame is kept as one block of memory, which its messages share; the block is freed with the
 * last of them.
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
    struct cd_item *next; /* the next in the same inbox */
    cd_frame *frame;
    uint64_t sequence; /* order of arrival across all inboxes, from 1 */
    bool returned;     /* cd_queue_return has put it back before */
    cd_message message;
} cd_item;

/* Messages that wait for one purpose, oldest first. Initialize to zero. */
typedef struct cd_inbox {
    cd_item *first;
    cd_item *last;
} cd_inbox;

/* Initialize to zero except for the first four. */
typedef struct cd_queue {
    const cd_host *host;
    const cd_limits *limits;
    cd_shares *shares;
    cd_spare *spare;  /* receives freed blocks */
    uint64_t arrived; /* the sequence of the newest */
} cd_queue;

/* Origin of a frame. */
typedef struct cd_origin {
    cd_timestamp received;
    cd_sender *sender; /* one reference */
    uintptr_t tag;     /* the frame's dwData */
} cd_origin;

/* A frame that arrived. */
typedef struct cd_arrival {
    const char *bytes;
    size_t size;
    const cd_messages *messages; /* at least one, each with its inbox in `user` */
    cd_block *block;             /* NULL: the bytes must be copied. Otherwise they are in this block
                                    of the spare, which gets it back from a queue that accepts the
                                    frame */
    bool
        awaited; /* only expected answers, which the limits and shares do not count: as each answers
                     one request, there are at most CD_REQUESTS_MOST, of max_message bytes each */
    cd_origin origin;
} cd_arrival;

/*
 * Puts the messages of a frame into their inboxes, all or none. CD_ACCEPTED: the queue owns the
 * block, if any, and the origin's reference; CD_TOO_LARGE: it could never fit; CD_BUSY: it does not
 * fit now, or there is no memory. Unless accepted, everything stays the caller's.
 */
cd_verdict cd_queue_add(cd_queue *queue, const cd_arrival *arrival);

/* Takes the oldest message out of a non-empty inbox. The caller owns it. */
cd_item *cd_queue_take(cd_queue *queue, cd_inbox *inbox);

/* Undoes the last take of a message. */
void cd_queue_return(cd_queue *queue, cd_inbox *inbox, cd_item *item);

/* Frees a taken message, and with the last of a frame's messages the frame. */
void cd_queue_release(cd_queue *queue, cd_item *item);

/* Drops everything that waits in an inbox. */
void cd_queue_clear(cd_queue *queue, cd_inbox *inbox);

const char *cd_item_bytes(const cd_item *item, cd_span span);
const cd_origin *cd_item_origin(const cd_item *item);

#endif
