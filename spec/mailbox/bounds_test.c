/* SPDX-License-Identifier: MIT
 *
 * What a mailbox accepts: its limits, and the shares of them.
 */
#include "fixture.h"

#include <float.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

/* Messages --------------------------------------------------------------------------------------*/

static void test_shares(void)
{
    cd_fixture_begin();
    CD_CHECK(cd_notify(1, 4, 50) == CD_ACCEPTED);
    CD_CHECK(cd_notify(1, 1, 50) == CD_BUSY); /* four are waiting already */
    CD_CHECK(cd_notify(2, 1, 50) == CD_BUSY); /* the same account */
    CD_CHECK(cd_notify(3, 1, 50) == CD_ACCEPTED);
    cd_drain(5);
    CD_CHECK(cd_notify(1, 2, 150) == CD_ACCEPTED);
    CD_CHECK(cd_notify(2, 1, 101) == CD_BUSY);
    CD_CHECK(cd_notify(2, 1, 100) == CD_ACCEPTED);
    CD_CHECK(cd_notify(3, 1, 400) == CD_ACCEPTED);
    CD_CHECK(cd_notify(0, 1, 201) == CD_BUSY); /* 1000 bytes for all */
    CD_CHECK(cd_notify(0, 1, 200) == CD_ACCEPTED);
    cd_drain(5);
    CD_CHECK(cd_notify(1, 4, 50) == CD_ACCEPTED);
    CD_CHECK(cd_notify(3, 4, 50) == CD_ACCEPTED);
    CD_CHECK(cd_notify(0, 1, 50) == CD_BUSY); /* eight messages for all */
    cd_drain(8);
    cd_fixture_end();
}

/* Without a limit per account, the first may have half of what the others leave, the second a
 * third, and so on, always something. */
static void test_fairness(void)
{
    static const size_t accounts[] = {1, 3, 0}, shares[] = {60, 20, 10};
    cd_limits limits = cd_fixture_limits;

    limits.queue_messages = 120;
    limits.queue_bytes = 1 << 20;
    limits.sender_messages = limits.sender_bytes = 0;
    cd_fixture_begin_within(&limits);
    for (size_t i = 0; i < 3; i++) {
        for (size_t count = 0; count < shares[i]; count++)
            CD_CHECK(cd_notify(accounts[i], 1, 20) == CD_ACCEPTED);
        CD_CHECK(cd_notify(accounts[i], 1, 20) == CD_BUSY);
    }
    CD_CHECK(cd_notify(2, 1, 20) == CD_BUSY); /* the first one's account */
    CD_CHECK(cd_notify(1, 61, 20) == CD_TOO_LARGE);
    cd_drain(90);
    CD_CHECK(cd_notify(3, 60, 20) == CD_ACCEPTED);
    CD_CHECK(cd_notify(1, 21, 20) == CD_BUSY);
    CD_CHECK(cd_notify(1, 20, 20) == CD_ACCEPTED);
    cd_drain(80);
    cd_fixture_end();
}

/* A message that is taken frees its place in the queue; the bytes of its frame stay until the
 * frame's last message is released. */
static void test_taking(void)
{
    cd_fixture_begin();
    CD_CHECK(cd_notify(1, 2, 200) == CD_ACCEPTED);
    cd_item *first = cd_take(cd_fix.channel), *second = cd_take(cd_fix.channel);
    CD_CHECK(cd_fix.mailbox->contents.shares.used[CD_SHARE_MESSAGES] == 0 &&
             cd_fix.mailbox->contents.shares.used[CD_SHARE_BYTES] == 400);
    cd_mailbox_release(cd_fix.mailbox, second);
    CD_CHECK(cd_fix.mailbox->contents.shares.used[CD_SHARE_BYTES] == 400);
    CD_CHECK(cd_notify(2, 1, 50) == CD_BUSY);
    cd_mailbox_release(cd_fix.mailbox, first);
    CD_CHECK(cd_fixture_empty());
    CD_CHECK(cd_notify(2, 1, 50) == CD_ACCEPTED);
    cd_drain(1);
    cd_fixture_end();
}

