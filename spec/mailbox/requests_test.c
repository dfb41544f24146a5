/* SPDX-License-Identifier: MIT
 *
 * Tests src/mailbox/requests.h alone, with random numbers of the test's choice.
 */
#include "mailbox/requests.h"
#include "native_host.h"

#include <stdio.h>
#include <string.h>

#define PEER 7

/* The random numbers: these, then 1001, 1002 and so on; none if `count` is 0. */
static struct {
    const uint32_t *numbers;
    size_t count;
    uint32_t next;
} chosen;

static bool draw(uint32_t *numbers, size_t count)
{
    if (chosen.count == 0)
        return false;
    for (size_t i = 0; i < count; i++) /* the caller uses the last first */
        numbers[count - 1 - i] = i < chosen.count ? chosen.numbers[i] : ++chosen.next;
    return true;
}

static cd_host host; /* its random numbers are these */

static cd_requests begin(const uint32_t *numbers, size_t count)
{
    chosen.numbers = numbers;
    chosen.count = count;
    chosen.next = 1000;
    host = cd_native_host;
    host.random = draw;
    return (cd_requests){.host = &host};
}

static void test_answers(void)
{
    const uint32_t numbers[] = {5, 6};
    cd_requests requests = begin(numbers, 2);

    CD_CHECK(!cd_requests_answer(&requests, 5, PEER)); /* there is no table yet */
    cd_requests_undo(&requests, 5);
    cd_requests_end(&requests, 5);
    CD_CHECK(cd_requests_add(&requests, PEER, false) == 5);
    CD_CHECK(cd_requests_add(&requests, PEER + 1, false) == 6);
    CD_CHECK(!cd_requests_answer(&requests, 5, PEER + 1)); /* not from the peer that was asked */
    CD_CHECK(!cd_requests_answer(&requests, 7, PEER));
    CD_CHECK(!cd_requests_answer(&requests, 0, 0)); /* marks a free slot, so not a request */
    CD_CHECK(requests.ignored == 4);
    CD_CHECK(cd_requests_answer(&requests, 5, PEER));
    CD_CHECK(!cd_requests_answer(&requests, 5, PEER)); /* once */
    cd_requests_undo(&requests, 5);
    CD_CHECK(cd_requests_answer(&requests, 5, PEER));
    cd_requests_end(&requests, 5);
    CD_CHECK(!cd_requests_answer(&requests, 5, PEER)); /* over */
    cd_requests_end(&requests, 5);
    cd_requests_undo(&requests, 5);
    CD_CHECK(cd_requests_answer(&requests, 6, PEER + 1));
    CD_CHECK(requests.count == 1 && requests.ignored == 6);
    cd_requests_free(&requests);
    CD_CHECK(!cd_requests_answer(&requests, 6, PEER + 1));
}

/* Skips 0, which is not an id, and ids in use. */
static void test_draws(void)
{
    const uint32_t numbers[] = {9, 0, 9, 0, 0, 10, 9, 10};
    cd_requests requests = begin(numbers, 8);

    CD_CHECK(cd_requests_add(&requests, PEER, false) == 9);
    CD_CHECK(cd_requests_add(&requests, PEER, false) == 10);
    CD_CHECK(cd_requests_add(&requests, PEER, false) == 1001);
    cd_requests_free(&requests);

    requests = begin(NULL, 0);
    CD_CHECK(cd_requests_add(&requests, PEER, false) == 0);
    CD_CHECK(requests.count == 0);
    chosen.numbers = numbers;
    chosen.count = 1;
    CD_CHECK(cd_requests_add(&requests, PEER, false) == 9); /* as soon as there are numbers */
    cd_requests_free(&requests);
}

/* All ids belong in the last slot of the table, so they wrap around its end. */
static void test_collisions(void)
{
    uint32_t numbers[7];
    const size_t count = sizeof numbers / sizeof *numbers;

    for (size_t i = 0; i < count; i++)
        numbers[i] = 0x0f + 0x10000 * (uint32_t)i;
    for (size_t gone = 0; gone < count; gone++) {
        cd_requests requests = begin(numbers, count);
        for (size_t i = 0; i < count; i++)
            CD_CHECK(cd_requests_add(&requests, i, false) == numbers[i]);
        cd_requests_end(&requests, numbers[gone]);
        for (size_t i = 0; i < count; i++)
            CD_CHECK(cd_requests_answer(&requests, numbers[i], i) == (i != gone));
        CD_CHECK(requests.count == count - 1);
        cd_requests_free(&requests);
    }
}

static void test_most(void)
{
    const uint32_t first = 1;
    cd_requests requests = begin(&first, 1);

    for (size_t i = 0; i < CD_REQUESTS_MOST; i++)
        CD_CHECK(cd_requests_add(&requests, PEER, false) != 0);
    CD_CHECK(cd_requests_add(&requests, PEER, false) == 0);
    cd_requests_end(&requests, first);
    CD_CHECK(cd_requests_add(&requests, PEER, false) != 0);
    CD_CHECK(cd_requests_add(&requests, PEER, false) == 0);
    for (uint32_t msgid = chosen.next; msgid > 1000; msgid--)
        cd_requests_end(&requests, msgid);
    CD_CHECK(requests.count == 0 && requests.capacity == 0); /* a large table is given back */
    CD_CHECK(cd_requests_add(&requests, PEER, false) != 0);
    cd_requests_free(&requests);
}

/* Adds, answers and ends in any order, with ids that often share a slot, and compares with a plain
 * array. */
static void test_many(void)
{
    enum { NUMBERS = 4096, STEPS = 400000 };
    static struct {
        bool used, answered;
        uint64_t peer;
    } model[NUMBERS];
    static uint32_t number;
    uint32_t random = 1;
    size_t count = 0;
    cd_requests requests = begin(&number, 1);

    for (int step = 0; step < STEPS; step++) {
        random = random * 1664525 + 1013904223;
        /* A small table uses three of the bits. */
        number = (random >> 8) % NUMBERS & ~0x38u;
        const uint64_t peer = random >> 29;
        switch (random >> 20 & 3) {
        case 0:
        case 1:
            if (number == 0 || model[number].used || count > 1000)
                break;
            requests.drawn = 0; /* so that this number is the next id */
            CD_CHECK(cd_requests_add(&requests, peer, false) == number);
            model[number].used = true;
            model[number].answered = false;
            model[number].peer = peer;
            count++;
            break;
        case 2: {
            bool expected =
                model[number].used && !model[number].answered && model[number].peer == peer;
            CD_CHECK(cd_requests_answer(&requests, number, peer) == expected);
            model[number].answered |= expected;
            break;
        }
        default:
            cd_requests_end(&requests, number);
            count -= model[number].used;
            model[number].used = false;
        }
        CD_CHECK(requests.count == count);
    }
    cd_requests_free(&requests);
}

int main(void)
{
    test_answers();
    test_draws();
    test_collisions();
    test_most();
    test_many();
    puts("fine");
    return 0;
}
