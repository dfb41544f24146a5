/* SPDX-License-Identifier: MIT
 *
 * What an endpoint takes at the most. The defaults are those of copydata.new.
 */
#ifndef COPYDATA_WIRE_LIMITS_H
#define COPYDATA_WIRE_LIMITS_H

#include <stddef.h>
#include <stdint.h>

#define CD_MIB ((size_t)1024 * 1024)

#define CD_MAX_MESSAGE      (64 * CD_MIB) /* of a message's body; the rest has room beside it: */
#define CD_ENVELOPE_ROOM    1024
#define CD_QUEUE_MESSAGES   65536
#define CD_TRANSFERS        64
#define CD_TRANSFER_SILENCE 30.0 /* seconds */

/* Of the memory of large messages (spare.h): */
#define CD_SPARE_MOST    (CD_MAX_MESSAGE + CD_ENVELOPE_ROOM) /* bytes that are kept */
#define CD_SPARE_SECONDS 3.0                                 /* after the last piece that came */

typedef struct cd_limits {
    size_t max_message;      /* bytes of one message, however many frames it takes */
    size_t queue_messages;   /* messages that may wait */
    size_t queue_bytes;      /* bytes that may wait */
    size_t sender_messages;  /* of these, how many of one process; one message is always allowed */
    size_t sender_bytes;     /* likewise */
    size_t transfers;        /* messages that may be arriving in pieces at the same time */
    size_t transfer_bytes;   /* bytes that these may take, by what they announce */
    double transfer_silence; /* seconds without a piece after which one is dropped */
} cd_limits;

#endif
