/* SPDX-License-Identifier: MIT
 *
 * What a mailbox takes and what it keeps: its limits, the shares of them, and that nothing stays
 * behind.
 */
#include "draft.h"
#include "mailbox/contents.h"
#include "native_host.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

#define CHANNEL  "channel"
#define OVERHEAD 14 /* bytes of a notification to it beside the body; one more past 255 bytes */
#define MSGID    9  /* of requests to us */

static const cd_limits limits = {
    .max_message = 2000 + CD_ENVELOPE_ROOM,
    .queue_messages = 8,
    .queue_bytes = 1000,
    .sender_messages = 4,
    .sender_bytes = 400,
    .transfers = 4,
    .transfer_bytes = 1000,
    .transfer_silence = 5,
};

/* The world of one test: senders 1 and 2 are of one account, 3 of another. */
static cd_native native;
static cd_mailbox *mailbox;
static cd_sender *senders[4];
static uint32_t channel;
static double time_now;
static uint64_t dead; /* the key of who is gone */

static double seconds(void)
{
    return time_now;
}

static bool gone(uint64_t key)
{
    return key == dead;
}

static void begin(void)
{
    static cd_host host;

    host = cd_native_host;
    host.seconds = seconds;
    host.gone = gone;
    dead = UINT64_MAX;
    cd_native_open(&native);
    for (uint32_t i = 0; i < 4; i++)
        senders[i] = cd_native_sender(i, (i + 1) / 2, i != 0);
    mailbox = cd_mailbox_new(&host, &native, &limits);
    CD_CHECK(mailbox != NULL);
    channel = cd_mailbox_join(mailbox, CHANNEL, strlen(CHANNEL), true);
    CD_CHECK(channel != 0);
    cd_mailbox_handle(mailbox, channel, true);
    cd_mailbox_serve(mailbox, channel, true);
    cd_mailbox_handle_raw(mailbox, true, 1);
}

/* Nothing waits, nothing is arriving, nobody has a share. */
static bool empty(void)
{
    const cd_contents *contents = &mailbox->contents;

    return contents->queue.messages == 0 && contents->queue.bytes == 0 &&
           contents->reassembly.count == 0 && contents->reassembly.bytes == 0 &&
           contents->shares.first == NULL;
}

static void end(void)
{
    CD_CHECK(empty());
    cd_mailbox_free(mailbox);
    for (size_t i = 0; i < 4; i++)
        cd_native_host.release(senders[i]);
    CD_CHECK(cd_native_senders() == 0);
    cd_native_close(&native);
}

static cd_verdict receive(size_t who, const cd_draft *draft)
{
    return cd_mailbox_receive(mailbox, senders[who], draft->bytes, draft->size);
}

/* So many notifications in one frame, each of so many bytes. */
static cd_verdict notify(size_t who, size_t count, size_t bytes)
{
    static const char body[CD_DRAFT_ROOM];
    cd_draft draft = {0};

    for (size_t i = 0; i < count; i++)
        cd_draft_notification(&draft, CHANNEL, body, bytes - OVERHEAD - (bytes > OVERHEAD + 255));
    CD_CHECK(draft.size == count * bytes);
    return receive(who, &draft);
}

static cd_item *take(uint32_t wanted)
{
    uint32_t id;

    return cd_mailbox_take(mailbox, wanted, UINT64_MAX, &id);
}

/* Takes so many messages, and there were no more. */
static void drain(size_t count)
{
    for (cd_item *item; (item = take(CD_WANT_HANDLED)) != NULL; count--)
        cd_mailbox_release(mailbox, item);
    CD_CHECK(count == 0);
}

/* Messages -----------------------------------------------------------------------------------------*/

