/* SPDX-License-Identifier: MIT
 *
 * The requests of an endpoint that are under way: which answers are expected, and from whom. So an
 * answer that nobody asked for is dropped at the door and costs nothing.
 *
 * Their numbers cannot be guessed, so that only those who were asked can answer.
 */
#ifndef COPYDATA_MAILBOX_REQUESTS_H
#define COPYDATA_MAILBOX_REQUESTS_H

#include "host.h"

#define CD_REQUESTS_MOST    65535 /* under way at the same time */
#define CD_REQUESTS_NUMBERS 64    /* that are drawn at once */

typedef struct cd_request {
    uint32_t msgid; /* 0: none */
    bool answered;  /* a second answer is one that nobody asked for */
    bool guarded;   /* its answer must be proven, if its sender could prove it */
    uint64_t peer;  /* the sender's key that its answer must have */
} cd_request;

/* Start with all zero but the host. */
typedef struct cd_requests {
    const cd_host *host;
    cd_request *slots; /* a hash table: as its numbers are random, they are their own hash */
    size_t capacity;   /* of it, a power of two; 0: there is none yet */
    size_t count;      /* of requests in it */
    uint64_t ignored;  /* answers that nobody asked for */
    uint32_t numbers[CD_REQUESTS_NUMBERS];
    size_t drawn; /* of these, not yet used: the first ones */
} cd_requests;

/*
 * Takes down a request to a peer. Returns its msgid; 0: too many are under way, or there is no
 * memory, or no random number.
 */
uint32_t cd_requests_add(cd_requests *requests, uint64_t peer, bool guarded);

/* Whether this is a request to that peer whose answer must be proven. */
bool cd_requests_guarded(const cd_requests *requests, uint32_t msgid, uint64_t peer);

/* An answer came. Returns whether it is expected: the first one, by the peer that was asked. */
bool cd_requests_answer(cd_requests *requests, uint32_t msgid, uint64_t peer);

/* As if that answer had not come. */
void cd_requests_undo(cd_requests *requests, uint32_t msgid);

/* The request is over, answered or not. */
void cd_requests_end(cd_requests *requests, uint32_t msgid);

void cd_requests_free(cd_requests *requests);

#endif
