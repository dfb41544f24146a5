/* SPDX-License-Identifier: MIT */
#include "queue.h"

#include <assert.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

struct cd_frame {
    size_t live;         /* messages not yet released */
    size_t size;         /* size of the bytes */
    cd_account *account; /* NULL: it does not count */
    cd_origin origin;
    const char *bytes;
    cd_block *block; /* NULL: the bytes follow the items in this allocation */
};

/* Whether an empty queue would accept a frame. */
static bool possible(const cd_limits *limits, size_t count, size_t size)
{
    if (count > limits->queue_messages || size > limits->queue_bytes)
        return false;
    /* Only a single message may exceed a share: otherwise it could not be sent at all. */
    return count == 1 ||
           (count <= cd_shares_most(limits->queue_messages, limits->sender_messages) &&
            size <= cd_shares_most(limits->queue_bytes, limits->sender_bytes));
}

/* Whether there is room, and within the account's share. */
static bool affordable(const cd_queue *queue, const cd_account *account, size_t count, size_t size)
{
    const cd_limits *limits = queue->limits;
    const cd_shares *shares = queue->shares;
    bool alone =
        count == 1 && account->has[CD_SHARE_MESSAGES] == 0 && account->has[CD_SHARE_BYTES] == 0;

    return cd_shares_fit(shares, CD_SHARE_MESSAGES, count, limits->queue_messages) &&
           cd_shares_fit(shares, CD_SHARE_BYTES, size, limits->queue_bytes) &&
           (alone || cd_shares_allow(shares, account, CD_SHARE_MESSAGES, count,
                                     limits->queue_messages, limits->sender_messages)) &&
           ((alone && cd_shares_spare(shares, CD_SHARE_BYTES, size, limits->queue_bytes)) ||
            cd_shares_allow(shares, account, CD_SHARE_BYTES, size, limits->queue_bytes,
                            limits->sender_bytes));
}

static void append(cd_inbox *inbox, cd_item *item)
{
    item->next = NULL;
    if (inbox->last != NULL)
        inbox->last->next = item;
    else
        inbox->first = item;
    inbox->last = item;
}

/* One block for the frame and its items, and for a copy of the bytes unless they have a block. */
static cd_frame *make_frame(const cd_arrival *arrival, size_t count)
{
    size_t head = sizeof(cd_frame) + count * sizeof(cd_item);
    size_t copied = arrival->block == NULL ? arrival->size : 0;
    cd_frame *frame = malloc(head + copied);

    if (frame == NULL)
        return NULL;
    frame->live = count;
    frame->size = arrival->size;
    frame->account = NULL;
    frame->origin = arrival->origin;
    frame->block = arrival->block;
    frame->bytes = arrival->bytes;
    if (arrival->block == NULL)
        frame->bytes = memcpy((char *)frame + head, arrival->bytes, arrival->size);
    return frame;
}

/* Makes the frame of an arrival within the limits, and counts it; NULL: there is no room, or no
 * memory. */
static cd_frame *admit(cd_queue *queue, const cd_arrival *arrival)
{
    const size_t count = arrival->messages->count;
    cd_account *account = cd_shares_use(queue->shares, arrival->origin.sender);
    cd_frame *frame = NULL;

    if (account == NULL)
        return NULL;
    if (affordable(queue, account, count, arrival->size))
        frame = make_frame(arrival, count);
    if (frame == NULL) {
        cd_shares_drop(queue->shares, account);
        return NULL;
    }
    frame->account = account;
    cd_shares_add(queue->shares, account, CD_SHARE_MESSAGES, count);
    cd_shares_add(queue->shares, account, CD_SHARE_BYTES, frame->size);
    return frame;
}

cd_verdict cd_queue_add(cd_queue *queue, const cd_arrival *arrival)
{
    const cd_messages *list = arrival->messages;
    const size_t count = list->count;

    assert(count > 0); /* otherwise nothing would free the frame */
    if (!arrival->awaited && !possible(queue->limits, count, arrival->size))
        return CD_TOO_LARGE;
    cd_frame *frame = arrival->awaited ? make_frame(arrival, count) : admit(queue, arrival);
    if (frame == NULL)
        return CD_BUSY;

    cd_item *items = (cd_item *)(frame + 1);
    size_t i = 0;
    do {
        cd_item *item = &items[i];
        item->frame = frame;
        item->sequence = ++queue->arrived;
        item->returned = false;
        item->message = list->items[i];
        append(item->message.user, item);
    } while (++i < count);
    return CD_ACCEPTED;
}

cd_item *cd_queue_take(cd_queue *queue, cd_inbox *inbox)
{
    cd_item *item = inbox->first;
    cd_account *account = item->frame->account;

    inbox->first = item->next;
    if (inbox->first == NULL)
        inbox->last = NULL;
    if (account != NULL)
        cd_shares_remove(queue->shares, account, CD_SHARE_MESSAGES, 1);
    return item;
}

void cd_queue_return(cd_queue *queue, cd_inbox *inbox, cd_item *item)
{
    cd_account *account = item->frame->account;

    item->returned = true;
    item->next = inbox->first;
    inbox->first = item;
    if (inbox->last == NULL)
        inbox->last = item;
    if (account != NULL)
        cd_shares_add(queue->shares, account, CD_SHARE_MESSAGES, 1);
}

void cd_queue_release(cd_queue *queue, cd_item *item)
{
    cd_frame *frame = item->frame;
    cd_account *account = frame->account;

    if (--frame->live > 0)
        return;
    if (account != NULL) {
        cd_shares_remove(queue->shares, account, CD_SHARE_BYTES, frame->size);
        cd_shares_drop(queue->shares, account);
    }
    queue->host->release(frame->origin.sender);
    cd_spare_give(queue->spare, frame->block);
    free(frame);
}

void cd_queue_clear(cd_queue *queue, cd_inbox *inbox)
{
    while (inbox->first != NULL)
        cd_queue_release(queue, cd_queue_take(queue, inbox));
}

const char *cd_item_bytes(const cd_item *item, cd_span span)
{
    return item->frame->bytes + span.at;
}

const cd_origin *cd_item_origin(const cd_item *item)
{
    return &item->frame->origin;
}