static void test_shares(void)
{
    begin();
    CD_CHECK(notify(1, 4, 50) == CD_ACCEPTED);
    CD_CHECK(notify(1, 1, 50) == CD_BUSY); /* four wait already */
    CD_CHECK(notify(2, 1, 50) == CD_BUSY); /* of this account */
    CD_CHECK(notify(3, 1, 50) == CD_ACCEPTED);
    drain(5);
    CD_CHECK(notify(1, 2, 150) == CD_ACCEPTED);
    CD_CHECK(notify(2, 1, 101) == CD_BUSY);
    CD_CHECK(notify(2, 1, 100) == CD_ACCEPTED);
    CD_CHECK(notify(3, 1, 400) == CD_ACCEPTED);
    CD_CHECK(notify(0, 1, 201) == CD_BUSY); /* 1000 for all */
    CD_CHECK(notify(0, 1, 200) == CD_ACCEPTED);
    drain(5);
    CD_CHECK(notify(1, 4, 50) == CD_ACCEPTED);
    CD_CHECK(notify(3, 4, 50) == CD_ACCEPTED);
    CD_CHECK(notify(0, 1, 50) == CD_BUSY); /* eight for all */
    drain(8);
    end();
}

/* A message that is taken has left its place; the bytes of its frame stay until all are released. */
static void test_taking(void)
{
    begin();
    CD_CHECK(notify(1, 2, 200) == CD_ACCEPTED);
    cd_item *first = take(channel), *second = take(channel);
    CD_CHECK(mailbox->contents.queue.messages == 0 && mailbox->contents.queue.bytes == 400);
    cd_mailbox_release(mailbox, second);
    CD_CHECK(mailbox->contents.queue.bytes == 400);
    CD_CHECK(notify(2, 1, 50) == CD_BUSY);
    cd_mailbox_release(mailbox, first);
    CD_CHECK(empty());
    CD_CHECK(notify(2, 1, 50) == CD_ACCEPTED);
    drain(1);
    end();
}

static void test_excess(void)
{
    begin();
    CD_CHECK(notify(1, 5, 20) == CD_TOO_LARGE);
    CD_CHECK(notify(1, 2, 201) == CD_TOO_LARGE);
    CD_CHECK(notify(1, 1, 1001) == CD_TOO_LARGE);
    CD_CHECK(notify(1, 9, 20) == CD_TOO_LARGE);
    CD_CHECK(empty());
    CD_CHECK(notify(1, 1, 401) == CD_ACCEPTED); /* alone, it may */
    CD_CHECK(notify(2, 1, 20) == CD_BUSY);
    CD_CHECK(notify(3, 1, 401) == CD_ACCEPTED);
    drain(2);
    CD_CHECK(notify(2, 1, 20) == CD_ACCEPTED);
    CD_CHECK(notify(1, 1, 401) == CD_BUSY); /* not beside another */
    drain(1);
    CD_CHECK(notify(1, 1, 1000) == CD_ACCEPTED);
    drain(1);
    end();
}

/* An answer that was asked for is beyond all limits, and one that was not costs nothing. */
static void test_answers(void)
{
    static const char body[385];
    cd_draft asked = {0}, unasked = {0}, both = {0};

    begin();
    uint32_t msgid = cd_mailbox_ask(mailbox, senders[1]->key);
    cd_draft_response(&asked, msgid, body, sizeof body);
    cd_draft_response(&unasked, msgid + 1, body, sizeof body);
    cd_draft_response(&both, msgid, body, sizeof body);
    cd_draft_notification(&both, CHANNEL, body, 1);

    CD_CHECK(notify(1, 4, 100) == CD_ACCEPTED);
    CD_CHECK(receive(1, &unasked) == CD_ACCEPTED);
    CD_CHECK(receive(3, &asked) == CD_ACCEPTED); /* not by who was asked */
    CD_CHECK(cd_mailbox_ignored(mailbox) == 2 && take(CD_WANT_ANSWERS) == NULL);
    CD_CHECK(receive(1, &both) == CD_TOO_LARGE); /* the answer is not used up by that */
    CD_CHECK(receive(1, &asked) == CD_ACCEPTED);
    CD_CHECK(receive(1, &asked) == CD_ACCEPTED); /* once */
    CD_CHECK(cd_mailbox_ignored(mailbox) == 3);
    CD_CHECK(notify(1, 1, 20) == CD_BUSY);
    CD_CHECK(notify(3, 1, 201) == CD_ACCEPTED);
    drain(6);
    cd_mailbox_end(mailbox, msgid);
    CD_CHECK(receive(1, &asked) == CD_ACCEPTED && take(CD_WANT_ANSWERS) == NULL);
    end();
}

/* Pieces -------------------------------------------------------------------------------------------*/

