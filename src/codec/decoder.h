/* SPDX-License-Identifier: MIT
 *
 * The decoder's parts, from the top: decode.c starts and finishes; unpack.c reads values with the
 * template, using unpack_table.h, unpack_ext.c and leaves.c.
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

/* Calls `use` with an uninitialized decoder, followed by the template's stack; returns its
 * result. */
bool cd_with_decoder(bool (*use)(cd_decoder *d, void *argument), void *argument);

/* cd_decode for functions that have the home, at an absolute or pseudo-index. */
bool cd_decode_with(lua_State *L, const char *bytes, size_t size, const cd_decode_options *options,
                    size_t *end, cd_decode_error *error, int home, cd_codec *codec);

/* Pushes the value at *offset and moves *offset past it. On failure records the error, returns
 * false, leaves anything on the stack, and *offset shows where. [-0, +1, m] */
bool cd_decoder_read(cd_decoder *d, size_t *offset);

/* Pushes the numbers and short strings, at most `count`, that the bytes start with; returns how
 * many, and moves *bytes past them. Truncated or other items are left to the template. [-0, +n,
 * m] */
uint32_t cd_push_leaves(lua_State *L, const char **bytes, const char *end, uint32_t count);

/* The result of reading an ext. */
typedef enum cd_ext_result {
    CD_EXT_FAILED,
    CD_EXT_PUSHED, /* its value is pushed */
    CD_EXT_OPENS   /* nothing is pushed: d->payload is a table of fields, to read as a value */
} cd_ext_result;

/* Reads any ext. as_key: it becomes a map key, so nil and NaN are refused. [-0, +(0|1), m] */
cd_ext_result cd_decoder_ext(cd_decoder *d, int type, const char *payload, size_t length,
                             bool as_key);

/* The table of fields of an object of that type is on the stack, above the limit to return to, and
 * the bytes are read up to `offset`: sets the table's metatable, and moves it to the limit's place.
 * On failure records the error. [-1, +0, m] */
bool cd_decoder_object(cd_decoder *d, int type, size_t offset);

#endif