static void test_excess(void)
{
    cd_fixture_begin();
    CD_CHECK(cd_notify(1, 5, 20) == CD_TOO_LARGE);
    CD_CHECK(cd_notify(1, 2, 201) == CD_TOO_LARGE);
    CD_CHECK(cd_notify(1, 1, 1001) == CD_TOO_LARGE);
    CD_CHECK(cd_notify(1, 9, 20) == CD_TOO_LARGE);
    CD_CHECK(cd_fixture_empty());
    CD_CHECK(cd_notify(1, 1, 401) == CD_ACCEPTED); /* allowed as the only one */
    CD_CHECK(cd_notify(2, 1, 20) == CD_BUSY);
    CD_CHECK(cd_notify(3, 1, 401) == CD_BUSY); /* a quarter stays free for others */
    cd_drain(1);
    CD_CHECK(cd_notify(2, 1, 20) == CD_ACCEPTED);
    CD_CHECK(cd_notify(1, 1, 401) == CD_BUSY); /* not beside another */
    cd_drain(1);
    CD_CHECK(cd_notify(1, 1, 1000) == CD_ACCEPTED);
    cd_drain(1);
    cd_fixture_end();
}

/* An answer to a request is accepted beyond all limits; any other answer uses up nothing. */
static void test_answers(void)
{
    static const char body[385];
    cd_draft asked = {0}, unasked = {0}, both = {0};

    cd_fixture_begin();
    uint32_t msgid = cd_ask(1);
    cd_draft_response(&asked, msgid, body, sizeof body);
    cd_draft_response(&unasked, msgid + 1, body, sizeof body);
    cd_draft_response(&both, msgid, body, sizeof body);
    cd_draft_notification(&both, CD_FIXTURE_CHANNEL, body, 1);

    CD_CHECK(cd_notify(1, 4, 100) == CD_ACCEPTED);
    CD_CHECK(cd_receive(1, &unasked) == CD_ACCEPTED);
    CD_CHECK(cd_receive(3, &asked) == CD_ACCEPTED); /* not from the peer that was asked */
    CD_CHECK(cd_mailbox_ignored(cd_fix.mailbox) == 2 && cd_take(CD_ANSWER_ID) == NULL);
    CD_CHECK(cd_receive(1, &both) == CD_TOO_LARGE); /* this does not use up the answer */
    CD_CHECK(cd_receive(1, &asked) == CD_ACCEPTED);
    CD_CHECK(cd_receive(1, &asked) == CD_ACCEPTED); /* once */
    CD_CHECK(cd_mailbox_ignored(cd_fix.mailbox) == 3);
    CD_CHECK(cd_notify(1, 1, 20) == CD_BUSY);
    CD_CHECK(cd_notify(3, 1, 201) == CD_ACCEPTED);
    cd_drain(6);
    cd_mailbox_end(cd_fix.mailbox, msgid);
    CD_CHECK(cd_receive(1, &asked) == CD_ACCEPTED && cd_take(CD_ANSWER_ID) == NULL);
    cd_fixture_end();
}

/* Waiting answers, together larger than the queue, take no room from other messages. */
static void test_answers_aside(void)
{
    static const char body[900];

    cd_fixture_begin();
    for (int i = 0; i < 3; i++) {
        cd_draft answer = {0};
        cd_draft_response(&answer, cd_ask(1), body, sizeof body);
        CD_CHECK(cd_receive(1, &answer) == CD_ACCEPTED);
    }
    CD_CHECK(cd_fix.mailbox->contents.shares.first == NULL);
    CD_CHECK(cd_notify(1, 4, 100) == CD_ACCEPTED);
    CD_CHECK(cd_notify(3, 4, 100) == CD_ACCEPTED);
    cd_item *answer = cd_take(CD_ANSWER_ID);
    cd_mailbox_return(cd_fix.mailbox, CD_ANSWER_ID, answer);
    cd_drain(11);
    cd_fixture_end();
}

