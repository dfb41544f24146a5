/* SPDX-License-Identifier: MIT
 *
 * libFuzzer target: arbitrary frames, from a few senders, through a mailbox whose script acts in
 * between. The limits are small, so that they are reached.
 *
 * The input is a list of steps. Each begins with a byte: its lower four bits say what to do, the
 * upper ones to or for whom. In a frame's step, two bytes of length and the frame follow.
 */
#include "mailbox/contents.h"
#include "model.h"
#include "native_host.h"
#include "wire/extras.h"
#include "wire/proof.h"

#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

#define SENDERS                                                                                    \
    4                       /* the first has no key; the last but one may be gone; the second and
                               the last can prove who they are */
#define REQUESTS    4       /* of ours, at the same time */
#define FIRST_MSGID 0x10001 /* so that seeds can contain answers */
#define TAKERS      4       /* of raw messages, at the same time */
#define TAGS        3       /* of raw messages */

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

/* The state for one input. */
static struct {
    cd_native native;
    cd_sender *senders[SENDERS];
    double now;
    uint32_t number;         /* the last one drawn */
    uint32_t account;        /* the last one given */
    bool vanished;           /* the sender that may be gone is gone */
    uint32_t takers[TAKERS]; /* 0: none */
    bool closed;
} world;

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

static bool gone(uint64_t key)
{
    return world.vanished && key == world.senders[SENDERS - 2]->key;
}

static void read_bytes(const char *bytes, size_t size)
{
    volatile char seen; /* so that the bytes are read */

    for (size_t i = 0; i < size; i++)
        seen = bytes[i];
    (void)seen;
}

/* Checks that every text in a message's extras is within them. */
static void read_extras(const cd_item *item, cd_span span)
{
    cd_extras extras = cd_extras_read(cd_item_bytes(item, span), span.size);
    cd_extra_text name;
    size_t total = 0;

    for (uint32_t left = extras.via.count; cd_extra_via_next(&extras.via, &name); left--) {
        CD_CHECK(left > 0);
        read_bytes(name.bytes, name.size);
        total += 1 + name.size;
    }
    CD_CHECK(extras.via.count == 0 && total <= span.size);
    const cd_extra_text fields[] = {extras.origin.desktop, extras.origin.exe, extras.origin.user};
    for (size_t i = 0; i < sizeof fields / sizeof *fields; i++)
        if (fields[i].bytes != NULL) {
            CD_CHECK(extras.origin.given && fields[i].size < span.size);
            read_bytes(fields[i].bytes, fields[i].size);
        }
}

/* Like the script: reads what it took, and perhaps puts it back. */
static void take(cd_mailbox *mailbox, uint32_t wanted, uint64_t newest, bool put_back)
{
    uint32_t id;
    cd_item *item = cd_mailbox_take(mailbox, wanted, newest, &id);

    cd_model_take(wanted, newest, item, id, put_back);
    if (item == NULL)
        return;
    read_bytes(cd_item_bytes(item, item->message.error), item->message.error.size);
    read_extras(item, item->message.extras);
    if (put_back)
        cd_mailbox_return(mailbox, id, item);
    else
        cd_mailbox_release(mailbox, item);
}

static void decide(cd_mailbox *mailbox, bool deferred, bool allowed)
{
    uint32_t channel;
    cd_sender *sender = cd_mailbox_undecided(mailbox, &channel);

    if (sender == NULL)
        return;
    if (deferred)
        cd_mailbox_defer(mailbox, sender, channel);
    else
        cd_mailbox_decide(mailbox, sender, channel, allowed);
    cd_native_host.release(sender);
}

/* Joins or leaves a channel with a one-letter name. */
static void join_or_leave(cd_mailbox *mailbox, unsigned which)
{
    const char name = (char)('a' + (which & 1));
    const bool listen = (which & 2) == 0;
    uint32_t id = cd_mailbox_find(mailbox, &name, 1);

    if (id != 0) {
        cd_mailbox_leave(mailbox, id);
        cd_model_leave(id);
    } else if ((id = cd_mailbox_join(mailbox, &name, 1, listen, false)) != 0) {
        cd_model_join(id, name, listen);
    }
}

