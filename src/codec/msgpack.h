/* SPDX-License-Identifier: MIT
 *
 * Lua values to MessagePack and back, for C. What maps to what is written in docs/msgpack.md.
 */
#ifndef COPYDATA_CODEC_MSGPACK_H
#define COPYDATA_CODEC_MSGPACK_H

#include <lua.h>

#include <stdbool.h>
#include <stddef.h>

#include "mp/walk.h"
#include "buffer.h"

#define CD_DEPTH_LIMIT 512 /* what max_depth may be raised to */

typedef struct cd_encode_options {
    unsigned max_depth; /* 1 to CD_DEPTH_LIMIT */
    size_t max_size;    /* bytes that the value may become */
    size_t max_keys;    /* keys that are not strings in one map */
    bool refs;          /* tables that are met again are written as references */
    bool sorted;        /* maps are written in the order of their encoded keys; not with refs */
} cd_encode_options;

extern const cd_encode_options cd_encode_defaults;

/* Appends the value at index to the buffer. Where options is NULL the defaults hold.
 *
 * Raises a string that says what cannot be encoded and where; the buffer then has its old size.
 * The value's metamethods may run, may encode, and may raise anything. While they do, the buffer
 * is busy (see cd_buffer_take), so whoever keeps a buffer between calls gets it by cd_buffer_take.
 * Nobody keeps pointers into it across the call.
 * [-0, +0, v] */
void cd_encode(lua_State *L, int index, cd_buffer *buffer, const cd_encode_options *options);

typedef struct cd_decode_options {
    unsigned max_depth; /* 1 to CD_DEPTH_LIMIT */
    size_t max_keys;    /* keys that are not strings in one map */
    bool refs;          /* references become the tables they stand for, or else ext values */
} cd_decode_options;

extern const cd_decode_options cd_decode_defaults;

typedef struct cd_decode_error {
    char message[160]; /* "nil as a map key" */
    size_t position;   /* of the byte where it showed, from 0; size when bytes are missing */
} cd_decode_error;

/* Pushes the value that bytes start with and returns true; *end is then the offset behind it. With
 * end NULL the value must take all of bytes. Or fills in the error, pushes nothing and returns
 * false. Where options is NULL the defaults hold.
 *
 * Bad bytes never raise, nor does what a registered unpack raises; running out of memory does.
 * Strings are copied from bytes straight into Lua strings and nothing else is copied. bytes must
 * stay where they are during the call, in which unpack functions and finalizers may run.
 * [-0, +(0|1), m] */
bool cd_decode(lua_State *L, const char *bytes, size_t size, const cd_decode_options *options,
               size_t *end, cd_decode_error *error);

#endif
