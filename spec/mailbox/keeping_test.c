/* SPDX-License-Identifier: MIT
 *
 * What becomes of what a mailbox took: who gets it, who is woken, and what happens to it when
 * nobody wants it any more.
 */
#include "fixture.h"

#include <stdio.h>
#include <string.h>

static intptr_t receive_raw(void)
{
    return cd_mailbox_receive_raw(cd_fix.mailbox, cd_fix.senders[1], 1, "raw", 3);
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
    CD_CHECK(cd_request_us(0) == CD_REFUSED); /* whom to answer? */
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

/* Puts back what it takes of each, when `change` has happened in between. Returns how many of them
 * are then there to be taken again. */
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

/* Returns how many of those that wait are there when `change` has happened. */
static size_t left_of_waiting(void (*change)(void))
{
    cd_fixture_begin();
    receive_each();
    change();
    size_t count = cd_fix.mailbox->contents.shares.used[CD_SHARE_MESSAGES];
    cd_drain(count);
    cd_fixture_end();
    return count;
}

static void change_nothing(void)
{
}

static void close_it(void)
{
    CD_CHECK(cd_mailbox_close(cd_fix.mailbox));
    CD_CHECK(!cd_mailbox_close(cd_fix.mailbox)); /* again: nothing */
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
    cd_mailbox_take_raw(cd_fix.mailbox, false, 0);
}

static void test_changes(void)
{
    static const struct {
        void (*change)(void);
        size_t left;
    } changes[] = {
        {change_nothing, 4}, {close_it, 0}, {leave, 2}, /* raw and the answer */
        {stop_serving, 3},   {stop_raw, 3},
    };

    for (size_t i = 0; i < sizeof changes / sizeof *changes; i++) {
        CD_CHECK(left_of_waiting(changes[i].change) == changes[i].left);
        CD_CHECK(left_of_returned(changes[i].change) == changes[i].left);
    }
}

/* What is put back comes first again, and counts. */
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

/* Who waits for a decision about a channel waits no longer when that is left. */
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
    CD_CHECK(cd_notify(1, 1, 50) == CD_ACCEPTED && wakes() == 0); /* not what it waits for */
    cd_drain(2);
    CD_CHECK(!cd_mailbox_ready(cd_fix.mailbox, CD_WANT_HANDLED));
    CD_CHECK(cd_notify(1, 1, 50) == CD_ACCEPTED && wakes() == 1);
    CD_CHECK(cd_notify(1, 1, 50) == CD_ACCEPTED && wakes() == 1); /* once */
    cd_drain(2);
    cd_mailbox_guard(cd_fix.mailbox, 0, true);
    CD_CHECK(!cd_mailbox_ready(cd_fix.mailbox, CD_WANT_HANDLED));
    CD_CHECK(cd_notify(1, 1, 50) == CD_BUSY && wakes() == 2); /* somebody to decide about */
    CD_CHECK(cd_mailbox_ready(cd_fix.mailbox, CD_ANSWER_ID));
    cd_mailbox_guard(cd_fix.mailbox, 0, false);
    CD_CHECK(!cd_mailbox_ready(cd_fix.mailbox, cd_fix.channel));
    cd_mailbox_close(cd_fix.mailbox);
    CD_CHECK(wakes() == 3);
    cd_fixture_end();
}

/* Whoever sends to a mailbox that is closed is told that nobody is there. */
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
    cd_mailbox_take_raw(cd_fix.mailbox, true, 1);
    CD_CHECK(receive_raw() == CD_UNHANDLED);
    cd_fixture_end();
}

int main(void)
{
    test_routes();
    test_changes();
    test_order();
    test_guard();
    test_waking();
    test_closed();
    puts("fine");
    return 0;
}
