/* SPDX-License-Identifier: MIT
 *
 * The pending requests of an endpoint: which answers are expected, and from which peers. An
 * unexpected answer is dropped on arrival and costs nothing.
 *
 * Request numbers are random, so that only the peer that was asked can answer. Unexpected answers
 * may be late ones, or guesses by a program that forges the peer's window: too many in a short time
 * make the receiving side wary, so that no program can try all the numbers.
 */
#ifndef COPYDATA_MAILBOX_REQUESTS_H
#define COPYDATA_MAILBOX_REQUESTS_H

#include "host.h"

#define CD_REQUESTS_MOST    65535 /* pending at the same time */
#define CD_REQUESTS_NUMBERS 64    /* drawn at once */
#define CD_REQUESTS_KEPT    1024  /* largest table kept when nothing is pending */

#define CD_STRAYS_AT_ONCE 64           /* unexpected answers before the endpoint is wary, */
#define CD_STRAY_PAUSE    (1.0 / 16.0) /* and seconds until one more may arrive */

typedef struct cd_request {
    uint32_t msgid; /* 0: none */
    bool answered;  /* a second answer is unexpected */
    bool guarded;   /* its answer must be proven, if the sender can prove it */
    uint64_t peer;  /* the sender key that its answer must have */
} cd_request;

/* Unexpected answers. */
typedef struct cd_strays {
    uint64_t count; /* so far */
    double excess;  /* those of late that may be guesses: one fewer after each CD_STRAY_PAUSE, */
    double at;      /* as of this time, in seconds */
} cd_strays;

/* Initialize to zero except for the host. */
typedef struct cd_requests {
    const cd_host *host;
    cd_request *slots; /* a hash table: msgids are random, so each is its own hash */
    size_t capacity;   /* of it, a power of two; 0: there is none yet */
    size_t count;      /* of requests in it */
    cd_strays strays;
    uint32_t numbers[CD_REQUESTS_NUMBERS];
    size_t drawn; /* how many of these, from the first, are unused */
} cd_requests;

/*
 * Records a request to a peer. Returns its msgid; 0: too many are pending, or there is no memory or
 * no random number.
 */
uint32_t cd_requests_add(cd_requests *requests, uint64_t peer, bool guarded);

/* Whether this is a request to that peer whose answer must be proven. */
bool cd_requests_guarded(const cd_requests *requests, uint32_t msgid, uint64_t peer);

/* Whether requests are pending and too many unexpected answers have arrived of late. */
bool cd_requests_wary(const cd_requests *requests);

/* An answer arrived. Returns whether it is expected: the first, from the peer that was asked. */
bool cd_requests_answer(cd_requests *requests, uint32_t msgid, uint64_t peer);

/* Undoes cd_requests_answer. */
void cd_requests_undo(cd_requests *requests, uint32_t msgid);

/* The request is over, answered or not. */
void cd_requests_end(cd_requests *requests, uint32_t msgid);

void cd_requests_free(cd_requests *requests);

#endif