/* One frame of a sender that has not proven who it is cannot try many numbers. */
static void test_guesses(void)
{
    cd_draft late = {0}, guesses = {0};
    cd_limits limits = cd_fixture_limits;

    limits.queue_messages = 2 * CD_REQUESTS_GUESSES;
    cd_fixture_begin_within(&limits);
    const uint32_t msgid = cd_ask(1);
    for (uint32_t i = 1; i <= CD_REQUESTS_GUESSES; i++)
        cd_draft_response(&late, msgid + i, "!", 1);
    guesses = late;
    cd_draft_response(&guesses, msgid + CD_REQUESTS_GUESSES + 1, "!", 1);
    cd_draft_response(&guesses, msgid, "!", 1);
    cd_draft_response(&late, msgid, "!", 1);
    CD_CHECK(cd_receive(1, &guesses) == CD_REFUSED);
    CD_CHECK(cd_mailbox_ignored(cd_fix.mailbox) == 0); /* nothing of it was taken */
    CD_CHECK(cd_receive(1, &late) == CD_ACCEPTED);
    CD_CHECK(cd_mailbox_ignored(cd_fix.mailbox) == CD_REQUESTS_GUESSES);
    cd_drain(1);
    cd_mailbox_end(cd_fix.mailbox, msgid);
    cd_fix.senders[1]->proven = true;
    CD_CHECK(cd_receive(1, &guesses) == CD_ACCEPTED); /* it is the window that it claims */
    cd_fixture_end();
}

/* Pieces ----------------------------------------------------------------------------------------*/

/* Has all transfers forgotten. */
static void sweep_all(void)
{
    cd_fix.seconds += 6;
    cd_fix.native.sweeps = cd_mailbox_sweep(cd_fix.mailbox);
    CD_CHECK(!cd_fix.native.sweeps);
    CD_CHECK(cd_fixture_empty());
}

static void test_transfers(void)
{
    cd_fixture_begin();
    /* Four in all, two of them for one account, from any of its windows. */
    CD_CHECK(cd_announce(1, 1, 20) == CD_ACCEPTED);
    CD_CHECK(cd_announce(2, 1, 20) == CD_ACCEPTED);
    CD_CHECK(cd_announce(1, 2, 20) == CD_BUSY);
    CD_CHECK(cd_announce(3, 1, 20) == CD_ACCEPTED);
    CD_CHECK(cd_announce(3, 2, 20) == CD_BUSY); /* a third of the remaining two */
    CD_CHECK(cd_fix.native.sweeps);
    sweep_all();
    CD_CHECK(cd_announce(0, 1, 20) == CD_MALFORMED); /* no window */
    cd_fixture_end();
}

static void test_transfer_bytes(void)
{
    cd_limits limits = cd_fixture_limits;

    limits.transfers = 100;
    cd_fixture_begin_within(&limits);
    /* 1000 bytes in all, 500 of them, or one message, for one account. */
    CD_CHECK(cd_announce(1, 1, 900) == CD_ACCEPTED);
    CD_CHECK(cd_announce(2, 1, 20) == CD_BUSY);
    CD_CHECK(cd_announce(3, 1, 34) == CD_BUSY);
    CD_CHECK(cd_announce(3, 1, 33) == CD_ACCEPTED); /* a third of the remaining 100 */
    sweep_all();
    CD_CHECK(cd_announce(1, 1, 300) == CD_ACCEPTED);
    CD_CHECK(cd_announce(2, 1, 201) == CD_BUSY);
    CD_CHECK(cd_announce(2, 1, 200) == CD_ACCEPTED);
    CD_CHECK(cd_announce(3, 1, 251) == CD_BUSY); /* its only one, but a quarter stays free */
    CD_CHECK(cd_announce(3, 1, 250) == CD_ACCEPTED);
    CD_CHECK(cd_announce(1, 1, 300) == CD_MALFORMED); /* repeated: ends the transfer, */
    CD_CHECK(cd_announce(2, 2, 51) == CD_BUSY);
    CD_CHECK(cd_announce(2, 2, 50) == CD_ACCEPTED); /* and frees its share: a third of 750 */
    sweep_all();
    CD_CHECK(cd_announce(1, 1, 1001) == CD_TOO_LARGE);
    cd_fixture_end();
}

static void test_sweeping(void)
{
    cd_fixture_begin();
    CD_CHECK(cd_announce(1, 1, 20) == CD_ACCEPTED);
    CD_CHECK(cd_announce(3, 1, 20) == CD_ACCEPTED);
    cd_fix.gone = 1;
    CD_CHECK(cd_mailbox_sweep(cd_fix.mailbox));
    CD_CHECK(cd_fix.mailbox->contents.shares.used[CD_SHARE_TRANSFERS] == 1);
    cd_fix.seconds += 5;
    CD_CHECK(cd_mailbox_sweep(cd_fix.mailbox));
    CD_CHECK(cd_fix.mailbox->contents.shares.used[CD_SHARE_TRANSFERS] == 1);
    cd_fix.seconds += 1;
    CD_CHECK(!cd_mailbox_sweep(cd_fix.mailbox));
    cd_fix.native.sweeps = false;
    CD_CHECK(cd_announce(3, 1, 20) == CD_ACCEPTED);
    CD_CHECK(cd_fix.native.sweeps);
    cd_mailbox_close(cd_fix.mailbox);
    CD_CHECK(cd_fixture_empty());
    cd_fixture_end();
}

