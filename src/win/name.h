/* SPDX-License-Identifier: MIT
 *
 * A channel's name as Windows sees it: the window property that puts an endpoint on it.
 */
#ifndef COPYDATA_WIN_NAME_H
#define COPYDATA_WIN_NAME_H

#include <stdbool.h>
#include <stddef.h>

#define CD_NAME_PREFIX      L"copydata:"
#define CD_NAME_PREFIX_SIZE 9   /* units of the prefix */
#define CD_NAME_MAX         246 /* units of a name: a property name is an atom, 255 units at most */

typedef struct cd_name {
    wchar_t property[CD_NAME_PREFIX_SIZE + CD_NAME_MAX + 1]; /* prefix, name, NUL */
    size_t units;                                            /* of the name alone */
} cd_name;

/*
 * Makes the name of `size` bytes of UTF-8. Returns NULL, or why it is no channel name: a literal
 * that reads on after "channel name ", such as "is empty".
 */
const char *cd_name_make(cd_name *name, const char *bytes, size_t size);

/* Whether two names are the same channel: compared without case, as Windows compares atoms. */
bool cd_name_equal(const cd_name *a, const cd_name *b);

/*
 * Takes the channel's name out of a window property's. Returns false when the property is not
 * one of ours.
 */
bool cd_name_of_property(cd_name *name, const wchar_t *property);

#endif
