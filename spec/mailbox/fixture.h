/* SPDX-License-Identifier: MIT
 *
 * A mailbox with small limits, and a few senders, for tests in one thread. A failed check ends the
 * program.
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
    /* By number, which is their key. 0 has no window; 1 and 2 have the same account, 3 another. */
    cd_sender *senders[CD_FIXTURE_SENDERS];
    double seconds; /* the time */
    uint64_t gone;  /* the key of the sender that is gone */
} cd_fixture;

extern cd_fixture cd_fix;

/* Makes the mailbox, within cd_fixture_limits or others. */
void cd_fixture_begin(void);
void cd_fixture_begin_within(const cd_limits *limits);

/* Checks that nothing is left in it, and frees it. */
void cd_fixture_end(void);

/* Whether nothing is waiting, nothing is arriving in pieces, and no account has a share. */
bool cd_fixture_empty(void);

/* Receives a frame from sender `who`. */
cd_verdict cd_receive(size_t who, const cd_draft *draft);

/* Receives `count` notifications in one frame, each of `bytes` bytes. */
cd_verdict cd_notify(size_t who, size_t count, size_t bytes);

/* Receives a request. */
cd_verdict cd_request_us(size_t who);

/* Makes a request on the channel to sender `who`. Returns its id. */
uint32_t cd_ask(size_t who);

/* Receives the first of two pieces of a message of `total` bytes: half of them. */
cd_verdict cd_announce(size_t who, uint32_t transfer, size_t total);

/* Takes the next message; NULL: there is none. */
cd_item *cd_take(uint32_t wanted);

/* Takes and releases all waiting messages, and checks that there are `count`. */
void cd_drain(size_t count);

#endif
