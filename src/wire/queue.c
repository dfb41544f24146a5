/* SPDX-License-Identifier: MIT */
#include "queue.h"

#include <assert.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

/* What one process has in the queue. */
struct cd_account {
    cd_account *next;
    uint32_t process;
    size_t frames; /* not yet freed */
    size_t messages;
    size_t bytes;
};

struct cd_frame {
    size_t live; /* messages not yet released */
    size_t size; /* of the bytes */
    cd_account *account;
    cd_origin origin;
    const char *bytes;
    cd_block *block; /* NULL: the bytes are in this block, behind the items */
};

/* The account of a process, made when it has none; NULL: no memory. */
static cd_account *account_of(cd_queue *queue, uint32_t process)
{
    cd_account *account = queue->accounts;

    while (account != NULL && account->process != process)
        account = account->next;
    if (account == NULL && (account = calloc(1, sizeof *account)) != NULL) {
        account->process = process;
        account->next = queue->accounts;
        queue->accounts = account;
    }
    return account;
}

/* Frees the account when nothing is on it. */
static void settle(cd_queue *queue, cd_account *account)
{
    cd_account **link = &queue->accounts;

    if (account->frames > 0)
        return;
    while (*link != account)
        link = &(*link)->next;
    *link = account->next;
    free(account);
}

/* Whether so much more is within a limit. */
static bool fits(size_t used, size_t more, size_t limit)
{
    return more <= limit && used <= limit - more;
}

static bool affordable(const cd_queue *queue, const cd_account *account, size_t count, size_t size)
{
    const cd_limits *limits = queue->limits;

    return fits(queue->messages, count, limits->queue_messages) &&
           fits(queue->bytes, size, limits->queue_bytes) &&
           (account->frames == 0 ||
            (fits(account->messages, count, limits->sender_messages) &&
             fits(account->bytes, size, limits->sender_bytes)));
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
    frame->origin = arrival->origin;
    frame->block = arrival->block;
    frame->bytes = arrival->bytes;
    if (arrival->block == NULL)
        frame->bytes = memcpy((char *)frame + head, arrival->bytes, arrival->size);
    return frame;
}

cd_verdict cd_queue_add(cd_queue *queue, const cd_arrival *arrival)
{
    const cd_messages *list = arrival->messages;
    const size_t count = list->count;

    assert(count > 0); /* or nobody would free the frame */
    if (!arrival->awaited &&
        (count > queue->limits->queue_messages || arrival->size > queue->limits->queue_bytes))
        return CD_TOO_LARGE;
    cd_account *account = account_of(queue, arrival->origin.process);
    if (account == NULL)
        return CD_BUSY;
    cd_frame *frame = NULL;
    if (arrival->awaited || affordable(queue, account, count, arrival->size))
        frame = make_frame(arrival, count);
    if (frame == NULL) {
        settle(queue, account);
        return CD_BUSY;
    }

    cd_item *items = (cd_item *)(frame + 1);
    size_t i = 0;
    do {
        cd_item *item = &items[i];
        item->frame = frame;
        item->sequence = ++queue->arrived;
        item->returned = false;
        item->message = list->items[i];
        append(item->message.inbox, item);
    } while (++i < count);
    frame->account = account;
    account->frames++;
    account->messages += count;
    account->bytes += frame->size;
    queue->messages += count;
    queue->bytes += frame->size;
    return CD_ACCEPTED;
}

cd_item *cd_queue_take(cd_queue *queue, cd_inbox *inbox)
{
    cd_item *item = inbox->first;

    inbox->first = item->next;
    if (inbox->first == NULL)
        inbox->last = NULL;
    queue->messages--;
    item->frame->account->messages--;
    return item;
}

void cd_queue_return(cd_queue *queue, cd_inbox *inbox, cd_item *item)
{
    item->returned = true;
    item->next = inbox->first;
    inbox->first = item;
    if (inbox->last == NULL)
        inbox->last = item;
    queue->messages++;
    item->frame->account->messages++;
}

void cd_queue_release(cd_queue *queue, cd_item *item)
{
    cd_frame *frame = item->frame;
    cd_account *account = frame->account;

    if (--frame->live > 0)
        return;
    queue->bytes -= frame->size;
    account->bytes -= frame->size;
    account->frames--;
    settle(queue, account);
    frame->origin.release(frame->origin.sender);
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
