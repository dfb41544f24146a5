/* SPDX-License-Identifier: MIT
 *
 * The messages of a frame (protocol, "Frame"): reading them in place, and the bytes that go
 * before and after the body of one that is sent.
 */
#ifndef COPYDATA_WIRE_ENVELOPE_H
#define COPYDATA_WIRE_ENVELOPE_H

#include "mp/pack.h"
#include "types.h"
#include "verdict.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Bytes of a frame, by position, so that they survive the copying of the frame. */
typedef struct cd_span {
    size_t at;
    size_t size;
} cd_span;

typedef struct cd_message {
    cd_message_type type; /* no CD_FRAGMENT, no CD_PROOF */
    uint32_t msgid;       /* of a request, or of the request that a response answers */
    cd_span channel;      /* the name, in UTF-8, not yet validated; a response has none */
    cd_span body;         /* one complete, valid MessagePack value; of a response the result */
    cd_span error;        /* of a response: such a value too */
    bool dated;           /* whether the sender gave a time */
    cd_timestamp sent;    /* that time */
    cd_span extras;       /* such a value too, for cd_extras_read; of no bytes: there is none */
    void *user;           /* whoever receives it may keep here where it goes; read as NULL */
} cd_message;

/* A list that keeps its memory from one frame to the next. Start with all zero. */
typedef struct cd_messages {
    cd_message *items;
    size_t count;
    size_t capacity;
} cd_messages;

/*
 * Reads a whole frame, of at most `most` messages, into `list`. CD_ACCEPTED: every byte belongs to
 * a valid message. CD_TOO_LARGE: more messages. CD_BUSY: no memory for the list. Otherwise
 * CD_MALFORMED; a fragment too, for it must be alone in its frame.
 */
cd_verdict cd_messages_read(cd_messages *list, const char *frame, size_t size, size_t most);

void cd_messages_free(cd_messages *list);

/* Where a notification or a request goes, and what follows its body: the time, and perhaps the map
 * of extras, which the caller writes. */
typedef struct cd_address {
    const char *channel;
    size_t channel_size;
    bool extras; /* whether there are any */
} cd_address;

/*
 * Reads of a message that may be cut off anywhere, as in the first piece of one, its type, and its
 * channel, or of a response the number. Returns false when these are not all there, or no message
 * begins so.
 */
bool cd_message_begins(cd_message *message, const char *bytes, size_t size);

/*
 * Write what stands before the body of a notification or a request, and what stands after it,
 * which is the time. The caller has made room: CD_ENVELOPE_HEAD bytes and the channel's, and
 * CD_PACK_MAX.
 */
#define CD_ENVELOPE_HEAD (5 * CD_PACK_MAX)
void cd_notification_head(cd_packer *packer, const cd_address *address);
void cd_request_head(cd_packer *packer, uint32_t msgid, const cd_address *address);
void cd_envelope_tail(cd_packer *packer, const cd_timestamp *sent);

/* Gives a request that was written by cd_request_head another number. */
void cd_request_renumber(char *request, uint32_t msgid);

/*
 * Writes what stands before the error and the result of a response. The caller has made room:
 * CD_ENVELOPE_HEAD bytes.
 */
void cd_response_head(cd_packer *packer, uint32_t msgid);

#endif