/* Whether a frame is a piece of a message that is arriving and began without proof. */
static bool is_late(const cd_mailbox *mailbox, const cd_sender *sender, const char *frame,
                    size_t size)
{
    cd_proof proof;
    cd_fragment piece;
    size_t taken;
    bool late = false;

    if (!cd_proof_read(&proof, &taken, frame, size) ||
        cd_fragment_read(&piece, frame + taken, size - taken) != CD_FRAME_PIECE || piece.index == 1)
        return false;
    const cd_transfer *each = mailbox->contents.reassembly.first;
    for (; each != NULL; each = each->next) {
        if (each->sender != sender->key || each->id != piece.transfer ||
            each->account->id != sender->account)
            continue;
        if (each->account->proven)
            return false;
        late = true;
    }
    return late;
}

static void receive(cd_mailbox *mailbox, unsigned which, const char *frame, size_t size)
{
    cd_sender *sender = world.senders[which % SENDERS];
    bool late = is_late(mailbox, sender, frame, size);
    cd_verdict verdict = cd_mailbox_receive(mailbox, sender, frame, size);

    cd_model_receive(sender, frame, size, verdict, cd_mailbox_newest(mailbox), late);
}

/* A request of ours. */
static void ask(cd_mailbox *mailbox, uint64_t peer, const char *name)
{
    cd_model_ask(cd_mailbox_ask(mailbox, peer, name, 1), peer, cd_model_guarded(name, 1));
}

static void receive_raw(cd_mailbox *mailbox, unsigned which, const char *bytes, size_t size)
{
    cd_sender *sender = world.senders[which % SENDERS];
    const cd_raw_kind kind = which < 12 ? CD_RAW_COPYDATA : CD_RAW_MESSAGE;
    intptr_t answer;
    bool taken = cd_mailbox_receive_raw(mailbox, sender, kind, which % TAGS, bytes, size, &answer);

    CD_CHECK(taken || answer == CD_UNHANDLED);
    cd_model_receive_raw(sender, kind, which % TAGS, bytes, size, taken ? &answer : NULL,
                         cd_mailbox_newest(mailbox));
}

/* Adds, removes or pauses one of a few takers of raw messages. */
static void take_raw(cd_mailbox *mailbox, unsigned which, bool flag)
{
    static const cd_raw_wanted wanted[TAKERS] = {
        {.kind = CD_RAW_COPYDATA, .answer = 10},
        {.kind = CD_RAW_COPYDATA, .tagged = true, .tag = 1, .answer = 11},
        {.kind = CD_RAW_COPYDATA, .window = 2, .answer = 12},
        {.kind = CD_RAW_COPYDATA,
         .account = 1,
         .tagged = true,
         .tag = 0,
         .asked = true,
         .answer = 13},
    };
    static const cd_raw_wanted message = {
        .kind = CD_RAW_MESSAGE, .tagged = true, .tag = 1, .answer = 14};
    uint32_t *id = &world.takers[which % TAKERS];

    if (*id == 0) {
        const cd_raw_wanted *chosen = flag ? &wanted[which % TAKERS] : &message;
        *id = cd_mailbox_take_raw(mailbox, chosen);
        CD_CHECK((*id == 0) == world.closed);
        if (*id != 0)
            cd_model_take_raw(*id, chosen);
    } else if (flag) {
        cd_mailbox_drop_raw(mailbox, *id);
        cd_model_drop_raw(*id);
        *id = 0;
    } else {
        cd_mailbox_handle(mailbox, *id, (which & 4) != 0);
        cd_model_handle(*id, (which & 4) != 0);
    }
}

/* Makes the sender that may be gone leave, or another appear with its key. */
static void vanish(bool vanished)
{
    cd_sender **place = &world.senders[SENDERS - 2];
    uint64_t key = (*place)->key;

    cd_native_host.release(*place);
    *place = cd_native_sender(key, vanished ? 0 : ++world.account, !vanished);
    world.vanished = vanished;
}