/* The first piece, of half its bytes, of a message that takes so many. */
static cd_verdict announce(size_t who, uint32_t transfer, size_t total)
{
    static const char bytes[CD_DRAFT_ROOM];
    cd_draft draft = {0};

    cd_draft_fragment(&draft, &(cd_fragment){transfer, 1, 2, total, bytes, total / 2});
    return receive(who, &draft);
}

/* Forgets what came in pieces. */
static void sweep_all(void)
{
    time_now += 6;
    native.sweeps = cd_mailbox_sweep(mailbox);
    CD_CHECK(!native.sweeps);
    CD_CHECK(empty());
}

static void test_transfers(void)
{
    begin();
    /* Of four, two for one account, whatever its windows. */
    CD_CHECK(announce(1, 1, 20) == CD_ACCEPTED);
    CD_CHECK(announce(2, 1, 20) == CD_ACCEPTED);
    CD_CHECK(announce(1, 2, 20) == CD_BUSY);
    CD_CHECK(announce(3, 1, 20) == CD_ACCEPTED);
    CD_CHECK(announce(3, 2, 20) == CD_ACCEPTED);
    CD_CHECK(native.sweeps);
    sweep_all();
    /* Of 1000 bytes, 500, or one message. */
    CD_CHECK(announce(1, 1, 900) == CD_ACCEPTED);
    CD_CHECK(announce(2, 1, 20) == CD_BUSY);
    CD_CHECK(announce(3, 1, 101) == CD_BUSY);
    CD_CHECK(announce(3, 1, 100) == CD_ACCEPTED);
    sweep_all();
    CD_CHECK(announce(1, 1, 300) == CD_ACCEPTED);
    CD_CHECK(announce(2, 1, 201) == CD_BUSY);
    CD_CHECK(announce(2, 1, 200) == CD_ACCEPTED);
    CD_CHECK(announce(3, 1, 500) == CD_ACCEPTED);
    sweep_all();
    CD_CHECK(announce(1, 1, 1001) == CD_TOO_LARGE);
    CD_CHECK(announce(0, 1, 20) == CD_MALFORMED); /* whose? */
    end();
}

static void test_sweeping(void)
{
    begin();
    CD_CHECK(announce(1, 1, 20) == CD_ACCEPTED);
    CD_CHECK(announce(3, 1, 20) == CD_ACCEPTED);
    dead = 1;
    CD_CHECK(cd_mailbox_sweep(mailbox));
    CD_CHECK(mailbox->contents.reassembly.count == 1);
    time_now += 5;
    CD_CHECK(cd_mailbox_sweep(mailbox));
    CD_CHECK(mailbox->contents.reassembly.count == 1);
    time_now += 1;
    CD_CHECK(!cd_mailbox_sweep(mailbox));
    native.sweeps = false;
    CD_CHECK(announce(3, 1, 20) == CD_ACCEPTED);
    CD_CHECK(native.sweeps);
    cd_mailbox_close(mailbox);
    CD_CHECK(empty());
    end();
}

/* A message in two pieces, of which the second comes when there is no room for it. */
static void test_busy_at_the_end(void)
{
    static const char body[100];
    cd_draft message = {0}, first = {0}, last = {0}, wrong = {0};

    begin();
    cd_draft_notification(&message, CHANNEL, body, sizeof body);
    cd_fragment piece = {5, 1, 2, message.size, message.bytes, 40};
    cd_draft_fragment(&first, &piece);
    piece.index = 2;
    piece.bytes += 40;
    piece.size = message.size - 40;
    cd_draft_fragment(&last, &piece);
    piece.size--;
    cd_draft_fragment(&wrong, &piece);

    CD_CHECK(receive(1, &first) == CD_ACCEPTED);
    CD_CHECK(notify(1, 4, 50) == CD_ACCEPTED);
    CD_CHECK(receive(1, &last) == CD_BUSY);
    CD_CHECK(receive(1, &last) == CD_BUSY);
    CD_CHECK(mailbox->contents.reassembly.count == 1);
    drain(4);
    CD_CHECK(receive(1, &last) == CD_ACCEPTED);
    CD_CHECK(mailbox->contents.reassembly.count == 0 &&
             mailbox->contents.queue.bytes == message.size);
    drain(1);
    CD_CHECK(receive(1, &last) == CD_MALFORMED); /* it was the last */

    CD_CHECK(receive(1, &first) == CD_ACCEPTED);
    CD_CHECK(receive(1, &wrong) == CD_MALFORMED);
    CD_CHECK(empty());
    CD_CHECK(receive(1, &first) == CD_ACCEPTED);
    CD_CHECK(receive(1, &first) == CD_MALFORMED);
    CD_CHECK(empty());
    end();
}

