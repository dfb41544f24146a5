/* SPDX-License-Identifier: MIT
 *
 * A channel as Windows sees it: the window property that puts an endpoint on it.
 */
#ifndef COPYDATA_WIN_PROPERTY_H
#define COPYDATA_WIN_PROPERTY_H

#include "wire/name.h"

#include <stdbool.h>
#include <stddef.h>

#define CD_PROPERTY_PREFIX      L"copydata:"
#define CD_PROPERTY_PREFIX_SIZE 9 /* units */

typedef struct cd_property {
    wchar_t text[CD_PROPERTY_PREFIX_SIZE + CD_NAME_MAX + 1]; /* prefix, channel's name, NUL */
    size_t units;                                            /* of the channel's name alone */
} cd_property;

/* The property of a valid channel name. */
cd_property cd_property_of(const char *name, size_t size);

/* Reads the name of a window property; false when it is not a channel's. */
bool cd_property_parse(cd_property *property, const wchar_t *text);

/* Writes the channel's name in UTF-8, at most CD_NAME_BYTES bytes; returns how many. */
size_t cd_property_name(const cd_property *property, char name[CD_NAME_BYTES]);

/* Whether two names, which need not be valid, mean the same channel: compared without case, as
 * Windows compares property names. */
bool cd_property_same(const char *a, size_t a_size, const char *b, size_t b_size);

#endif
