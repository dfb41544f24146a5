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

/* The property of a channel's name, which is a valid one. */
cd_property cd_property_of(const char *name, size_t size);

/* Takes a property by its name; false when it is no channel's. */
bool cd_property_parse(cd_property *property, const wchar_t *text);

/* The channel's name in UTF-8, of at most CD_NAME_BYTES bytes; returns how many. */
size_t cd_property_name(const cd_property *property, char name[CD_NAME_BYTES]);

/* Whether two names, which need not be valid, are of the same channel: without case, as Windows
 * compares the names of properties. */
bool cd_property_same(const char *a, size_t a_size, const char *b, size_t b_size);

#endif
