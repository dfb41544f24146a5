/* SPDX-License-Identifier: MIT
 *
 * Two threads at one mailbox, like those of an endpoint with a pump thread: one receives the
 * traffic of traffic.h, the other, the script's, takes messages, and joins, leaves and guards
 * channels at random. Runs under ThreadSanitizer. Every accepted message must be taken once, in the
 * order its sender sent it.
 *
 * threads_test [STEPS [SEED]]
 */
#include "mailbox/contents.h"
#include "native_host.h"
#include "traffic.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#define STEPS      200000 /* of the receiving thread */
#define BURST      8      /* messages that the script takes in a row, at most */
#define HELD       4      /* messages that it holds before it releases one */
#define AFTERWARDS 500    /* steps of the receiving thread after the mailbox is closed */

static const cd_limits limits = {
    .max_message = 1000 + CD_ENVELOPE_ROOM,
    .queue_messages = 64,
    .queue_bytes = 4000,
    .sender_messages = 24,
    .sender_bytes = 2000,
    .transfers = 4,
    .transfer_bytes = 2000,
    .transfer_silence = 0.001,
};

/* Shared by both threads. It does not synchronize them. */
static cd_native native;
static cd_mailbox *mailbox;
static _Atomic uint32_t asked[CD_ASKED];
static atomic_bool passing_gone, closed;
static sem_t first_part_done, second_part; /* for the receiving thread's two parts */

/* The script's own. */
static struct {
    uint32_t random;
    uint32_t steady, wavering; /* channels; 0: not joined */
    uint32_t taker;            /* of raw messages; 0: none */
    size_t waits;              /* how often it has asked to be woken */
    size_t woken;              /* how often it was */
    size_t answers;
    uint64_t ignored;                        /* unrequested answers, at the last check */
    cd_letters taken;                        /* from CD_STEADY */
    uint32_t newest[CD_SENDERS][CD_STREAMS]; /* serials */
    cd_item *held[HELD];
} script;

static bool gone(uint64_t key)
{
    return key == CD_KEY + CD_PASSING && atomic_load_explicit(&passing_gone, memory_order_relaxed);
}

static uint32_t below(uint32_t limit)
{
    return cd_random_below(&script.random, limit);
}

/* Only a few different numbers, so that they collide in the table of requests. */
static bool draw(uint32_t *numbers, size_t count)
{
    for (size_t i = 0; i < count; i++)
        numbers[i] = below(4 * CD_ASKED);
    return true;
}

/* The receiving thread --------------------------------------------------------------------------*/

typedef struct receiver {
    unsigned long steps;
    cd_traffic traffic;
} receiver;

static void *receive(void *argument)
{
    receiver *self = argument;

    for (unsigned long i = 0; i < self->steps; i++)
        cd_traffic_step(&self->traffic);
    CD_CHECK(sem_post(&first_part_done) == 0);
    CD_CHECK(sem_wait(&second_part) == 0);
    for (int after = 0; after < AFTERWARDS; after += atomic_load(&closed))
        cd_traffic_step(&self->traffic);
    return NULL;
}

/* The script: what it takes ---------------------------------------------------------------------*/

static void look_at(cd_item *item, uint32_t id)
{
    const cd_sender *sender = cd_item_origin(item)->sender;
    const cd_span body = item->message.body;
    cd_letter letter;

    if (id == CD_ANSWER_ID)
        script.answers++;
    if (sender->key == CD_KEY + CD_HOSTILE)
        return;
    CD_CHECK(body.size >= sizeof letter);
    memcpy(&letter, cd_item_bytes(item, body) + body.size - sizeof letter, sizeof letter);
    CD_CHECK(letter.sender < CD_SENDERS && letter.stream < CD_STREAMS);
    CD_CHECK(sender->key == (letter.sender == 0 ? 0 : CD_KEY + letter.sender));
    CD_CHECK(letter.serial > script.newest[letter.sender][letter.stream]);
    script.newest[letter.sender][letter.stream] = letter.serial;
    if (id == script.steady)
        cd_letters_add(&script.taken, letter);
}

/* Releases one of the held messages, and holds this one instead, if any. */
static void hold(cd_item *item)
{
    cd_item **place = &script.held[below(HELD)];

    if (*place != NULL)
        cd_mailbox_release(mailbox, *place);
    *place = item;
}

/* Takes up to BURST messages in a row, with nothing in between that would synchronize the threads.
 * Returns whether there was one that is not newer than `newest`. */
static bool take(uint32_t wanted, uint64_t newest)
{
    cd_item *items[BURST];
    uint32_t ids[BURST];
    size_t count = 0;

    while (count < BURST &&
           (items[count] = cd_mailbox_take(mailbox, wanted, newest, &ids[count])) != NULL)
        count++;
    const bool any = count > 0;
    if (any && !items[count - 1]->returned && below(10) == 0) {
        count--;
        cd_mailbox_return(mailbox, ids[count], items[count]);
    }
    for (size_t i = 0; i < count; i++) {
        CD_CHECK(items[i]->sequence <= newest);
        look_at(items[i], ids[i]);
        hold(items[i]);
    }
    return any;
}

