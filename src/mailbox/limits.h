/* SPDX-License-Identifier: MIT
 *
 * What a mailbox takes at the most. The defaults are those of copydata.new.
 */
#ifndef COPYDATA_MAILBOX_LIMITS_H
#define COPYDATA_MAILBOX_LIMITS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define CD_MIB ((size_t)1024 * 1024)

#define CD_MAX_MESSAGE      (64 * CD_MIB) /* of a message's body; the rest has room beside it: */
#define CD_ENVELOPE_ROOM    1024
#define CD_QUEUE_MESSAGES   65536
#define CD_TRANSFERS        64
#define CD_TRANSFER_SILENCE 30.0 /* seconds */

typedef struct cd_limits {
    size_t max_message;      /* bytes of one message, however many frames it takes */
    size_t queue_messages;   /* messages that may wait */
    size_t queue_bytes;      /* bytes that may wait */
    size_t sender_messages;  /* of these, how many of one account, whatever others have; 0: its
                                share (shares.h). One message is always allowed */
    size_t sender_bytes;     /* likewise */
    size_t transfers;        /* messages that may be arriving in pieces at the same time */
    size_t transfer_bytes;   /* bytes that these may take, by what they announce; of both, an
                                account gets its share, and one message is always allowed */
    double transfer_silence; /* seconds without a piece after which one is dropped */
} cd_limits;

/* A number of a script's, not negative, as a size: the largest there is for what is larger. */
static inline size_t cd_limit_of(double number)
{
    return number >= (double)SIZE_MAX ? SIZE_MAX : (size_t)number;
}

/* Whether so much more is within a limit. */
static inline bool cd_fits(size_t used, size_t more, size_t limit)
{
    return more <= limit && used <= limit - more;
}

#endif
