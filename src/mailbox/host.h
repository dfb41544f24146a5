/* SPDX-License-Identifier: MIT
 *
 * What a mailbox needs of the system that it runs on, and how it knows senders. So it needs no
 * Windows.
 */
#ifndef COPYDATA_MAILBOX_HOST_H
#define COPYDATA_MAILBOX_HOST_H

#include "mp/timestamp.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Who sent a frame. The host makes these, and counts who refers to each. */
typedef struct cd_sender {
    uint64_t key;     /* tells senders apart: where an answer goes. 0: it did not say who it is */
    uint32_t account; /* whose share its messages count in; 0: there is nobody by that key */
    bool answerable;  /* it is an endpoint: an answer or a token could be sent to it; requests of
                         others are refused */
    bool provable;    /* it could prove who it is: others are never asked to */
    bool proven;      /* it has; false: a frame claims to be its */
} cd_sender;

/* `context` is what cd_mailbox_new was given. */
typedef struct cd_host {
    /* One lock for the mailbox, held for short times and never twice by one thread. */
    void (*lock)(void *context);
    void (*unlock)(void *context);

    /* Called without the lock: cd_mailbox_ready, asked before, would now say something else. */
    void (*wake)(void *context);

    /* Called by cd_mailbox_receive: from now on cd_mailbox_sweep is to be called once a second or
     * so, until it returns false. */
    void (*start_sweeping)(void *context);

    /* The sender as one that is proven, if this is the token that would be posted to it; NULL
     * otherwise, and when there is no memory. Not a new reference. Called without the lock, by the
     * receiving side. */
    cd_sender *(*prove)(void *context, cd_sender *sender, uint64_t token);

    /* Posts the sender, which is provable and answerable, its token and the nonce. Returns false
     * when it cannot. Called without the lock, by the receiving side. */
    bool (*challenge)(void *context, cd_sender *sender, uint64_t nonce);

    /* The rest may be called with the lock held. */
    cd_timestamp (*now)(void);
    double (*seconds)(void); /* of a clock that never goes back */

    /* Fills in numbers that nobody can guess; false: there are none to be had. */
    bool (*random)(uint32_t *numbers, size_t count);

    /* Whether two channel names mean the same channel. */
    bool (*same_name)(const char *a, size_t a_size, const char *b, size_t b_size);

    /* Whether the sender of this key is no more. */
    bool (*gone)(uint64_t key);

    void (*retain)(cd_sender *sender);
    void (*release)(cd_sender *sender);
} cd_host;

#endif