/* Guards a channel or, with 0, all; 7 requires proof of all senders that can give it. */
static void guard(cd_mailbox *mailbox, uint32_t id, bool guarded)
{
    if (id == 7)
        cd_mailbox_want_proof(mailbox);
    else
        cd_mailbox_guard(mailbox, id, guarded);
    cd_model_guard(id, (guarded || id == 7) && !world.closed);
}

static void step(cd_mailbox *mailbox, uint8_t what, const char *frame, size_t size)
{
    static const uint32_t wants[] = {CD_WANT_HANDLED, CD_ANSWER_ID, 1, 2};
    unsigned which = what >> 4;
    bool flag = (which & 8) != 0;

    switch (what & 15) {
    case 0:
    case 1:
    case 2:
        receive(mailbox, which, frame, size);
        break;
    case 3:
        take(mailbox, wants[which & 3], cd_mailbox_newest(mailbox) - (which >> 2 & 1), flag);
        break;
    case 4:
        cd_mailbox_ready(mailbox, wants[which & 3]);
        break;
    case 5:
        ask(mailbox, world.senders[which % SENDERS]->key, flag ? "a" : "b");
        break;
    case 6:
        cd_mailbox_end(mailbox, FIRST_MSGID + which % REQUESTS);
        cd_model_end_request(FIRST_MSGID + which % REQUESTS);
        break;
    case 7:
        world.now += which;
        world.native.sweeps = cd_mailbox_sweep(mailbox);
        break;
    case 8:
        join_or_leave(mailbox, which);
        break;
    case 9:
        cd_mailbox_handle(mailbox, which & 7, flag);
        cd_model_handle(which & 7, flag);
        break;
    case 10:
        cd_mailbox_serve(mailbox, which & 7, flag);
        cd_model_serve(which & 7, flag);
        break;
    case 11:
        guard(mailbox, which & 7, flag);
        break;
    case 12:
        decide(mailbox, (which & 7) == 7, flag);
        break;
    case 13:
        take_raw(mailbox, which, flag);
        break;
    case 14:
        receive_raw(mailbox, which, frame, size);
        break;
    default:
        vanish(flag);
        if (which != 15)
            break;
        cd_mailbox_close(mailbox);
        cd_model_close();
        world.closed = true;
    }
}

/* Two channels, one of which serves, with handlers; otherwise a fresh start. */
static cd_mailbox *begin(void)
{
    static cd_host host;

    host = cd_native_host;
    host.seconds = seconds;
    host.random = draw;
    host.gone = gone;
    memset(&world, 0, sizeof world);
    cd_native_open(&world.native);
    world.senders[0] = cd_native_sender(0, 0, false);
    for (uint32_t i = 1; i < SENDERS; i++)
        world.senders[i] = cd_native_sender(i + 1, i, true);
    world.senders[1]->provable = world.senders[SENDERS - 1]->provable = true;
    world.account = SENDERS;
    world.number = FIRST_MSGID;
    cd_model_begin();
    cd_mailbox *mailbox = cd_mailbox_new(&host, &world.native, &limits);
    CD_CHECK(mailbox != NULL);
    for (uint32_t id = 1; id <= 2; id++) {
        CD_CHECK(cd_mailbox_join(mailbox, id == 1 ? "a" : "b", 1, true, false) == id);
        cd_mailbox_handle(mailbox, id, true);
        cd_model_join(id, id == 1 ? 'a' : 'b', true);
        cd_model_handle(id, true);
    }
    cd_mailbox_serve(mailbox, 1, true);
    cd_model_serve(1, true);
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
        /* In a block of its own, so that an overrun is noticed. */
        char *frame = malloc(length > 0 ? length : 1);
        CD_CHECK(frame != NULL);
        for (size_t i = 0; i < length; i++)
            frame[i] = (char)data[at + i];
        step(mailbox, what, frame, length);
        free(frame);
        at += length;
    }
    cd_mailbox_free(mailbox);
    cd_model_end();
    for (unsigned i = 0; i < SENDERS; i++)
        cd_native_host.release(world.senders[i]);
    CD_CHECK(cd_native_senders() == 0); /* an empty mailbox refers to no sender */
    cd_native_close(&world.native);
    return 0;
}
