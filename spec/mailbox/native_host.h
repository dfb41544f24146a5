/* SPDX-License-Identifier: MIT
 *
 * A host for mailboxes on a system without Windows: for tests, the fuzzer and the bench. The lock
 * is a mutex, and senders are made up. For another clock or other random numbers, copy
 * cd_native_host and replace its functions.
 *
 * If a mailbox breaks the contract of mailbox/host.h, the program ends and prints how.
 */
#ifndef COPYDATA_NATIVE_HOST_H
#define COPYDATA_NATIVE_HOST_H

#include "mailbox/host.h"

#include <pthread.h>
#include <semaphore.h>
#include <stdatomic.h>

/* What belongs to one mailbox: its context. */
typedef struct cd_native {
    pthread_mutex_t lock;
    sem_t wakes;        /* posted once for each */
    atomic_bool sweeps; /* the host was asked to sweep; the sweeping code clears it */
    bool full;          /* nothing can be posted to any sender */
    unsigned posts;     /* how many tokens were posted, */
    uint64_t nonce;     /* the last of them with this nonce */
} cd_native;

void cd_native_open(cd_native *native);
void cd_native_close(cd_native *native);

/*
 * The context is a cd_native. Channels are compared without ASCII case; random numbers are the next
 * ones of a sequence; no sender is ever gone; the clocks are the system's.
 */
extern const cd_host cd_native_host;

/* Makes a sender with one reference, which host.release gives back. It cannot prove who it is
 * unless `provable` is set. */
cd_sender *cd_native_sender(uint64_t key, uint32_t account, bool answerable);

/* The token that would be posted to it. */
uint64_t cd_native_token(const cd_sender *sender);

/* How many senders there are. */
int cd_native_senders(void);

/* Ends the program and prints the condition, unless it holds. */
#define CD_CHECK(condition) ((condition) ? (void)0 : cd_native_fail(#condition, __FILE__, __LINE__))
_Noreturn void cd_native_fail(const char *what, const char *file, int line);

#endif