static uint32_t any_wanted(void)
{
    const uint32_t wanted[] = {CD_WANT_HANDLED, CD_WANT_HANDLED, CD_ANSWER_ID, script.steady,
                               script.wavering != 0 ? script.wavering : CD_WANT_HANDLED};

    return wanted[below(5)];
}

static bool woken_within(long milliseconds)
{
    struct timespec until;

    clock_gettime(CLOCK_REALTIME, &until);
    until.tv_sec += milliseconds / 1000;
    until.tv_nsec += milliseconds % 1000 * 1000000;
    if (until.tv_nsec >= 1000000000) {
        until.tv_nsec -= 1000000000;
        until.tv_sec++;
    }
    int status;
    do
        status = sem_timedwait(&native.wakes, &until);
    while (status != 0 && errno == EINTR);
    script.woken += status == 0;
    return status == 0;
}

/* Waits for a message, but not for ever, since perhaps no sender sends what is wanted. If one is
 * there then, the script must have been woken. */
static void wait_for(uint32_t wanted)
{
    while (sem_trywait(&native.wakes) == 0) /* from earlier waits that ended without it */
        script.woken++;
    if (cd_mailbox_ready(mailbox, wanted))
        return;
    script.waits++;
    if (!woken_within(2) && cd_mailbox_ready(mailbox, wanted))
        CD_CHECK(woken_within(10000));
}

/* The script: its changes -----------------------------------------------------------------------*/

static void join_or_leave(void)
{
    size_t size;

    if (script.wavering == 0) {
        script.wavering = cd_mailbox_join(mailbox, CD_WAVERING, strlen(CD_WAVERING), true, false);
        CD_CHECK(script.wavering != 0);
        cd_mailbox_handle(mailbox, script.wavering, below(2) == 0);
        cd_mailbox_serve(mailbox, script.wavering, below(2) == 0);
        return;
    }
    CD_CHECK(cd_mailbox_find(mailbox, "WAVERING", 8) == script.wavering);
    CD_CHECK(cd_mailbox_name(mailbox, script.wavering, &size) != NULL && size == 8);
    CD_CHECK(cd_mailbox_leave(mailbox, script.wavering));
    CD_CHECK(!cd_mailbox_joined(mailbox, script.wavering));
    script.wavering = 0;
}

static void take_or_drop(void)
{
    const cd_raw_wanted any = {.kind = CD_RAW_COPYDATA, .answer = 1};

    if (script.taker != 0 && below(4) > 0) {
        cd_mailbox_handle(mailbox, script.taker, below(4) > 0);
        return;
    }
    cd_mailbox_drop_raw(mailbox, script.taker);
    script.taker = below(4) > 0 ? cd_mailbox_take_raw(mailbox, &any) : 0;
}

static void ask_or_end(void)
{
    _Atomic uint32_t *place = &asked[below(CD_ASKED)];
    uint32_t msgid = atomic_load_explicit(place, memory_order_relaxed);

    CD_CHECK(cd_mailbox_ignored(mailbox) >= script.ignored);
    script.ignored = cd_mailbox_ignored(mailbox);
    if (msgid != 0) {
        cd_mailbox_end(mailbox, msgid);
        msgid = 0;
    } else {
        msgid = cd_mailbox_ask(mailbox, CD_KEY + 1 + below(CD_SENDERS - 1), CD_STEADY,
                               strlen(CD_STEADY));
        CD_CHECK(msgid != 0);
    }
    atomic_store_explicit(place, msgid, memory_order_relaxed);
}

static void guard_or_not(void)
{
    const uint32_t guarded[] = {0, script.steady, script.wavering};

    cd_mailbox_guard(mailbox, guarded[below(3)], below(3) == 0);
}

static void decide(void)
{
    uint32_t channel;
    cd_sender *sender = cd_mailbox_undecided(mailbox, &channel);

    if (sender == NULL)
        return;
    if (below(4) > 0)
        cd_mailbox_decide(mailbox, sender, channel, below(4) > 0);
    else
        cd_mailbox_defer(mailbox, sender, channel);
    cd_native_host.release(sender);
}

static void step(void)
{
    const uint32_t what = below(40);

    if (what < 20)
        take(any_wanted(), below(2) == 0 ? UINT64_MAX : cd_mailbox_newest(mailbox) - below(10));
    else if (what < 26)
        decide();
    else if (what < 31)
        ask_or_end();
    else if (what < 34)
        guard_or_not();
    else if (what == 34)
        join_or_leave();
    else if (what == 35)
        cd_mailbox_serve(mailbox, script.wavering, below(2) == 0);
    else if (what == 36)
        cd_mailbox_handle(mailbox, script.wavering, below(2) == 0);
    else if (what == 37) {
        take_or_drop();
    } else if (what == 38)
        hold(NULL);
    else if (below(4) == 0)
        wait_for(any_wanted());
}

