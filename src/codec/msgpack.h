/* SPDX-License-Identifier: MIT
 *
 * Lua values to MessagePack and back, for C. docs/msgpack.md defines the mapping.
 */
#ifndef COPYDATA_CODEC_MSGPACK_H
#define COPYDATA_CODEC_MSGPACK_H

#include <lua.h>

#include <stdbool.h>
#include <stddef.h>

#include "mp/walk.h"
#include "buffer.h"

#define CD_DEPTH_LIMIT 512 /* highest max_depth */

typedef struct cd_encode_options {
    unsigned max_depth; /* 1 to CD_DEPTH_LIMIT */
    size_t max_size;    /* most bytes of the encoded value */
    size_t max_keys;    /* keys that are not strings in one map */
    bool refs;          /* tables that occur again are written as references */
    bool sorted;        /* maps are written in the order of their encoded keys; not with refs */
} cd_encode_options;

extern const cd_encode_options cd_encode_defaults;

/*
 * Appends the value at index to the buffer. With options NULL the defaults apply.
 *
 * Raises a string that says what cannot be encoded and where; the buffer then has its old size. The
 * value's metamethods may run, may encode, and may raise anything. During that time the buffer is
 * busy (see cd_buffer_take), so code that keeps a buffer between calls must get it with
 * cd_buffer_take, and must not keep pointers into it across the call. [-0, +0, v]
 */
void cd_encode(lua_State *L, int index, cd_buffer *buffer, const cd_encode_options *options);

typedef struct cd_decode_options {
    unsigned max_depth; /* 1 to CD_DEPTH_LIMIT */
    size_t max_keys;    /* keys that are not strings in one map */
    bool refs;          /* references become the tables they stand for; otherwise ext values */
} cd_decode_options;

extern const cd_decode_options cd_decode_defaults;

typedef struct cd_decode_error {
    char message[160]; /* "nil as a map key" */
    size_t position;   /* of the offending byte, from 0; size when bytes are missing */
} cd_decode_error;

/*
 * Pushes the value that `bytes` start with and returns true; *end is then the offset after it. With
 * `end` NULL the value must take up all of `bytes`. On failure fills in the error, pushes nothing
 * and returns false. With options NULL the defaults apply.
 *
 * Bad bytes never raise, and errors of a registered unpack do not propagate; running out of memory
 * raises. Strings are copied from `bytes` straight into Lua strings and nothing else is copied.
 * `bytes` must stay in place during the call, in which unpack functions and finalizers may run.
 * [-0, +(0|1), m]
 */
bool cd_decode(lua_State *L, const char *bytes, size_t size, const cd_decode_options *options,
               size_t *end, cd_decode_error *error);

#endif
