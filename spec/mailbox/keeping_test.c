/* SPDX-License-Identifier: MIT
 *
 * What becomes of messages in a mailbox: which taker gets them, whom they wake, and what happens to
 * those that are no longer wanted.
 */
#include "fixture.h"

#include <stdio.h>
#include <string.h>

/* Returns the sender's answer. */
static intptr_t send_raw(size_t who, cd_raw_kind kind, uintptr_t tag)
{
    intptr_t answer;
    bool taken =
        cd_mailbox_receive_raw(cd_fix.mailbox, cd_fix.senders[who], kind, tag, "raw", 3, &answer);

    CD_CHECK(taken || answer == CD_UNHANDLED);
    return answer;
}

static intptr_t receive_raw(void)
{
    return send_raw(1, CD_RAW_COPYDATA, 1);
}

static uint32_t join(bool listen)
{
    return cd_mailbox_join(cd_fix.mailbox, CD_FIXTURE_CHANNEL, strlen(CD_FIXTURE_CHANNEL), listen,
                           false);
}

/* Who gets it -----------------------------------------------------------------------------------*/

static void test_routes(void)
{
    cd_draft draft = {0};

    cd_fixture_begin();
    cd_draft_notification(&draft, "CHANNEL", "", 0);
    CD_CHECK(cd_receive(1, &draft) == CD_ACCEPTED);
    cd_draft_notification(&draft, "elsewhere", "", 0);
    CD_CHECK(cd_receive(1, &draft) == CD_ABSENT);
    cd_draft_notification(&draft, "", "", 0);
    CD_CHECK(cd_receive(1, &draft) == CD_ABSENT);
    CD_CHECK(cd_request_us(1) == CD_ACCEPTED);
    CD_CHECK(cd_request_us(0) == CD_REFUSED); /* no window to answer to */
    cd_mailbox_serve(cd_fix.mailbox, cd_fix.channel, false);
    CD_CHECK(cd_request_us(1) == CD_REFUSED);
    cd_drain(1);
    CD_CHECK(cd_mailbox_leave(cd_fix.mailbox, cd_fix.channel));
    CD_CHECK(cd_notify(1, 1, 50) == CD_ABSENT);
    cd_fix.channel = join(false);
    CD_CHECK(cd_notify(1, 1, 50) == CD_ABSENT);
    CD_CHECK(!cd_mailbox_leave(cd_fix.mailbox, cd_fix.channel));
    cd_fixture_end();
}

