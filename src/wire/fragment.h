/* SPDX-License-Identifier: MIT
 *
 * One piece of a message that is too long for a frame (protocol, "Fragments").
 */
#ifndef COPYDATA_WIRE_FRAGMENT_H
#define COPYDATA_WIRE_FRAGMENT_H

#include "mp/pack.h"

#include <stddef.h>
#include <stdint.h>

/* As it is in its frame. */
typedef struct cd_fragment {
    uint32_t transfer; /* chosen by the sender */
    uint32_t index;    /* 1 to count */
    uint32_t count;
    uint64_t total;    /* bytes of all pieces together */
    const char *bytes; /* within the frame */
    size_t size;       /* of these bytes */
} cd_fragment;

/* What a frame carries, by its first elements. */
typedef enum cd_frame_kind {
    CD_FRAME_MESSAGES, /* one or more, or garbage: cd_messages_read tells */
    CD_FRAME_PIECE,    /* a fragment, and nothing else */
    CD_FRAME_NEITHER   /* begins like a fragment but is not valid: malformed */
} cd_frame_kind;

/* Returns what a frame carries; reads a fragment into `fragment`. */
cd_frame_kind cd_fragment_read(cd_fragment *fragment, const char *frame, size_t size);

/* Writes what precedes the bytes of a fragment, at most CD_FRAGMENT_HEAD bytes. */
#define CD_FRAGMENT_HEAD (7 * CD_PACK_MAX)
void cd_fragment_head(cd_packer *packer, const cd_fragment *fragment);

#endif
