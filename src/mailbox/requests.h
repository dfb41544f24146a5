/* SPDX-License-Identifier: MIT
 *
 * The pending requests of an endpoint: which answers are expected, and from which peers. An
 * unexpected answer is dropped on arrival and costs nothing.
 *
 * Request numbers are random, so that only the peer that was asked can answer. A program that forges
 * the peer's window has to guess, and one frame makes few guesses.
 */
#ifndef COPYDATA_MAILBOX_REQUESTS_H
#define COPYDATA_MAILBOX_REQUESTS_H

#include "host.h"

#define CD_REQUESTS_MOST    65535 /* pending at the same time */
#define CD_REQUESTS_NUMBERS 64    /* drawn at once */
#define CD_REQUESTS_KEPT    1024  /* largest table kept when nothing is pending */
#define CD_REQUESTS_GUESSES 64    /* unexpected answers in one frame of an unproven sender */

typedef struct cd_request {
    uint32_t msgid; /* 0: none */
    bool answered;  /* a second answer is unexpected */
    bool guarded;   /* its answer must be proven, if the sender can prove it */
    uint64_t peer;  /* the sender key that its answer must have */
} cd_request;

/* Initialize to zero except for the host. */
typedef struct cd_requests {
    const cd_host *host;
    cd_request *slots; /* a hash table: msgids are random, so each is its own hash */
    size_t capacity;   /* of it, a power of two; 0: there is none yet */
    size_t count;      /* of requests in it */
    uint64_t ignored;  /* unexpected answers */
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

/* An answer arrived. Returns whether it is expected: the first, from the peer that was asked. */
bool cd_requests_answer(cd_requests *requests, uint32_t msgid, uint64_t peer);

/* Undoes cd_requests_answer. */
void cd_requests_undo(cd_requests *requests, uint32_t msgid);

/* The request is over, answered or not. */
void cd_requests_end(cd_requests *requests, uint32_t msgid);

void cd_requests_free(cd_requests *requests);

#endif
