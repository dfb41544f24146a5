/* SPDX-License-Identifier: MIT
 *
 * Reads MessagePack one item at a time, for code that knows what it expects: the envelope. Needs
 * neither Lua nor Windows.
 *
 * Every call reads the item at the reader and moves past it, whatever width it was written in. If
 * the next item is of another type, or incomplete, the call returns false, moves nothing and leaves
 * its results untouched. No call reads outside the reader's bytes.
 */
#ifndef COPYDATA_MP_READ_H
#define COPYDATA_MP_READ_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "timestamp.h"

typedef struct cd_reader {
    const char *at;  /* the next byte */
    const char *end; /* past the last one */
} cd_reader;

static inline cd_reader cd_reader_of(const char *bytes, size_t size)
{
    cd_reader reader = {bytes, bytes + size};
    return reader;
}

static inline size_t cd_reader_left(const cd_reader *reader)
{
    return (size_t)(reader->end - reader->at);
}

bool cd_read_nil(cd_reader *reader);
bool cd_read_bool(cd_reader *reader, bool *value);

/* Also true for non-negative numbers written in a signed format. */
bool cd_read_uint(cd_reader *reader, uint64_t *value);

/* Likewise; false for a number that takes more than 32 bits. */
bool cd_read_uint32(cd_reader *reader, uint32_t *value);

/* Only the header: `count` elements follow, or pairs of a key and a value. The count is not checked
 * against the bytes left. */
bool cd_read_array(cd_reader *reader, uint32_t *count);
bool cd_read_map(cd_reader *reader, uint32_t *count);

/* `bytes` points into the reader's bytes. */
bool cd_read_str(cd_reader *reader, const char **bytes, size_t *length);
bool cd_read_bin(cd_reader *reader, const char **bytes, size_t *length);

bool cd_read_ext(cd_reader *reader, int *type, const char **bytes, size_t *length);

/* An ext of type -1 with a valid time in it. */
bool cd_read_timestamp(cd_reader *reader, cd_timestamp *timestamp);

/* One value of any type, with its contents; false unless cd_walk accepts it. */
bool cd_read_any(cd_reader *reader, const char **bytes, size_t *length);

#endif