/* A frame of `count` of the smallest notifications. */
static cd_verdict notify_many(size_t count)
{
    static char frame[2 * (CD_READING_KEPT + 1) * CD_PACK_MAX];
    cd_draft one = {0};

    cd_draft_notification(&one, CD_FIXTURE_CHANNEL, "", 0);
    CD_CHECK(count * one.size <= sizeof frame);
    for (size_t i = 0; i < count; i++)
        memcpy(frame + i * one.size, one.bytes, one.size);
    return cd_mailbox_receive(cd_fix.mailbox, cd_fix.senders[1], frame, count * one.size);
}

/* The list of a frame of many messages is kept for the next one, and then given back. */
static void test_reading(void)
{
    cd_limits limits = cd_fixture_limits;
    const size_t many = CD_READING_KEPT + 1;

    limits.queue_messages = limits.sender_messages = many;
    limits.queue_bytes = limits.sender_bytes = limits.max_message = 1 << 20;
    cd_fixture_begin_within(&limits);
    const cd_messages *reading = &cd_fix.mailbox->reading;
    CD_CHECK(notify_many(CD_READING_KEPT / 2) == CD_ACCEPTED);
    CD_CHECK(!cd_fix.native.sweeps); /* a list of this size stays */
    cd_drain(CD_READING_KEPT / 2);
    for (int i = 0; i < 2; i++) {
        CD_CHECK(notify_many(many) == CD_ACCEPTED);
        CD_CHECK(cd_fix.native.sweeps && reading->capacity > CD_READING_KEPT);
        cd_drain(many);
        cd_fix.seconds += CD_SPARE_SECONDS;
        CD_CHECK(notify_many(1) == CD_ACCEPTED); /* does not need it */
        cd_drain(1);
        CD_CHECK(cd_mailbox_sweep(cd_fix.mailbox) && reading->capacity > CD_READING_KEPT);
        cd_fix.seconds += 1;
        cd_fix.native.sweeps = cd_mailbox_sweep(cd_fix.mailbox);
        CD_CHECK(!cd_fix.native.sweeps && reading->capacity == 0);
    }
    CD_CHECK(notify_many(many + 1) ==
             CD_TOO_LARGE); /* a frame that is not accepted leaves it too */
    CD_CHECK(cd_fix.native.sweeps);
    cd_fixture_end();
}

/* A message in two pieces. */
typedef struct parcel {
    cd_draft message, pieces[2];
} parcel;

static void cut(parcel *cutting, size_t first)
{
    cd_fragment piece = {5, 1, 2, cutting->message.size, cutting->message.bytes, first};

    cd_draft_fragment(&cutting->pieces[0], &piece);
    piece.index = 2;
    piece.bytes += first;
    piece.size = cutting->message.size - first;
    cd_draft_fragment(&cutting->pieces[1], &piece);
}

/* The second piece arrives when there is no room for it. */
static void test_busy_at_the_end(void)
{
    static const char body[100];
    parcel whole = {0};

    cd_fixture_begin();
    cd_draft_notification(&whole.message, CD_FIXTURE_CHANNEL, body, sizeof body);
    cut(&whole, 40);
    CD_CHECK(cd_receive(1, &whole.pieces[0]) == CD_ACCEPTED);
    CD_CHECK(cd_notify(1, 4, 50) == CD_ACCEPTED);
    CD_CHECK(cd_receive(1, &whole.pieces[1]) == CD_BUSY);
    CD_CHECK(cd_receive(1, &whole.pieces[1]) == CD_BUSY);
    CD_CHECK(cd_fix.mailbox->contents.shares.used[CD_SHARE_TRANSFERS] == 1);
    cd_drain(4);
    CD_CHECK(cd_receive(1, &whole.pieces[1]) == CD_ACCEPTED);
    CD_CHECK(cd_fix.mailbox->contents.shares.used[CD_SHARE_TRANSFERS] == 0 &&
             cd_fix.mailbox->contents.shares.used[CD_SHARE_BYTES] == whole.message.size);
    cd_drain(1);
    CD_CHECK(cd_receive(1, &whole.pieces[1]) == CD_MALFORMED); /* the transfer is over */
    cd_fixture_end();
}