/* Putting back -------------------------------------------------------------------------------------*/

/* One of each: a notification, a request, a raw message, an answer. */
static void receive_each(void)
{
    cd_draft draft = {0};

    CD_CHECK(notify(1, 1, 50) == CD_ACCEPTED);
    cd_draft_request(&draft, MSGID, CHANNEL, "?", 1);
    CD_CHECK(receive(1, &draft) == CD_ACCEPTED);
    CD_CHECK(cd_mailbox_receive_raw(mailbox, senders[1], 1, "raw", 3) == 1);
    draft.size = 0;
    cd_draft_response(&draft, cd_mailbox_ask(mailbox, senders[1]->key), "!", 1);
    CD_CHECK(receive(1, &draft) == CD_ACCEPTED);
}

/* Puts back what it takes of each, in this order, when `change` has happened in between. Returns
 * how many of these are then still there. */
static size_t return_after(void (*change)(void))
{
    cd_item *items[4];
    uint32_t ids[4];
    size_t count = 0;

    begin();
    receive_each();
    for (size_t i = 0; i < 4; i++) {
        items[i] = cd_mailbox_take(mailbox, CD_WANT_HANDLED, UINT64_MAX, &ids[i]);
        CD_CHECK(items[i] != NULL);
    }
    if (change != NULL)
        change();
    for (size_t i = 4; i-- > 0;)
        cd_mailbox_return(mailbox, ids[i], items[i]);
    CD_CHECK(mailbox->contents.queue.messages <= 4);
    for (size_t i = 0; i < 4; i++) {
        uint32_t id;
        cd_item *item = cd_mailbox_take(mailbox, CD_WANT_HANDLED, UINT64_MAX, &id);
        if (item == NULL)
            break;
        CD_CHECK(item->returned);
        cd_mailbox_release(mailbox, item);
        count++;
    }
    end();
    return count;
}

static void close_it(void)
{
    CD_CHECK(cd_mailbox_close(mailbox));
    CD_CHECK(!cd_mailbox_close(mailbox)); /* again: nothing */
}

static void leave(void)
{
    CD_CHECK(cd_mailbox_leave(mailbox, channel));
    CD_CHECK(cd_mailbox_join(mailbox, CHANNEL, strlen(CHANNEL), true) != channel);
}

static void stop_serving(void)
{
    cd_mailbox_serve(mailbox, channel, false);
}

static void stop_raw(void)
{
    cd_mailbox_handle_raw(mailbox, false, 0);
}

static void test_returning(void)
{
    CD_CHECK(return_after(NULL) == 4);
    CD_CHECK(return_after(close_it) == 0);
    CD_CHECK(return_after(leave) == 2); /* raw, answer */
    CD_CHECK(return_after(stop_serving) == 3);
    CD_CHECK(return_after(stop_raw) == 3);
}

/* What is put back comes first again, and counts. */
static void test_order(void)
{
    uint32_t id;

    begin();
    CD_CHECK(notify(1, 4, 50) == CD_ACCEPTED);
    cd_item *first = cd_mailbox_take(mailbox, channel, UINT64_MAX, &id);
    uint64_t sequence = first->sequence;
    CD_CHECK(!first->returned);
    cd_mailbox_return(mailbox, id, first);
    CD_CHECK(mailbox->contents.queue.messages == 4);
    for (uint64_t i = 0; i < 4; i++) {
        cd_item *item = cd_mailbox_take(mailbox, channel, UINT64_MAX, &id);
        CD_CHECK(item->sequence == sequence + i);
        cd_mailbox_release(mailbox, item);
    }
    CD_CHECK(notify(1, 1, 50) == CD_ACCEPTED);
    CD_CHECK(cd_mailbox_take(mailbox, channel, cd_mailbox_newest(mailbox) - 1, &id) == NULL);
    drain(1);
    end();
}

/* Waking -------------------------------------------------------------------------------------------*/

