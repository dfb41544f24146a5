/* SPDX-License-Identifier: MIT
 *
 * A host for mailboxes on a system without Windows: for tests, the fuzzer and the bench. The lock
 * is a mutex, senders are made up, and whoever wants another clock or other random numbers takes a
 * copy of cd_native_host and replaces these.
 *
 * A mailbox that breaks the contract of mailbox/host.h ends the program with a line that says so.
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
    sem_t wakes;        /* posted by each */
    atomic_bool sweeps; /* the host was asked to sweep; whoever sweeps clears it */
    bool full;          /* no sender can be posted anything */
    unsigned posts;     /* how many tokens were posted, */
    uint64_t nonce;     /* the last with this nonce */
} cd_native;

void cd_native_open(cd_native *native);
void cd_native_close(cd_native *native);

/*
 * The context is a cd_native. Channels are compared without the case of ASCII; random numbers are
 * the next ones of a sequence; nobody is ever gone; clocks are the system's.
 */
extern const cd_host cd_native_host;

/* A sender, with one reference, which host.release gives back. It cannot prove who it is, unless
 * `provable` is set. */
cd_sender *cd_native_sender(uint64_t key, uint32_t account, bool answerable);

/* What would be posted to it. */
uint64_t cd_native_token(const cd_sender *sender);

/* How many senders there are. */
int cd_native_senders(void);

/* Ends the program, saying what did not hold, unless it does. */
#define CD_CHECK(condition) ((condition) ? (void)0 : cd_native_fail(#condition, __FILE__, __LINE__))
_Noreturn void cd_native_fail(const char *what, const char *file, int line);

#endif
