/* SPDX-License-Identifier: MIT
 *
 * The messages of a frame (protocol, "Frame"): reads them in place, and writes the bytes before and
 * after the body of one to send.
 */
#ifndef COPYDATA_WIRE_ENVELOPE_H
#define COPYDATA_WIRE_ENVELOPE_H

#include "mp/pack.h"
#include "mp/read.h"
#include "types.h"
#include "verdict.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Bytes of a frame, by position, so that they stay valid when the frame is copied. */
typedef struct cd_span {
    size_t at;
    size_t size;
} cd_span;

typedef struct cd_message {
    cd_message_type type; /* no CD_FRAGMENT, no CD_PROOF */
    uint32_t msgid;       /* of a request, or of the request that a response answers */
    cd_span channel;      /* the name, in UTF-8, not yet validated; a response has none */
    cd_span body;         /* one complete, valid MessagePack value; in a response the result */
    cd_span error;        /* in a response: another such value */
    bool dated;           /* whether the sender gave a time */
    cd_timestamp sent;    /* that time */
    cd_span extras;       /* another such value, for cd_extras_read; size 0: none */
    void *user;           /* for the receiver, such as where it goes; NULL after reading */
} cd_message;

/* A list that keeps its memory from one frame to the next. Initialize to zero. */
typedef struct cd_messages {
    cd_message *items;
    size_t count;
    size_t capacity;
} cd_messages;

/*
 * Reads a whole frame, of at most `most` messages, into `list`. CD_ACCEPTED: every byte belongs to
 * a valid message. CD_TOO_LARGE: more messages. CD_BUSY: no memory for the list. CD_MALFORMED:
 * anything else, fragments included, which must be alone in their frame.
 */
cd_verdict cd_messages_read(cd_messages *list, const char *frame, size_t size, size_t most);

void cd_messages_free(cd_messages *list);

/*
 * Reads the content of a notification or a request, [body, sent, extras], into the spans, relative
 * to `start`, and the time of `message`. Returns false when there is none; the reader may then have
 * moved.
 */
bool cd_content_read(cd_reader *reader, const char *start, cd_message *message);

/* The channel of a notification or a request, and what follows its body: the time, and perhaps the
 * map of extras, which the caller writes. */
typedef struct cd_address {
    const char *channel;
    size_t channel_size;
    bool extras; /* whether there are any */
} cd_address;

/*
 * Reads the type and the channel of a message, or the number of a response, even if the message is
 * cut off, as in its first piece. Returns false when these are incomplete, or no message begins
 * this way.
 */
bool cd_message_begins(cd_message *message, const char *bytes, size_t size);

/*
 * Write what precedes the body of a notification or a request, and what follows it, which is the
 * time. The caller has made room: CD_ENVELOPE_HEAD bytes plus the channel's size for the head,
 * CD_PACK_MAX for the tail.
 */
#define CD_ENVELOPE_HEAD (5 * CD_PACK_MAX)
void cd_notification_head(cd_packer *packer, const cd_address *address);
void cd_request_head(cd_packer *packer, uint32_t msgid, const cd_address *address);
void cd_envelope_tail(cd_packer *packer, const cd_timestamp *sent);

/* Changes the number of a request written by cd_request_head. */
void cd_request_renumber(char *request, uint32_t msgid);

/*
 * Writes what precedes the error and the result of a response. The caller has made room:
 * CD_ENVELOPE_HEAD bytes.
 */
void cd_response_head(cd_packer *packer, uint32_t msgid);

#endif