static int wakes(void)
{
    int count;

    CD_CHECK(sem_getvalue(&native.wakes, &count) == 0);
    return count;
}

static void test_waking(void)
{
    begin();
    CD_CHECK(notify(1, 1, 50) == CD_ACCEPTED);
    CD_CHECK(cd_mailbox_ready(mailbox, CD_WANT_HANDLED) && wakes() == 0);
    CD_CHECK(!cd_mailbox_ready(mailbox, CD_WANT_ANSWERS));
    CD_CHECK(notify(1, 1, 50) == CD_ACCEPTED && wakes() == 0); /* not what it waits for */
    drain(2);
    CD_CHECK(!cd_mailbox_ready(mailbox, CD_WANT_HANDLED));
    CD_CHECK(notify(1, 1, 50) == CD_ACCEPTED && wakes() == 1);
    CD_CHECK(notify(1, 1, 50) == CD_ACCEPTED && wakes() == 1); /* once */
    drain(2);
    cd_mailbox_guard(mailbox, 0, true);
    CD_CHECK(!cd_mailbox_ready(mailbox, CD_WANT_HANDLED));
    CD_CHECK(notify(1, 1, 50) == CD_BUSY && wakes() == 2); /* somebody to decide about */
    CD_CHECK(cd_mailbox_ready(mailbox, CD_WANT_ANSWERS));
    cd_mailbox_guard(mailbox, 0, false);
    CD_CHECK(!cd_mailbox_ready(mailbox, channel));
    cd_mailbox_close(mailbox);
    CD_CHECK(wakes() == 3);
    end();
}

/* Whoever sends to a mailbox that is closed is told that nobody is there. */
static void test_closed(void)
{
    uint32_t id;

    begin();
    cd_mailbox_guard(mailbox, 0, true);
    cd_mailbox_close(mailbox);
    CD_CHECK(notify(1, 1, 50) == CD_ABSENT);
    cd_mailbox_guard(mailbox, 0, true);
    CD_CHECK(notify(1, 1, 50) == CD_ABSENT);
    CD_CHECK(announce(1, 1, 50) == CD_ABSENT);
    CD_CHECK(cd_mailbox_receive_raw(mailbox, senders[1], 1, "raw", 3) == CD_UNHANDLED);
    CD_CHECK(cd_mailbox_undecided(mailbox, &id) == NULL);
    CD_CHECK(!cd_mailbox_ready(mailbox, CD_WANT_HANDLED));
    CD_CHECK(cd_mailbox_join(mailbox, CHANNEL, strlen(CHANNEL), true) == 0);
    CD_CHECK(cd_mailbox_ask(mailbox, 1) == 0);
    cd_mailbox_handle_raw(mailbox, true, 1);
    CD_CHECK(cd_mailbox_receive_raw(mailbox, senders[1], 1, "raw", 3) == CD_UNHANDLED);
    end();
}

static void test_numbers(void)
{
    CD_CHECK(cd_limit_of(0) == 0);
    CD_CHECK(cd_limit_of(1.9) == 1);
    CD_CHECK(cd_limit_of(4294967296.0) == (SIZE_MAX > UINT32_MAX ? SIZE_MAX & 0x100000000 : SIZE_MAX));
    CD_CHECK(cd_limit_of(ldexp(1, 63)) == SIZE_MAX / 2 + 1);
    CD_CHECK(cd_limit_of(ldexp(1, 64)) == SIZE_MAX);
    CD_CHECK(cd_limit_of(ldexp(1, 70)) == SIZE_MAX);
    CD_CHECK(cd_limit_of(INFINITY) == SIZE_MAX);
    CD_CHECK(cd_fits(0, 0, 0) && cd_fits(SIZE_MAX - 1, 1, SIZE_MAX) && cd_fits(2, 0, 2));
    CD_CHECK(!cd_fits(SIZE_MAX, 1, SIZE_MAX) && !cd_fits(3, 0, 2) && !cd_fits(0, 3, 2));
}

int main(void)
{
    test_shares();
    test_taking();
    test_excess();
    test_answers();
    test_transfers();
    test_sweeping();
    test_busy_at_the_end();
    test_returning();
    test_order();
    test_waking();
    test_closed();
    test_numbers();
    puts("fine");
    return 0;
}
