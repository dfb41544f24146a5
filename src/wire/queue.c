/* SPDX-License-Identifier: MIT */
#include "queue.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

struct cd_frame {
    size_t live; /* messages not yet released */
    size_t size; /* of the bytes */
    cd_origin origin;
    const char *bytes;
    /* in the same block: the items, then the bytes */
};

static void append(cd_inbox *inbox, cd_item *item)
{
    item->next = NULL;
    if (inbox->last != NULL)
        inbox->last->next = item;
    else
        inbox->first = item;
    inbox->last = item;
}

cd_verdict cd_queue_add(cd_queue *queue, const char *frame, size_t size, const cd_messages *list,
                        cd_origin origin)
{
    const size_t count = list->count;

    assert(count > 0); /* or nobody would free the frame */
    if (size > CD_QUEUE_BYTES || count > CD_QUEUE_MESSAGES)
        return CD_TOO_LARGE;
    if (size > CD_QUEUE_BYTES - queue->bytes || count > CD_QUEUE_MESSAGES - queue->messages)
        return CD_BUSY;

    cd_frame *copy = malloc(sizeof *copy + count * sizeof(cd_item) + size);
    if (copy == NULL)
        return CD_BUSY;
    cd_item *items = (cd_item *)(copy + 1);
    char *bytes = (char *)(items + count);
    memcpy(bytes, frame, size);
    copy->live = count;
    copy->size = size;
    copy->origin = origin;
    copy->bytes = bytes;

    size_t i = 0;
    do {
        cd_item *item = &items[i];
        item->frame = copy;
        item->sequence = ++queue->arrived;
        item->message = list->items[i];
        append(item->message.inbox, item);
    } while (++i < count);
    queue->messages += count;
    queue->bytes += size;
    return CD_ACCEPTED;
}

cd_item *cd_queue_take(cd_queue *queue, cd_inbox *inbox)
{
    cd_item *item = inbox->first;

    inbox->first = item->next;
    if (inbox->first == NULL)
        inbox->last = NULL;
    queue->messages--;
    return item;
}

void cd_queue_return(cd_queue *queue, cd_inbox *inbox, cd_item *item)
{
    item->next = inbox->first;
    inbox->first = item;
    if (inbox->last == NULL)
        inbox->last = item;
    queue->messages++;
}

void cd_queue_release(cd_queue *queue, cd_item *item)
{
    cd_frame *frame = item->frame;

    if (--frame->live > 0)
        return;
    queue->bytes -= frame->size;
    frame->origin.release(frame->origin.sender);
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
