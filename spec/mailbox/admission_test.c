/* SPDX-License-Identifier: MIT
 *
 * Tests src/mailbox/admission.h alone.
 */
#include "mailbox/admission.h"
#include "native_host.h"

#include <stdio.h>

#define MANY 1000

static cd_verdict check(cd_admission *admission, uint64_t key, uint32_t account, uint32_t channel)
{
    cd_sender *sender = cd_native_sender(key, account, true);
    cd_verdict verdict = cd_admission_check(admission, sender, channel);

    cd_native_host.release(sender);
    return verdict;
}

static void decide(cd_admission *admission, uint64_t key, uint32_t channel, bool allowed)
{
    const cd_sender sender = {.key = key, .account = 1};

    cd_admission_decide(admission, &sender, channel, allowed);
}

/* Decides about all waiting senders. Returns how many there were. */
static unsigned decide_all(cd_admission *admission, bool allowed)
{
    uint32_t channel;
    unsigned count = 0;

    for (cd_sender *sender; (sender = cd_admission_ask(admission, &channel)) != NULL; count++)
        cd_admission_decide(admission, sender, channel, allowed);
    return count;
}

static cd_admission begin(void)
{
    return (cd_admission){.host = &cd_native_host};
}

static void end(cd_admission *admission)
{
    cd_admission_forget(admission, 0);
    CD_CHECK(cd_native_senders() == 0);
}

static void test_decisions(void)
{
    uint32_t channel;
    cd_admission admission = begin();

    CD_CHECK(!cd_admission_waits(&admission));
    CD_CHECK(cd_admission_ask(&admission, &channel) == NULL);
    CD_CHECK(check(&admission, 1, 1, 5) == CD_BUSY);
    CD_CHECK(check(&admission, 1, 1, 5) == CD_BUSY);
    CD_CHECK(cd_native_senders() == 1 && cd_admission_waits(&admission));
    cd_sender *sender = cd_admission_ask(&admission, &channel);
    CD_CHECK(sender != NULL && sender->key == 1 && channel == 5);
    CD_CHECK(check(&admission, 1, 1, 5) == CD_BUSY); /* while the script is asked, once */
    CD_CHECK(!cd_admission_waits(&admission) && cd_admission_ask(&admission, &channel) == NULL);
    cd_admission_decide(&admission, sender, channel, true);
    CD_CHECK(!cd_admission_waits(&admission));
    CD_CHECK(check(&admission, 1, 1, 5) == CD_ACCEPTED);
    CD_CHECK(check(&admission, 1, 1, 6) == CD_BUSY); /* nothing decided for another channel, */
    CD_CHECK(check(&admission, 1, 2, 5) == CD_BUSY); /* or another program with that key */
    decide(&admission, 1, 5, false);
    CD_CHECK(check(&admission, 1, 1, 5) == CD_REFUSED);
    decide(&admission, 1, 5, false);
    CD_CHECK(check(&admission, 1, 1, 5) == CD_REFUSED);
    decide(&admission, 1, 5, true);
    CD_CHECK(check(&admission, 1, 1, 5) == CD_ACCEPTED);
    decide(&admission, 9, 5, true); /* an unknown sender */
    CD_CHECK(check(&admission, 9, 1, 5) == CD_BUSY);
    CD_CHECK(decide_all(&admission, false) == 3);
    cd_admission_forget(&admission, 5);
    CD_CHECK(check(&admission, 1, 1, 5) == CD_BUSY);
    CD_CHECK(check(&admission, 1, 1, 6) == CD_REFUSED);
    end(&admission);
}

/* A deferred sender gives up its place; the script is asked again when it sends again. */
static void test_deferred(void)
{
    uint32_t channel;
    cd_admission admission = begin();

    CD_CHECK(check(&admission, 1, 1, 5) == CD_BUSY);
    for (int i = 0; i < 3; i++) {
        const cd_sender *sender = cd_admission_ask(&admission, &channel);
        CD_CHECK(sender != NULL && sender->key == 1 && channel == 5);
        cd_admission_defer(&admission, sender, channel);
        CD_CHECK(cd_native_senders() == 0 && !cd_admission_waits(&admission));
        CD_CHECK(check(&admission, 1, 1, 5) == CD_BUSY);
        CD_CHECK(cd_admission_waits(&admission));
    }
    CD_CHECK(decide_all(&admission, true) == 1);
    const cd_sender decided = {.key = 1, .account = 1};
    cd_admission_defer(&admission, &decided, 5); /* too late: the decision stays */
    CD_CHECK(check(&admission, 1, 1, 5) == CD_ACCEPTED);
    cd_admission_defer(&admission, &decided, 6); /* nothing is known of it there */
    end(&admission);
}

/* Windows that do not exist are refused unasked; the script is asked about senders without one. */
static void test_nobody(void)
{
    cd_admission admission = begin();

    for (uint64_t key = 1; key <= MANY; key++)
        CD_CHECK(check(&admission, key, 0, 0) == CD_REFUSED);
    CD_CHECK(!cd_admission_waits(&admission));
    CD_CHECK(check(&admission, 0, 0, 0) == CD_BUSY);
    CD_CHECK(decide_all(&admission, true) == 1);
    CD_CHECK(check(&admission, 0, 0, 0) == CD_ACCEPTED);
    end(&admission);
}

/* Many other senders, undecided or forbidden. */
static void flood(cd_admission *admission, bool forbid)
{
    for (uint64_t key = 2 * MANY; key < 3 * MANY; key++) {
        cd_verdict verdict = check(admission, key, 1, 0);
        CD_CHECK(verdict != CD_ACCEPTED);
        if (forbid)
            decide_all(admission, false);
    }
}

static void test_room(void)
{
    cd_admission admission = begin();

    for (uint64_t key = 1; key <= CD_DECISIONS_KEPT; key++) {
        CD_CHECK(check(&admission, key, 1, 0) == CD_BUSY);
        CD_CHECK(decide_all(&admission, true) == 1);
    }
    flood(&admission, true);
    flood(&admission, false);
    CD_CHECK(cd_native_senders() == 2 * CD_DECISIONS_KEPT + CD_UNDECIDED_MOST);
    for (uint64_t key = 1; key <= CD_DECISIONS_KEPT; key++)
        CD_CHECK(check(&admission, key, 1, 0) == CD_ACCEPTED);
    CD_CHECK(decide_all(&admission, false) == CD_UNDECIDED_MOST);

    /* One more replaces the least recently seen. */
    CD_CHECK(check(&admission, 1, 1, 0) == CD_ACCEPTED);
    CD_CHECK(check(&admission, MANY, 1, 0) == CD_BUSY);
    CD_CHECK(decide_all(&admission, true) == 1);
    CD_CHECK(check(&admission, 2, 1, 0) == CD_BUSY);
    for (uint64_t key = 3; key <= CD_DECISIONS_KEPT; key++)
        CD_CHECK(check(&admission, key, 1, 0) == CD_ACCEPTED);
    CD_CHECK(check(&admission, 1, 1, 0) == CD_ACCEPTED);
    CD_CHECK(check(&admission, MANY, 1, 0) == CD_ACCEPTED);
    end(&admission);
}

int main(void)
{
    test_decisions();
    test_deferred();
    test_nobody();
    test_room();
    puts("fine");
    return 0;
}
