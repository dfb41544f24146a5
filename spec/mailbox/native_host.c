/* SPDX-License-Identifier: MIT */
#include "native_host.h"

#include <stdio.h>
#include <stdlib.h>
#include <time.h>

void cd_native_fail(const char *what, const char *file, int line)
{
    fprintf(stderr, "%s:%d: does not hold: %s\n", file, line, what);
    abort();
}

void cd_native_open(cd_native *native)
{
    pthread_mutexattr_t kind;

    /* A mutex that a thread cannot lock twice, and that no other thread can unlock. */
    CD_CHECK(pthread_mutexattr_init(&kind) == 0);
    CD_CHECK(pthread_mutexattr_settype(&kind, PTHREAD_MUTEX_ERRORCHECK) == 0);
    CD_CHECK(pthread_mutex_init(&native->lock, &kind) == 0);
    CD_CHECK(pthread_mutexattr_destroy(&kind) == 0);
    CD_CHECK(sem_init(&native->wakes, 0, 0) == 0);
    native->sweeps = native->full = false;
    native->posts = 0;
}

void cd_native_close(cd_native *native)
{
    CD_CHECK(sem_destroy(&native->wakes) == 0);
    CD_CHECK(pthread_mutex_destroy(&native->lock) == 0);
}

static void lock(void *context)
{
    CD_CHECK(pthread_mutex_lock(&((cd_native *)context)->lock) == 0);
}

static void unlock(void *context)
{
    CD_CHECK(pthread_mutex_unlock(&((cd_native *)context)->lock) == 0);
}

/* Ends the program if this thread holds the lock. */
static void call_unlocked(void *context)
{
    lock(context);
    unlock(context);
}

static void wake(void *context)
{
    call_unlocked(context);
    CD_CHECK(sem_post(&((cd_native *)context)->wakes) == 0);
}

static void start_sweeping(void *context)
{
    call_unlocked(context);
    CD_CHECK(!atomic_exchange(&((cd_native *)context)->sweeps, true));
}

static struct timespec time_of(clockid_t clock)
{
    struct timespec time;

    clock_gettime(clock, &time);
    return time;
}

static cd_timestamp now(void)
{
    struct timespec time = time_of(CLOCK_REALTIME);

    return (cd_timestamp){time.tv_sec, (uint32_t)time.tv_nsec};
}

static double seconds(void)
{
    struct timespec time = time_of(CLOCK_MONOTONIC);

    return (double)time.tv_sec + (double)time.tv_nsec * 1e-9;
}

static bool next_numbers(uint32_t *numbers, size_t count)
{
    static atomic_uint last;

    for (size_t i = 0; i < count; i++)
        numbers[i] = ++last;
    return true;
}

static char lower(char c)
{
    return c >= 'A' && c <= 'Z' ? (char)(c + 'a' - 'A') : c;
}

static bool same_name(const char *a, size_t a_size, const char *b, size_t b_size)
{
    if (a_size != b_size)
        return false;
    for (size_t i = 0; i < a_size; i++)
        if (lower(a[i]) != lower(b[i]))
            return false;
    return true;
}

static bool never_gone(uint64_t key)
{
    (void)key;
    return false;
}

/* Senders ---------------------------------------------------------------------------------------*/

typedef struct counted {
    cd_sender sender; /* first, for the mailbox */
    atomic_int references;
    cd_sender *proven; /* the same sender, proven; NULL until it is needed */
} counted;

static atomic_int living;

cd_sender *cd_native_sender(uint64_t key, uint32_t account, bool answerable)
{
    counted *made = malloc(sizeof *made);

    CD_CHECK(made != NULL);
    made->sender = (cd_sender){.key = key, .account = account, .answerable = answerable};
    made->references = 1;
    made->proven = NULL;
    living++;
    return &made->sender;
}

int cd_native_senders(void)
{
    return living;
}

static void retain(cd_sender *sender)
{
    atomic_fetch_add_explicit(&((counted *)sender)->references, 1, memory_order_relaxed);
}

static void release(cd_sender *sender)
{
    counted *released = (counted *)sender;

    if (atomic_fetch_sub(&released->references, 1) > 1)
        return;
    if (released->proven != NULL)
        release(released->proven);
    living--;
    free(released);
}

uint64_t cd_native_token(const cd_sender *sender)
{
    return (sender->key << 32 | sender->account) ^ 0x5EED;
}

static cd_sender *prove(void *context, cd_sender *sender, uint64_t token)
{
    counted *known = (counted *)sender;

    call_unlocked(context);
    CD_CHECK(sender->provable && !sender->proven);
    if (token != cd_native_token(sender))
        return NULL;
    if (known->proven == NULL) {
        known->proven = cd_native_sender(sender->key, sender->account, sender->answerable);
        known->proven->provable = known->proven->proven = true;
    }
    return known->proven;
}

static bool challenge(void *context, cd_sender *sender, uint64_t nonce)
{
    cd_native *native = context;

    call_unlocked(context);
    CD_CHECK(sender->provable && sender->answerable);
    if (native->full)
        return false;
    native->posts++;
    native->nonce = nonce;
    return true;
}

const cd_host cd_native_host = {
    .lock = lock,
    .unlock = unlock,
    .wake = wake,
    .start_sweeping = start_sweeping,
    .prove = prove,
    .challenge = challenge,
    .now = now,
    .seconds = seconds,
    .random = next_numbers,
    .same_name = same_name,
    .gone = never_gone,
    .retain = retain,
    .release = release,
};
