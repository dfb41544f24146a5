/* SPDX-License-Identifier: MIT
 *
 * Lua values to MessagePack and back, for C. What maps to what is written in docs/msgpack.md.
 */
#ifndef COPYDATA_MSGPACK_H
#define COPYDATA_MSGPACK_H

#include <lua.h>

#include <stdbool.h>
#include <stddef.h>

#include "../wire/walk.h"
#include "buffer.h"

#define CD_DEPTH_LIMIT 512 /* what max_depth may be raised to */

typedef struct cd_encode_options {
    unsigned max_depth; /* 1 to CD_DEPTH_LIMIT */
    size_t max_size;    /* bytes that the value may become */
    size_t max_keys;    /* keys that are not strings in one map */
} cd_encode_options;

#define CD_ENCODE_DEFAULTS {CD_DEPTH, (size_t)-1, CD_KEYS}

/* Appends the value at index to the buffer. Where options is NULL the defaults hold.
 *
 * Raises a string that says what cannot be encoded and where; the buffer then has its old size.
 * The value's metamethods may run, may encode, and may raise anything. While they do, the buffer
 * is busy (see cd_buffer_take), so whoever keeps a buffer between calls gets it by cd_buffer_take;
 * C code between the two must not keep pointers into it across the call.
 * [-0, +0, v] */
void cd_encode(lua_State *L, int index, cd_buffer *buffer, const cd_encode_options *options);

typedef struct cd_decode_options {
    unsigned max_depth; /* 1 to CD_DEPTH_LIMIT */
    size_t max_keys;    /* keys that are not strings in one map */
} cd_decode_options;

#define CD_DECODE_DEFAULTS {CD_DEPTH, CD_KEYS}

typedef struct cd_decode_error {
    const char *message; /* a constant string: "nil as a map key" */
    size_t position;     /* of the byte where it showed, from 0; size when bytes are missing */
} cd_decode_error;

/* Pushes the value that bytes start with and returns true; *end is then the offset behind it. With
 * end NULL the value must take all of bytes. Or fills in the error, pushes nothing and returns
 * false. Where options is NULL the defaults hold.
 *
 * Bad bytes never raise; running out of memory does. Strings are copied from bytes straight into
 * Lua strings; nothing else is copied, and bytes must stay where they are during the call, in which
 * finalizers may run.
 * [-0, +(0|1), m] */
bool cd_decode(lua_State *L, const char *bytes, size_t size, const cd_decode_options *options,
               size_t *end, cd_decode_error *error);

#endif
