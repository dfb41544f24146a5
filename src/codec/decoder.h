/* SPDX-License-Identifier: MIT
 *
 * The decoder's state. The files that decode, from the bottom: leaves.c long arrays without nested
 * values, unpack_table.h tables, unpack_ext.c exts, unpack.c any value, with the template; decode.c
 * starts and finishes.
 */
#ifndef COPYDATA_CODEC_DECODER_H
#define COPYDATA_CODEC_DECODER_H

#include <lua.h>

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "codec.h"
#include "msgpack.h"

typedef struct cd_decoder {
    lua_State *L;
    cd_codec *codec;
    int home;           /* index of the codec's home, or a pseudo-index */
    bool refs;          /* ext values of CD_REFS_TYPE are references */
    unsigned depth;     /* open containers */
    unsigned max_depth; /* how many may be open */
    uint32_t max_keys;  /* keys that are not strings in one map */
    uint32_t room;      /* items that may stay on the Lua stack until their array is complete */
    size_t budget;      /* elements that the remaining bytes can hold */
    const char *bytes;
    size_t limit;      /* where the bytes end, or the payload of the object being read */
    size_t payload[2]; /* start and end of the payload to read next */
    uint32_t shared;   /* number of shared tables */
    uint32_t into;     /* which of them the next container fills; 0: none */
    int tables;        /* stack index of the table that holds them, while shared > 0 */
    cd_decode_error *error;
} cd_decoder;

/* Records the error and returns false. */
bool cd_decoder_fail(cd_decoder *d, const char *message);

#endif