/* Of several takers, the most specific one gets a message, which waits for it alone. */
static void test_takers(void)
{
    static const cd_raw_wanted wanted[] = {
        {.kind = CD_RAW_COPYDATA, .tagged = true, .tag = 7, .answer = 10},
        {.kind = CD_RAW_COPYDATA, .window = 2, .answer = 11},
        {.kind = CD_RAW_COPYDATA, .window = 2, .tagged = true, .tag = 7, .answer = 12},
        {.kind = CD_RAW_MESSAGE, .tagged = true, .tag = 7, .answer = 13},
        {.kind = CD_RAW_COPYDATA,
         .account = 2,
         .tagged = true,
         .tag = 8,
         .asked = true,
         .answer = 14},
        {.kind = CD_RAW_COPYDATA, .account = 2, .asked = true, .answer = 15},
    };
    static const struct {
        size_t who;
        cd_raw_kind kind;
        uintptr_t tag;
        size_t taker; /* an index into `wanted`; past its end: the fixture's, which takes all */
        intptr_t answer;
    } sent[] = {
        {1, CD_RAW_COPYDATA, 7, 0, 10}, {1, CD_RAW_COPYDATA, 9, 6, CD_FIXTURE_ANSWER},
        {2, CD_RAW_COPYDATA, 9, 1, 11}, {2, CD_RAW_COPYDATA, 7, 2, 12},
        {0, CD_RAW_MESSAGE, 7, 3, 13},  {3, CD_RAW_COPYDATA, 8, 4, 14},
        {3, CD_RAW_COPYDATA, 7, 5, 15}, {0, CD_RAW_COPYDATA, 8, 4, 14}, /* names no window */
    };
    const size_t count = sizeof wanted / sizeof wanted[0];
    uint32_t ids[sizeof wanted / sizeof wanted[0] + 1];
    uint32_t id;

    cd_fixture_begin();
    for (size_t i = 0; i < count; i++) {
        ids[i] = cd_mailbox_take_raw(cd_fix.mailbox, &wanted[i]);
        CD_CHECK(ids[i] != 0);
    }
    ids[count] = cd_fix.taker;
    CD_CHECK(send_raw(0, CD_RAW_MESSAGE, 8) == CD_UNHANDLED);
    for (size_t i = 0; i < sizeof sent / sizeof sent[0]; i++) {
        CD_CHECK(send_raw(sent[i].who, sent[i].kind, sent[i].tag) == sent[i].answer);
        cd_item *item = cd_mailbox_take(cd_fix.mailbox, CD_WANT_HANDLED, UINT64_MAX, &id);
        CD_CHECK(item != NULL && id == ids[sent[i].taker]);
        cd_mailbox_release(cd_fix.mailbox, item);
    }
    CD_CHECK(send_raw(1, CD_RAW_COPYDATA, 7) == 10);
    cd_mailbox_handle(cd_fix.mailbox, ids[0], false);
    CD_CHECK(cd_take(CD_WANT_HANDLED) == NULL);
    CD_CHECK(send_raw(1, CD_RAW_COPYDATA, 6) == CD_FIXTURE_ANSWER); /* others continue */
    cd_drain(1);
    cd_mailbox_drop_raw(cd_fix.mailbox, ids[0]); /* with its waiting messages */
    CD_CHECK(cd_fixture_empty());
    CD_CHECK(send_raw(1, CD_RAW_COPYDATA, 7) == CD_FIXTURE_ANSWER);
    cd_drain(1);

    /* The guard is asked about other messages, but not about an expected reply. */
    cd_mailbox_guard(cd_fix.mailbox, 0, true);
    CD_CHECK(send_raw(3, CD_RAW_COPYDATA, 8) == 14);
    CD_CHECK(send_raw(2, CD_RAW_COPYDATA, 7) == CD_UNHANDLED);
    cd_drain(1);
    CD_CHECK(cd_mailbox_raw_seen(cd_fix.mailbox) == 12); /* all that this test sent */
    cd_fixture_end();
}

/* Ids start again when they are used up, and skip those in use. */
static void test_taker_ids(void)
{
    const cd_raw_wanted any = {.kind = CD_RAW_COPYDATA};
    cd_takers takers = {.last = CD_TAKER_IDS - 2};
    cd_taker *before = cd_takers_add(&takers, &any);
    cd_taker *first = cd_takers_add(&takers, &any);

    CD_CHECK(before->id == CD_TAKER_FIRST + CD_TAKER_IDS - 1 && before->id != CD_ANSWER_ID);
    CD_CHECK(first->id == CD_TAKER_FIRST);
    takers.last = CD_TAKER_IDS - 1;
    cd_taker *next = cd_takers_add(&takers, &any);
    CD_CHECK(next->id == CD_TAKER_FIRST + 1);
    while (takers.first != NULL)
        cd_takers_remove(&takers, takers.first);
}

/* Putting back and dropping ---------------------------------------------------------------------*/

/* One of each: a notification, a request, a raw message, an answer. */
static void receive_each(void)
{
    cd_draft draft = {0};

    CD_CHECK(cd_notify(1, 1, 50) == CD_ACCEPTED);
    CD_CHECK(cd_request_us(1) == CD_ACCEPTED);
    CD_CHECK(receive_raw() == CD_FIXTURE_ANSWER);
    cd_draft_response(&draft, cd_ask(1), "!", 1);
    CD_CHECK(cd_receive(1, &draft) == CD_ACCEPTED);
}

/* Takes and releases all messages that wait. Returns how many there were. */
static size_t take_all(void)
{
    size_t count = 0;

    for (cd_item *item; (item = cd_take(CD_WANT_HANDLED)) != NULL; count++)
        cd_mailbox_release(cd_fix.mailbox, item);
    return count;
}