/* Both ------------------------------------------------------------------------------------------*/

static int compare(const void *a, const void *b)
{
    return memcmp(a, b, sizeof(cd_letter)); /* any order will do: each letter occurs once */
}

/* While the receiving thread pauses: takes all that is waiting, and compares. */
static void settle(const cd_traffic *traffic)
{
    cd_mailbox_guard(mailbox, 0, false);
    cd_mailbox_handle(mailbox, script.taker, true);
    if (script.wavering != 0)
        cd_mailbox_handle(mailbox, script.wavering, true);
    while (take(CD_WANT_HANDLED, UINT64_MAX)) {
    }
    for (size_t i = 0; i < HELD; i++) {
        if (script.held[i] != NULL)
            cd_mailbox_release(mailbox, script.held[i]);
        script.held[i] = NULL;
    }
    const cd_contents *contents = &mailbox->contents;
    CD_CHECK(contents->shares.used[CD_SHARE_MESSAGES] == 0 &&
             contents->shares.used[CD_SHARE_BYTES] == 0);
    CD_CHECK((contents->shares.first == NULL) == (contents->reassembly.first == NULL));

    const cd_letters *accepted = &traffic->accepted;
    CD_CHECK(script.taken.count == accepted->count);
    qsort(script.taken.list, script.taken.count, sizeof *accepted->list, compare);
    qsort(accepted->list, accepted->count, sizeof *accepted->list, compare);
    CD_CHECK(memcmp(script.taken.list, accepted->list, accepted->count * sizeof *accepted->list) ==
             0);
    CD_CHECK(script.answers + cd_mailbox_ignored(mailbox) == traffic->answers);
}

static void report(const cd_traffic *traffic)
{
    const size_t *verdicts = traffic->verdicts;

    printf("accepted %zu frames (busy %zu, refused %zu, malformed %zu, too large %zu, absent %zu, "
           "unproven %zu); "
           "compared %zu messages, %zu answers; waited %zu times, woken %zu\n",
           verdicts[CD_ACCEPTED], verdicts[CD_BUSY], verdicts[CD_REFUSED], verdicts[CD_MALFORMED],
           verdicts[CD_TOO_LARGE], verdicts[CD_ABSENT], verdicts[CD_UNPROVEN], script.taken.count,
           script.answers, script.waits, script.woken);
    for (size_t verdict = CD_ACCEPTED; verdict <= CD_UNPROVEN; verdict++)
        CD_CHECK(verdict == CD_TOO_LARGE || verdicts[verdict] > 0); /* the traffic has them all */
}

int main(int count, char **arguments)
{
    pthread_t thread;
    static receiver other;
    cd_host host = cd_native_host;

    host.gone = gone;
    host.random = draw;
    script.random = count > 2 ? (uint32_t)strtoul(arguments[2], NULL, 10) : 1;
    cd_native_open(&native);
    CD_CHECK(sem_init(&first_part_done, 0, 0) == 0 && sem_init(&second_part, 0, 0) == 0);
    mailbox = cd_mailbox_new(&host, &native, &limits);
    CD_CHECK(mailbox != NULL);
    script.steady = cd_mailbox_join(mailbox, CD_STEADY, strlen(CD_STEADY), true, false);
    cd_mailbox_handle(mailbox, script.steady, true);
    cd_mailbox_serve(mailbox, script.steady, true);
    other.steps = count > 1 ? strtoul(arguments[1], NULL, 10) : STEPS;
    other.traffic = (cd_traffic){
        .mailbox = mailbox,
        .sweeps = &native.sweeps,
        .asked = asked,
        .gone = &passing_gone,
        .random = script.random + 1,
    };
    cd_traffic_begin(&other.traffic);
    CD_CHECK(pthread_create(&thread, NULL, receive, &other) == 0);

    while (sem_trywait(&first_part_done) != 0)
        step();
    settle(&other.traffic);
    CD_CHECK(sem_post(&second_part) == 0);
    for (int i = 0; i < AFTERWARDS; i++)
        step();
    cd_mailbox_close(mailbox);
    atomic_store(&closed, true);
    for (size_t i = 0; i < HELD; i++)
        if (script.held[i] != NULL)
            cd_mailbox_return(mailbox, script.steady, script.held[i]);
    CD_CHECK(!take(CD_WANT_HANDLED, UINT64_MAX));
    CD_CHECK(pthread_join(thread, NULL) == 0);
    report(&other.traffic);

    int due;
    CD_CHECK(sem_getvalue(&native.wakes, &due) == 0);
    CD_CHECK(script.woken + (size_t)due <= script.waits);
    cd_mailbox_free(mailbox);
    cd_traffic_end(&other.traffic);
    free(script.taken.list);
    CD_CHECK(cd_native_senders() == 0);
    cd_native_close(&native);
    return 0;
}
