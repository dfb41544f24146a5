/* SPDX-License-Identifier: MIT
 *
 * libFuzzer's target: arbitrary frames, from a few senders, through a mailbox whose script does
 * this and that meanwhile. The limits are small, so that they are met.
 *
 * The input is a list of steps. Each begins with a byte: its lower four bits say what is done, the
 * upper ones to or for whom. Behind a frame's stand two bytes of length and the frame.
 */
#include "mailbox/mailbox.h"
#include "wire/types.h"

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

#define SENDERS 4 /* the last one has no window; the last but one may be gone */
#define REQUESTS 4 /* of ours, at the same time */
#define FIRST_MSGID 0x10001 /* so that seeds can answer */

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

/* The world of one input. */
static struct {
    cd_sender senders[SENDERS];
    int references; /* to these */
    bool locked;
    double now;
    uint32_t number; /* the last that was drawn */
    bool vanished;   /* the sender that may be gone is */
} world;

static void check(bool holds, const char *what)
{
    if (holds)
        return;
    fprintf(stderr, "does not hold: %s\n", what);
    abort();
}

static void lock(void *context)
{
    (void)context;
    check(!world.locked, "the lock is taken once");
    world.locked = true;
}

static void unlock(void *context)
{
    (void)context;
    check(world.locked, "what is unlocked was locked");
    world.locked = false;
}

static void call_unlocked(void *context)
{
    (void)context;
    check(!world.locked, "the host is called without the lock");
}

static cd_timestamp now(void)
{
    return (cd_timestamp){0, 0};
}

static double seconds(void)
{
    return world.now;
}

static bool draw(uint32_t *numbers, size_t count)
{
    while (count > 0) /* they are used from the end */
        numbers[--count] = world.number++;
    return true;
}

static bool same_name(const char *a, size_t a_size, const char *b, size_t b_size)
{
    if (a_size != b_size)
        return false;
    for (size_t i = 0; i < a_size; i++)
        if ((a[i] | 0x20) != (b[i] | 0x20))
            return false;
    return true;
}

static bool gone(uint64_t key)
{
    return world.vanished && key == world.senders[SENDERS - 2].key;
}

static void retain(cd_sender *sender)
{
    (void)sender;
    world.references++;
}

static void release(cd_sender *sender)
{
    (void)sender;
    world.references--;
}

static const cd_host host = {
    .lock = lock,
    .unlock = unlock,
    .wake = call_unlocked,
    .start_sweeping = call_unlocked,
    .now = now,
    .seconds = seconds,
    .random = draw,
    .same_name = same_name,
    .gone = gone,
    .retain = retain,
    .release = release,
};

static void read_span(const cd_item *item, cd_span span)
{
    volatile char seen; /* so that the bytes are read */

    for (size_t i = 0; i < span.size; i++)
        seen = cd_item_bytes(item, span)[i];
    (void)seen;
}

/* As the script does: reads what it took, and perhaps puts it back. */
static void take(cd_mailbox *mailbox, uint32_t wanted, bool put_back)
{
    uint32_t id;
    cd_item *item = cd_mailbox_take(mailbox, wanted, cd_mailbox_newest(mailbox), &id);

    if (item == NULL)
        return;
    check(cd_wants_channel(id) || id == CD_RAW_ID || id == CD_WANT_ANSWERS, "a message has an id");
    read_span(item, item->message.body);
    read_span(item, item->message.error);
    if (put_back)
        cd_mailbox_return(mailbox, id, item);
    else
        cd_mailbox_release(mailbox, item);
}

static void decide(cd_mailbox *mailbox, bool allowed)
{
    uint32_t channel;
    cd_sender *sender = cd_mailbox_undecided(mailbox, &channel);

    if (sender == NULL)
        return;
    cd_mailbox_decide(mailbox, sender, channel, allowed);
    release(sender);
}

