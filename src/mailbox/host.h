/* SPDX-License-Identifier: MIT
 *
 * What a mailbox needs from the system it runs on, and how it identifies senders. This interface
 * keeps Windows out of the mailbox.
 */
#ifndef COPYDATA_MAILBOX_HOST_H
#define COPYDATA_MAILBOX_HOST_H

#include "mp/timestamp.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* The sender of a frame. The host creates senders and counts their references. */
typedef struct cd_sender {
    uint64_t key;     /* identifies the sender, and where an answer goes; 0: the frame names none */
    uint32_t account; /* whose share its messages count against; 0: no sender has this key */
    bool answerable;  /* it is an endpoint: answers and tokens can be sent to it; requests of other
                         senders are refused */
    bool provable;    /* it can prove who it is: others are never asked to */
    bool proven;      /* it has proven it; false: the frame only claims to be from it */
} cd_sender;

/* `context` is what cd_mailbox_new was given. */
typedef struct cd_host {
    /* The mailbox's lock: held briefly, never acquired twice by one thread. */
    void (*lock)(void *context);
    void (*unlock)(void *context);

    /* Called without the lock: the result of an earlier cd_mailbox_ready may have changed. */
    void (*wake)(void *context);

    /* Called by cd_mailbox_receive: from now on the host must call cd_mailbox_sweep about once a
     * second, until it returns false. */
    void (*start_sweeping)(void *context);

    /* The proven form of the sender, if this is the token that would be posted to it; otherwise, or
     * without memory, NULL. Not a new reference. Called without the lock, by the receiving side. */
    cd_sender *(*prove)(void *context, cd_sender *sender, uint64_t token);

    /* Posts the token and the nonce to a sender that is provable and answerable. Returns false when
     * it cannot. Called without the lock, by the receiving side. */
    bool (*challenge)(void *context, cd_sender *sender, uint64_t nonce);

    /* The rest may be called with the lock held. */
    cd_timestamp (*now)(void);
    double (*seconds)(void); /* from a clock that never goes back */

    /* Fills in unguessable numbers; false: the system has none. */
    bool (*random)(uint32_t *numbers, size_t count);

    /* Whether two channel names mean the same channel. */
    bool (*same_name)(const char *a, size_t a_size, const char *b, size_t b_size);

    /* Whether the sender with this key is gone. */
    bool (*gone)(uint64_t key);

    void (*retain)(cd_sender *sender);
    void (*release)(cd_sender *sender);
} cd_host;

#endif