/* A message in one piece, for which there is no room, and whose sender does not try again. */
static void test_gone_at_the_end(void)
{
    cd_draft message = {0}, piece = {0};

    cd_fixture_begin();
    cd_draft_notification(&message, CD_FIXTURE_CHANNEL, "", 0);
    cd_draft_fragment(&piece, &(cd_fragment){5, 1, 1, message.size, message.bytes, message.size});
    CD_CHECK(cd_notify(1, 4, 50) == CD_ACCEPTED);
    CD_CHECK(cd_receive(1, &piece) == CD_BUSY);
    CD_CHECK(cd_fix.native.sweeps);
    cd_fix.gone = 1;
    cd_mailbox_sweep(cd_fix.mailbox);
    cd_drain(4);
    cd_fixture_end();
}

/* Pieces of a wrong length, repeated, of two messages, or from another program with that key. */
static void test_wrong_pieces(void)
{
    static const char body[100];
    parcel one = {0}, other = {0}, two = {0};

    cd_fixture_begin();
    /* An answer, because it ends with a body: with a byte missing, it would still be one. */
    cd_draft_response(&one.message, 1, body, sizeof body);
    other.message = two.message = one.message;
    cut(&one, 40);
    cut(&other, 41);
    cd_draft_notification(&two.message, CD_FIXTURE_CHANNEL, body, 1);
    cut(&two, 40);
    const cd_draft *wrong[][2] = {
        {&one.pieces[0], &other.pieces[1]}, {&other.pieces[0], &one.pieces[1]},
        {&one.pieces[0], &one.pieces[0]},   {&one.pieces[0], &two.pieces[1]},
        {&two.pieces[0], &two.pieces[1]},
    };
    for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++) {
        CD_CHECK(cd_receive(1, wrong[i][0]) == CD_ACCEPTED);
        CD_CHECK(cd_receive(1, wrong[i][1]) == CD_MALFORMED);
        CD_CHECK(cd_fixture_empty());
    }
    cd_sender *first = cd_fix.senders[1];
    CD_CHECK(cd_receive(1, &one.pieces[0]) == CD_ACCEPTED);
    cd_fix.senders[1] = cd_native_sender(first->key, first->account + 10, true);
    CD_CHECK(cd_receive(1, &one.pieces[1]) == CD_MALFORMED);
    cd_native_host.release(cd_fix.senders[1]);
    cd_fix.senders[1] = first;
    CD_CHECK(cd_receive(1, &one.pieces[1]) == CD_ACCEPTED);
    CD_CHECK(cd_mailbox_ignored(cd_fix.mailbox) == 1);
    cd_fixture_end();
}

static void test_numbers(void)
{
    CD_CHECK(cd_limit_of(0) == 0);
    CD_CHECK(cd_limit_of(1.9) == 1);
    CD_CHECK(cd_limit_of(65536) == 65536);
    CD_CHECK(cd_limit_of((double)(SIZE_MAX / 2 + 1)) == SIZE_MAX / 2 + 1);
    CD_CHECK(cd_limit_of(2 * (double)(SIZE_MAX / 2 + 1)) == SIZE_MAX);
    CD_CHECK(cd_limit_of(ldexp(1, 70)) == SIZE_MAX);
    CD_CHECK(cd_limit_of(DBL_MAX) == SIZE_MAX);
    CD_CHECK(cd_limit_of(INFINITY) == SIZE_MAX);
    CD_CHECK(cd_fits(0, 0, 0) && cd_fits(SIZE_MAX - 1, 1, SIZE_MAX) && cd_fits(2, 0, 2));
    CD_CHECK(!cd_fits(SIZE_MAX, 1, SIZE_MAX) && !cd_fits(3, 0, 2) && !cd_fits(0, 3, 2));
}

int main(void)
{
    test_shares();
    test_fairness();
    test_taking();
    test_excess();
    test_answers();
    test_answers_aside();
    test_guesses();
    test_transfers();
    test_transfer_bytes();
    test_sweeping();
    test_reading();
    test_busy_at_the_end();
    test_gone_at_the_end();
    test_wrong_pieces();
    test_numbers();
    puts("fine");
    return 0;
}