/* Joins, or leaves, a channel of a name of one letter. */
static void join_or_leave(cd_mailbox *mailbox, unsigned which)
{
    const char name = (char)('a' + (which & 1));
    uint32_t id = cd_mailbox_find(mailbox, &name, 1);

    if (id != 0)
        cd_mailbox_leave(mailbox, id);
    else
        cd_mailbox_join(mailbox, &name, 1, (which & 2) == 0);
}

static void receive(cd_mailbox *mailbox, unsigned which, const char *frame, size_t size)
{
    cd_verdict verdict =
        cd_mailbox_receive(mailbox, &world.senders[which % SENDERS], frame, size);

    check(verdict >= CD_ACCEPTED && verdict <= CD_ABSENT, "a frame has a verdict");
}

static void step(cd_mailbox *mailbox, uint8_t what, const char *frame, size_t size)
{
    static const uint32_t wants[] = {CD_WANT_HANDLED, CD_WANT_ANSWERS, CD_WANT_CALLS, 1};
    unsigned which = what >> 4;
    bool flag = (which & 8) != 0;

    switch (what & 15) {
    case 0:
    case 1:
    case 2:
        receive(mailbox, which, frame, size);
        break;
    case 3:
        take(mailbox, wants[which & 3], flag);
        break;
    case 4:
        cd_mailbox_ready(mailbox, wants[which & 3]);
        break;
    case 5:
        cd_mailbox_ask(mailbox, world.senders[which % SENDERS].key);
        break;
    case 6:
        cd_mailbox_end(mailbox, FIRST_MSGID + which % REQUESTS);
        break;
    case 7:
        world.now += which;
        cd_mailbox_sweep(mailbox);
        break;
    case 8:
        join_or_leave(mailbox, which);
        break;
    case 9:
        cd_mailbox_handle(mailbox, which & 7, flag);
        break;
    case 10:
        cd_mailbox_serve(mailbox, which & 7, flag);
        break;
    case 11:
        cd_mailbox_guard(mailbox, which & 7, flag);
        break;
    case 12:
        decide(mailbox, flag);
        break;
    case 13:
        cd_mailbox_handle_raw(mailbox, flag, 1);
        break;
    case 14:
        cd_mailbox_receive_raw(mailbox, &world.senders[which % SENDERS], which, frame, size);
        break;
    default:
        world.vanished = flag;
        world.senders[SENDERS - 2].account = flag ? 0 : 2;
        if (which == 15)
            cd_mailbox_close(mailbox);
        break;
    }
}

/* Two channels, one of which serves, with handlers; nothing else happened yet. */
static cd_mailbox *begin(void)
{
    memset(&world, 0, sizeof world);
    for (unsigned i = 0; i < SENDERS; i++)
        world.senders[i] = (cd_sender){.key = i + 1, .account = i, .answerable = i != 0};
    world.senders[0] = (cd_sender){0, 0, false};
    world.number = FIRST_MSGID;
    cd_mailbox *mailbox = cd_mailbox_new(&host, NULL, &limits);
    check(mailbox != NULL, "there is memory");
    for (uint32_t id = 1; id <= 2; id++) {
        check(cd_mailbox_join(mailbox, id == 1 ? "a" : "b", 1, true) == id, "ids begin at 1");
        cd_mailbox_handle(mailbox, id, true);
    }
    cd_mailbox_serve(mailbox, 1, true);
    return mailbox;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    cd_mailbox *mailbox = begin();
    size_t at = 0;

    while (at < size) {
        uint8_t what = data[at++];
        size_t length = 0;
        if (((what & 15) <= 2 || (what & 15) == 14) && size - at >= 2) {
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
        step(mailbox, what, frame, length);
        check(!world.locked, "the lock is given back");
        free(frame);
        at += length;
    }
    cd_mailbox_free(mailbox);
    check(world.references == 0, "an empty mailbox refers to nobody");
    return 0;
}
