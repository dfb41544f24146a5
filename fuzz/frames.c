/* SPDX-License-Identifier: MIT
 *
 * libFuzzer's target: arbitrary frames, from a few senders, through all that is portable of what an
 * endpoint does with them: envelope, pieces, awaited answers, queue. The limits are small, so that
 * they are met.
 *
 * The input is a list of steps. Each begins with a byte: its lower three bits say what is done, the
 * next two for which sender.
 */
#include "wire/asked.h"
#include "wire/envelope.h"
#include "wire/queue.h"
#include "wire/reassembly.h"

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

#define SENDERS 4

static const cd_limits limits = {
    .max_message = 4096,
    .queue_messages = 16,
    .queue_bytes = 8192,
    .sender_messages = 8,
    .sender_bytes = 4096,
    .transfers = 3,
    .transfer_bytes = 6000,
    .transfer_silence = 2.0,
};

typedef struct endpoint {
    cd_messages reading;
    cd_spare spare;
    cd_reassembly reassembly;
    cd_asked asked;
    cd_queue queue;
    cd_inbox inboxes[3]; /* by type of message */
    uint32_t msgid;      /* of the newest request */
    double now;
    int references; /* to senders, by what is queued */
} endpoint;

static void check(bool holds, const char *what)
{
    if (holds)
        return;
    fprintf(stderr, "does not hold: %s\n", what);
    abort();
}

static void let_go(void *sender)
{
    --*(int *)sender;
}

/* As cd_endpoint_receive does with a whole frame or message, but that every channel is there. */
static cd_verdict take_in(endpoint *e, unsigned sender, const char *bytes, size_t size,
                          cd_block *block, bool *kept)
{
    cd_messages *list = &e->reading;
    cd_verdict verdict = cd_messages_read(list, bytes, size, limits.queue_messages);
    bool awaited = true;
    size_t left = 0;

    *kept = false;
    if (verdict != CD_ACCEPTED)
        return verdict;
    for (size_t i = 0; i < list->count; i++) {
        cd_message *message = &list->items[i];
        check(message->body.size > 0 && message->body.at + message->body.size <= size &&
                  message->channel.at + message->channel.size <= size &&
                  message->error.at + message->error.size <= size,
              "a message lies in its frame");
        if (message->type != CD_RESPONSE)
            awaited = false;
        else if (!cd_asked_answer(&e->asked, message->msgid, sender))
            continue;
        message->inbox = &e->inboxes[message->type];
        list->items[left++] = *message;
    }
    list->count = left;
    if (left == 0)
        return CD_ACCEPTED;
    cd_arrival arrival = {
        .bytes = bytes,
        .size = size,
        .messages = list,
        .block = block,
        .awaited = awaited,
        .origin = {.process = sender, .sender = &e->references, .release = let_go},
    };
    verdict = cd_queue_add(&e->queue, &arrival);
    *kept = verdict == CD_ACCEPTED;
    if (*kept)
        e->references++;
    for (size_t i = 0; !*kept && i < left; i++)
        if (list->items[i].type == CD_RESPONSE)
            cd_asked_undo(&e->asked, list->items[i].msgid);
    check(awaited || (e->queue.messages <= limits.queue_messages + 1 || !*kept),
          "the queue is bounded");
    return verdict;
}

static void receive(endpoint *e, unsigned sender, const char *frame, size_t size)
{
    cd_fragment piece;
    cd_transfer *whole;
    bool kept;

    switch (cd_fragment_read(&piece, frame, size)) {
    case CD_FRAME_MESSAGES:
        take_in(e, sender, frame, size, NULL, &kept);
        break;
    case CD_FRAME_PIECE:
        cd_reassembly_add(&e->reassembly, sender, &piece, e->now, &whole);
        check(e->reassembly.bytes <= limits.transfer_bytes &&
                  e->reassembly.count <= limits.transfers,
              "what arrives in pieces is bounded");
        if (whole == NULL)
            break;
        if (take_in(e, sender, whole->block->bytes, whole->total, whole->block, &kept) == CD_BUSY)
            cd_reassembly_undo(whole, &piece);
        else
            cd_reassembly_end(&e->reassembly, whole, kept);
        break;
    case CD_FRAME_NEITHER:
        break;
    }
}

static void read_span(const cd_item *item, cd_span span)
{
    volatile char seen; /* so that the bytes are read */

    for (size_t i = 0; i < span.size; i++)
        seen = cd_item_bytes(item, span)[i];
    (void)seen;
}

static void take(endpoint *e, unsigned which, bool put_back)
{
    cd_inbox *inbox = &e->inboxes[which % 3];

    if (inbox->first == NULL)
        return;
    cd_item *item = cd_queue_take(&e->queue, inbox);
    read_span(item, item->message.body); /* what the script would read */
    read_span(item, item->message.error);
    if (put_back)
        cd_queue_return(&e->queue, inbox, item);
    else
        cd_queue_release(&e->queue, item);
}

static bool sender_is_gone(uint64_t sender)
{
    return sender == 3;
}

static void step(endpoint *e, uint8_t what, const char *frame, size_t size)
{
    unsigned sender = what >> 3 & (SENDERS - 1);

    switch (what & 7) {
    case 0:
    case 1:
    case 2:
        receive(e, sender, frame, size);
        break;
    case 3:
        take(e, sender, true);
        break;
    case 4:
        take(e, sender, false);
        break;
    case 5:
        e->msgid = cd_asked_add(&e->asked, sender);
        break;
    case 6:
        cd_asked_end(&e->asked, e->msgid);
        break;
    default:
        e->now += sender;
        cd_reassembly_sweep(&e->reassembly, e->now, sender_is_gone);
        break;
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    endpoint e = {.now = 1.0};
    size_t at = 0;

    e.queue.limits = e.reassembly.limits = &limits;
    e.queue.spare = e.reassembly.spare = &e.spare;
    while (at < size) {
        uint8_t what = data[at++];
        size_t length = 0;
        if ((what & 7) <= 2 && size - at >= 2) {
            length = (size_t)data[at] | (size_t)data[at + 1] << 8;
            at += 2;
            if (length > size - at)
                length = size - at;
        }
        /* In a block of its own, so that a byte too far is noticed. */
        char *frame = malloc(length > 0 ? length : 1);
        check(frame != NULL, "there is memory");
        for (size_t i = 0; i < length; i++)
            frame[i] = (char)data[at + i];
        step(&e, what, frame, length);
        free(frame);
        at += length;
    }
    for (int i = 0; i < 3; i++)
        cd_queue_clear(&e.queue, &e.inboxes[i]);
    check(e.queue.messages == 0 && e.queue.bytes == 0 && e.queue.accounts == NULL,
          "an empty queue takes nothing");
    check(e.references == 0, "an empty queue refers to nobody");
    cd_reassembly_free(&e.reassembly);
    cd_spare_close(&e.spare);
    cd_asked_free(&e.asked);
    cd_messages_free(&e.reading);
    return 0;
}
