/* SPDX-License-Identifier: MIT
 *
 * The decoder's parts, from the top: decode.c begins and ends; unpack.c reads values by the template,
 * with unpack_table.h, unpack_ext.c and leaves.c.
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
    unsigned depth;     /* containers open */
    unsigned max_depth; /* that may be open */
    uint32_t max_keys;  /* that are not strings in one map */
    uint32_t room;      /* items that may be left on the Lua stack till their array is complete */
    size_t budget;      /* elements that the bytes can still hold */
    const char *bytes;
    size_t limit;      /* where the bytes end, or the payload of the object being read */
    size_t payload[2]; /* start and end of the one that is to be read next */
    uint32_t shared;   /* how many tables are referred to */
    uint32_t into;     /* which of them the next container fills; 0: none */
    int tables;        /* stack index of the table of them, while shared > 0 */
    cd_decode_error *error;
} cd_decoder;

/* Notes what is wrong and returns false. */
bool cd_decoder_fail(cd_decoder *d, const char *message);

/* Returns what use returns. It gets a decoder, uninitialized, with the template's stack behind it. */
bool cd_with_decoder(bool (*use)(cd_decoder *d, void *argument), void *argument);

/* What cd_decode does, for functions that have the home at hand, at an absolute or pseudo-index. */
bool cd_decode_with(lua_State *L, const char *bytes, size_t size, const cd_decode_options *options,
                    size_t *end, cd_decode_error *error, int home, cd_codec *codec);

/* Pushes the value at *offset and moves *offset past it. Or returns false, has failed, leaves
 * whatever on the stack, and *offset is where it shows. [-0, +1, m] */
bool cd_decoder_read(cd_decoder *d, size_t *offset);

/* Pushes the numbers and short strings, at most count, that bytes start with; returns how many, and
 * moves *bytes past them. What is cut short or something else is left to the template.
 * [-0, +n, m] */
uint32_t cd_push_leaves(lua_State *L, const char **bytes, const char *end, uint32_t count);

/* What reading an ext came to. */
typedef enum cd_ext_result {
    CD_EXT_FAILED,
    CD_EXT_PUSHED, /* the value it stands for */
    CD_EXT_OPENS   /* nothing is pushed: d->payload is a table of fields, to be read as a value */
} cd_ext_result;

/* Any ext. as_key: it is to be the key of a map, so nil and NaN are refused. [-0, +(0|1), m] */
cd_ext_result cd_decoder_ext(cd_decoder *d, int type, const char *payload, size_t length,
                             bool as_key);

/* The table of fields of an object of that type is on the stack, above the limit to go back to, and
 * the bytes read up to offset: it gets its metatable, and takes the limit's place. Or has failed.
 * [-1, +0, m] */
bool cd_decoder_object(cd_decoder *d, int type, size_t offset);

#endif
