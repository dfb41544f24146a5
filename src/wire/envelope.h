/* SPDX-License-Identifier: MIT
 *
 * The messages of a frame (protocol, "Frame"): reading them in place, and the bytes that go
 * before and after the body of one that is sent.
 */
#ifndef COPYDATA_WIRE_ENVELOPE_H
#define COPYDATA_WIRE_ENVELOPE_H

#include "mp/pack.h"
#include "reassembly.h"
#include "verdict.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define CD_FRAME_TAG 0x314B504Du /* dwData of every frame: the bytes "MPK1" */

/* The first element of a message. */
typedef enum cd_message_type {
    CD_REQUEST = 0,
    CD_RESPONSE = 1,
    CD_NOTIFICATION = 2,
    CD_FRAGMENT = 3
} cd_message_type;

/* Bytes of a frame, by position, so that they survive the copying of the frame. */
typedef struct cd_span {
    size_t at;
    size_t size;
} cd_span;

typedef struct cd_message {
    cd_message_type type;   /* no CD_FRAGMENT */
    uint32_t msgid;         /* of a request, or of the request that a response answers */
    cd_span channel;        /* the name, in UTF-8, not yet validated; a response has none */
    cd_span body;           /* one complete, valid MessagePack value; of a response the result */
    cd_span error;          /* of a response: such a value too */
    bool dated;             /* whether the sender gave a time */
    cd_timestamp sent;      /* that time */
    struct cd_inbox *inbox; /* where it is to wait: left to the receiving endpoint */
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

/* What a frame carries, by its first elements. */
typedef enum cd_frame_kind {
    CD_FRAME_MESSAGES, /* one or more, or rubbish: cd_messages_read knows */
    CD_FRAME_PIECE,    /* a fragment, and nothing else */
    CD_FRAME_NEITHER   /* begins like a fragment but is none: malformed */
} cd_frame_kind;

/* Says what a frame carries; a fragment is read into `fragment`. */
cd_frame_kind cd_fragment_read(cd_fragment *fragment, const char *frame, size_t size);

/*
 * Write what stands before the body of a notification or a request, and what stands after it,
 * which is the time. The caller has made room: CD_ENVELOPE_HEAD bytes and the channel's, and
 * CD_PACK_MAX.
 */
#define CD_ENVELOPE_HEAD (5 * CD_PACK_MAX)
void cd_notification_head(cd_packer *packer, const char *channel, size_t channel_size);
void cd_request_head(cd_packer *packer, uint32_t msgid, const char *channel, size_t channel_size);
void cd_envelope_tail(cd_packer *packer, const cd_timestamp *sent);

/* Gives a request that was written by cd_request_head another number. */
void cd_request_renumber(char *request, uint32_t msgid);

/*
 * Writes what stands before the error and the result of a response. The caller has made room:
 * CD_ENVELOPE_HEAD bytes.
 */
void cd_response_head(cd_packer *packer, uint32_t msgid);

/* Writes what stands before the bytes of a fragment, at most CD_FRAGMENT_HEAD bytes. */
#define CD_FRAGMENT_HEAD (7 * CD_PACK_MAX)
void cd_fragment_head(cd_packer *packer, const cd_fragment *fragment);

#endif
