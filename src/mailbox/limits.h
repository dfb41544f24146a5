/* SPDX-License-Identifier: MIT
 *
 * The limits of a mailbox. The defaults are those of copydata.new.
 */
#ifndef COPYDATA_MAILBOX_LIMITS_H
#define COPYDATA_MAILBOX_LIMITS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define CD_MIB ((size_t)1024 * 1024)

#define CD_MAX_MESSAGE      (64 * CD_MIB) /* for a message's body; beside it, the envelope has: */
#define CD_ENVELOPE_ROOM    1024
#define CD_QUEUE_MESSAGES   65536
#define CD_TRANSFERS        64
#define CD_TRANSFER_SILENCE 30.0 /* seconds */

typedef struct cd_limits {
    size_t max_message;      /* bytes of one message, however many frames it takes */
    size_t queue_messages;   /* messages that may wait, not counting answers to our requests: of
                                these there are no more than requests pending */
    size_t queue_bytes;      /* bytes that may wait, not counting these answers either */
    size_t sender_messages;  /* of these, from one account, regardless of others; 0: its share
                                (shares.h). One message is always allowed */
    size_t sender_bytes;     /* the same in bytes */
    size_t transfers;        /* messages that may be arriving in pieces at the same time */
    size_t transfer_bytes;   /* bytes these may take, by their announced size; of both, an account
                                gets its share, and one message is always allowed */
    double transfer_silence; /* seconds without a piece until one is dropped */
} cd_limits;

/* A non-negative number from a script as a size; a larger one becomes SIZE_MAX. */
static inline size_t cd_limit_of(double number)
{
    return number >= (double)SIZE_MAX ? SIZE_MAX : (size_t)number;
}

/* Whether `more` still fits within a limit. */
static inline bool cd_fits(size_t used, size_t more, size_t limit)
{
    return more <= limit && used <= limit - more;
}

#endif