/* Takes one of each, makes the change and puts them back. Returns how many can be taken again. */
static size_t left_of_returned(void (*change)(void))
{
    cd_item *items[4];
    uint32_t ids[4];
    size_t count = 0;

    cd_fixture_begin();
    receive_each();
    for (size_t i = 0; i < 4; i++) {
        items[i] = cd_mailbox_take(cd_fix.mailbox, CD_WANT_HANDLED, UINT64_MAX, &ids[i]);
        CD_CHECK(items[i] != NULL);
    }
    change();
    for (size_t i = 4; i-- > 0;)
        cd_mailbox_return(cd_fix.mailbox, ids[i], items[i]);
    for (cd_item *item; (item = cd_take(CD_WANT_HANDLED)) != NULL; count++) {
        CD_CHECK(item->returned);
        cd_mailbox_release(cd_fix.mailbox, item);
    }
    cd_fixture_end();
    return count;
}

/* Makes the change while one of each is waiting. Returns how many are left. */
static size_t left_of_waiting(void (*change)(void))
{
    cd_fixture_begin();
    receive_each();
    change();
    size_t count = take_all();
    cd_fixture_end();
    return count;
}

static void change_nothing(void)
{
}

static void close_it(void)
{
    CD_CHECK(cd_mailbox_close(cd_fix.mailbox));
    CD_CHECK(!cd_mailbox_close(cd_fix.mailbox)); /* again: no effect */
}

static void leave(void)
{
    CD_CHECK(cd_mailbox_leave(cd_fix.mailbox, cd_fix.channel));
    CD_CHECK(join(true) != cd_fix.channel);
}

static void stop_serving(void)
{
    cd_mailbox_serve(cd_fix.mailbox, cd_fix.channel, false);
}

static void stop_raw(void)
{
    cd_mailbox_drop_raw(cd_fix.mailbox, cd_fix.taker);
    cd_mailbox_drop_raw(cd_fix.mailbox, cd_fix.taker); /* again: no effect */
}

static void test_changes(void)
{
    static const struct {
        void (*change)(void);
        size_t left;
    } changes[] = {
        {change_nothing, 4}, {close_it, 0}, {leave, 2}, /* the raw message and the answer */
        {stop_serving, 3},   {stop_raw, 3},
    };

    for (size_t i = 0; i < sizeof changes / sizeof *changes; i++) {
        CD_CHECK(left_of_waiting(changes[i].change) == changes[i].left);
        CD_CHECK(left_of_returned(changes[i].change) == changes[i].left);
    }
}

/* A message that is put back is the first again, and counts again. */
static void test_order(void)
{
    uint32_t id;

    cd_fixture_begin();
    CD_CHECK(cd_notify(1, 4, 50) == CD_ACCEPTED);
    cd_item *first = cd_mailbox_take(cd_fix.mailbox, cd_fix.channel, UINT64_MAX, &id);
    uint64_t sequence = first->sequence;
    CD_CHECK(!first->returned);
    cd_mailbox_return(cd_fix.mailbox, id, first);
    CD_CHECK(cd_fix.mailbox->contents.shares.used[CD_SHARE_MESSAGES] == 4);
    for (uint64_t i = 0; i < 4; i++) {
        cd_item *item = cd_mailbox_take(cd_fix.mailbox, cd_fix.channel, UINT64_MAX, &id);
        CD_CHECK(item->sequence == sequence + i);
        cd_mailbox_release(cd_fix.mailbox, item);
    }
    CD_CHECK(cd_notify(1, 1, 50) == CD_ACCEPTED);
    uint64_t newest = cd_mailbox_newest(cd_fix.mailbox);
    CD_CHECK(cd_mailbox_take(cd_fix.mailbox, cd_fix.channel, newest - 1, &id) == NULL);
    cd_drain(1);
    cd_fixture_end();
}

