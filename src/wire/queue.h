/* SPDX-License-Identifier: MIT
 *
 * Accepted messages until the script takes them: one inbox a channel, one bound for all.
 *
 * A frame is kept as one block of memory, which its messages share; the block goes when the last
 * of them is taken.
 */
#ifndef COPYDATA_WIRE_QUEUE_H
#define COPYDATA_WIRE_QUEUE_H

#include "envelope.h"

#define CD_QUEUE_MESSAGES 65536               /* messages that may wait */
#define CD_QUEUE_BYTES    (64u * 1024 * 1024) /* bytes of frames that may wait */

typedef struct cd_frame cd_frame;

/* One message that waits. */
typedef struct cd_item {
    struct cd_item *next; /* in the same inbox, later */
    cd_frame *frame;
    uint64_t sequence; /* order of arrival over all inboxes, from 1 */
    cd_message message;
} cd_item;

/* What waits on one channel, oldest first. Start with all zero. */
typedef struct cd_inbox {
    cd_item *first;
    cd_item *last;
} cd_inbox;

/* Start with all zero. */
typedef struct cd_queue {
    size_t messages;  /* that wait */
    size_t bytes;     /* of the frames they are in */
    uint64_t arrived; /* the sequence of the newest */
} cd_queue;

/* Where a frame came from; the queue owns one reference to the sender. */
typedef struct cd_origin {
    cd_timestamp received;
    void *sender;
    void (*release)(void *sender);
} cd_origin;

/*
 * Copies a frame and puts each message of `list`, one at least, into its inbox. All or nothing.
 * CD_ACCEPTED: the queue owns a copy and the origin's sender; CD_TOO_LARGE: it could never fit;
 * CD_BUSY: it does not fit now, or there is no memory. Unless it is accepted, the sender stays the
 * caller's.
 */
cd_verdict cd_queue_add(cd_queue *queue, const char *frame, size_t size, const cd_messages *list,
                        cd_origin origin);

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
