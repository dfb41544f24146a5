/* SPDX-License-Identifier: MIT
 *
 * Accepted messages until the script takes them: one inbox a channel, one bound for all, and one
 * for each process that sends.
 *
 * A frame is kept as one block of memory, which its messages share; the block goes when the last
 * of them is released.
 */
#ifndef COPYDATA_WIRE_QUEUE_H
#define COPYDATA_WIRE_QUEUE_H

#include "envelope.h"
#include "limits.h"
#include "spare.h"

typedef struct cd_frame cd_frame;
typedef struct cd_account cd_account;

/* One message that waits. */
typedef struct cd_item {
    struct cd_item *next; /* in the same inbox, later */
    cd_frame *frame;
    uint64_t sequence; /* order of arrival over all inboxes, from 1 */
    bool returned;     /* by cd_queue_return, once before */
    cd_message message;
} cd_item;

/* What waits on one channel, oldest first. Start with all zero. */
typedef struct cd_inbox {
    cd_item *first;
    cd_item *last;
} cd_inbox;

/* Start with all zero but the limits and the spare, which are another's. */
typedef struct cd_queue {
    const cd_limits *limits;
    cd_spare *spare;      /* where blocks go */
    size_t messages;      /* that wait */
    size_t bytes;         /* of the frames they are in */
    uint64_t arrived;     /* the sequence of the newest */
    cd_account *accounts; /* of the processes of whose messages some wait */
} cd_queue;

/* Where a frame came from; the queue owns one reference to the sender. */
typedef struct cd_origin {
    cd_timestamp received;
    uint32_t process; /* whose account it counts for; 0: nobody knows */
    void *sender;
    void (*release)(void *sender);
    uintptr_t tag; /* the frame's dwData */
} cd_origin;

/* A frame that arrived. */
typedef struct cd_arrival {
    const char *bytes;
    size_t size;
    const cd_messages *messages; /* in it, one at least, each with its inbox */
    cd_block *block;             /* NULL: the bytes are to be copied. Otherwise they are of the
                                    spare, to which an accepting queue gives them back */
    bool awaited; /* nothing but answers that were asked for: beyond the limits, which
                                    are for what others send of themselves */
    cd_origin origin;
} cd_arrival;

/*
 * Puts the messages of a frame into their inboxes. All or nothing. CD_ACCEPTED: the queue owns the
 * block, if there is one, and the origin's sender; CD_TOO_LARGE: it could never fit; CD_BUSY: it
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