/* No sender waits for a decision about a channel that was left. */
static void test_guard(void)
{
    uint32_t id;

    cd_fixture_begin();
    cd_mailbox_guard(cd_fix.mailbox, cd_fix.channel, true);
    CD_CHECK(cd_notify(1, 1, 50) == CD_BUSY);
    cd_sender *sender = cd_mailbox_undecided(cd_fix.mailbox, &id);
    CD_CHECK(sender == cd_fix.senders[1] && id == cd_fix.channel);
    cd_mailbox_decide(cd_fix.mailbox, sender, id, true);
    cd_native_host.release(sender);
    CD_CHECK(cd_notify(1, 1, 50) == CD_ACCEPTED);
    CD_CHECK(cd_notify(3, 1, 50) == CD_BUSY);
    cd_mailbox_leave(cd_fix.mailbox, cd_fix.channel);
    CD_CHECK(cd_mailbox_undecided(cd_fix.mailbox, &id) == NULL);
    cd_fixture_end();
}

/* Waking ----------------------------------------------------------------------------------------*/

static int wakes(void)
{
    int count;

    CD_CHECK(sem_getvalue(&cd_fix.native.wakes, &count) == 0);
    return count;
}

static void test_waking(void)
{
    cd_fixture_begin();
    CD_CHECK(cd_notify(1, 1, 50) == CD_ACCEPTED);
    CD_CHECK(cd_mailbox_ready(cd_fix.mailbox, CD_WANT_HANDLED) && wakes() == 0);
    CD_CHECK(!cd_mailbox_ready(cd_fix.mailbox, CD_ANSWER_ID));
    CD_CHECK(cd_notify(1, 1, 50) == CD_ACCEPTED && wakes() == 0); /* not what is waited for */
    cd_drain(2);
    CD_CHECK(!cd_mailbox_ready(cd_fix.mailbox, CD_WANT_HANDLED));
    CD_CHECK(cd_notify(1, 1, 50) == CD_ACCEPTED && wakes() == 1);
    CD_CHECK(cd_notify(1, 1, 50) == CD_ACCEPTED && wakes() == 1); /* once */
    cd_drain(2);
    cd_mailbox_guard(cd_fix.mailbox, 0, true);
    CD_CHECK(!cd_mailbox_ready(cd_fix.mailbox, CD_WANT_HANDLED));
    CD_CHECK(cd_notify(1, 1, 50) == CD_BUSY && wakes() == 2); /* a sender to decide about */
    CD_CHECK(cd_mailbox_ready(cd_fix.mailbox, CD_ANSWER_ID));
    cd_mailbox_guard(cd_fix.mailbox, 0, false);
    CD_CHECK(!cd_mailbox_ready(cd_fix.mailbox, cd_fix.channel));
    cd_mailbox_close(cd_fix.mailbox);
    CD_CHECK(wakes() == 3);
    cd_fixture_end();
}

/* Senders to a closed mailbox get ABSENT. */
static void test_closed(void)
{
    uint32_t id;

    cd_fixture_begin();
    cd_mailbox_guard(cd_fix.mailbox, 0, true);
    cd_mailbox_close(cd_fix.mailbox);
    CD_CHECK(cd_notify(1, 1, 50) == CD_ABSENT);
    cd_mailbox_guard(cd_fix.mailbox, 0, true);
    CD_CHECK(cd_notify(1, 1, 50) == CD_ABSENT);
    CD_CHECK(cd_announce(1, 1, 50) == CD_ABSENT);
    CD_CHECK(receive_raw() == CD_UNHANDLED);
    CD_CHECK(cd_mailbox_undecided(cd_fix.mailbox, &id) == NULL);
    CD_CHECK(!cd_mailbox_ready(cd_fix.mailbox, CD_WANT_HANDLED));
    CD_CHECK(join(true) == 0);
    CD_CHECK(cd_ask(1) == 0);
    const cd_raw_wanted any = {.kind = CD_RAW_COPYDATA, .answer = 1};
    CD_CHECK(cd_mailbox_take_raw(cd_fix.mailbox, &any) == 0);
    CD_CHECK(receive_raw() == CD_UNHANDLED);
    cd_fixture_end();
}

int main(void)
{
    test_routes();
    test_takers();
    test_taker_ids();
    test_changes();
    test_order();
    test_guard();
    test_waking();
    test_closed();
    puts("fine");
    return 0;
}
