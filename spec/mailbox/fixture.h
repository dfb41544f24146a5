/* SPDX-License-Identifier: MIT
 *
 * A mailbox with small limits, and a few senders, for tests of one thread. What does not hold ends
 * the program.
 */
#ifndef COPYDATA_FIXTURE_H
#define COPYDATA_FIXTURE_H

#include "draft.h"
#include "mailbox/contents.h"
#include "native_host.h"

#define CD_FIXTURE_CHANNEL "channel"
#define CD_FIXTURE_ANSWER  1 /* to raw messages */
#define CD_FIXTURE_SENDERS 4

extern const cd_limits cd_fixture_limits;

typedef struct cd_fixture {
    cd_native native;
    cd_mailbox *mailbox;
    uint32_t channel; /* handled and served */
    uint32_t taker;   /* takes every raw message */
    /* By number, which is their key. 0 does not say who it is; 1 and 2 are of one account, 3 is of
     * another. */
    cd_sender *senders[CD_FIXTURE_SENDERS];
    double seconds; /* the time */
    uint64_t gone;  /* the key of who is no more */
} cd_fixture;

extern cd_fixture cd_fix;

/* Makes the mailbox, within cd_fixture_limits or others. */
void cd_fixture_begin(void);
void cd_fixture_begin_within(const cd_limits *limits);

/* Frees it, when nothing was left in it. */
void cd_fixture_end(void);

/* Whether nothing waits, nothing is arriving, and nobody has a share. */
bool cd_fixture_empty(void);

/* A frame by one of the senders. */
cd_verdict cd_receive(size_t who, const cd_draft *draft);

/* So many notifications in one frame, each of so many bytes. */
cd_verdict cd_notify(size_t who, size_t count, size_t bytes);

/* A request to us. */
cd_verdict cd_request_us(size_t who);

/* A request of ours on the channel. */
uint32_t cd_ask(size_t who);

/* The first of two pieces, of half its bytes, of a message that takes so many. */
cd_verdict cd_announce(size_t who, uint32_t transfer, size_t total);

/* Takes the next message; NULL: there is none. */
cd_item *cd_take(uint32_t wanted);

/* Takes all that waits, which is so many messages, and releases them. */
void cd_drain(size_t count);

#endif
