/* SPDX-License-Identifier: MIT */
#include "name.h"
#include "mp/utf8.h"

#include <string.h>

#define TOO_LONG "is too long (at most 246 UTF-16 units)"

/* The UTF-16 units of valid UTF-8: one a character, two past U+FFFF, which takes four bytes. */
static size_t units_of(const char *bytes, size_t size)
{
    size_t units = 0;

    for (size_t i = 0; i < size; i++) {
        unsigned char byte = (unsigned char)bytes[i];
        if ((byte & 0xc0) != 0x80)
            units += byte >= 0xf0 ? 2 : 1;
    }
    return units;
}

const char *cd_name_wrong(const char *bytes, size_t size)
{
    if (size == 0)
        return "is empty";
    if (size > CD_NAME_BYTES)
        return TOO_LONG;
    if (memchr(bytes, '\0', size) != NULL)
        return "contains a NUL byte";
    if (!cd_utf8_by_table(bytes, size))
        return "is not valid UTF-8";
    return units_of(bytes, size) > CD_NAME_MAX ? TOO_LONG : NULL;
}
