/* SPDX-License-Identifier: MIT
 *
 * UTF-8 by its definition, one character at a time, to compare the fast checks with.
 */
#ifndef COPYDATA_SUPPORT_UTF8_PLAIN_H
#define COPYDATA_SUPPORT_UTF8_PLAIN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

static inline bool utf8_plain(const char *bytes, size_t length)
{
    static const uint32_t least[] = {0, 0x80, 0x800, 0x10000}; /* for this many bytes to follow */
    const unsigned char *at = (const unsigned char *)bytes, *end = at + length;
    while (at < end) {
        unsigned first = *at++, more = first < 0x80   ? 0
                                       : first < 0xc0 ? 4
                                       : first < 0xe0 ? 1
                                       : first < 0xf0 ? 2
                                       : first < 0xf8 ? 3
                                                      : 4;
        if (more > 3 || (size_t)(end - at) < more)
            return false;
        uint32_t code = more == 0 ? first : first & (0x3fu >> more);
        for (unsigned i = 0; i < more; i++, at++) {
            if ((*at & 0xc0) != 0x80)
                return false;
            code = code << 6 | (*at & 0x3fu);
        }
        if (code < least[more] || code > 0x10ffff || (code >= 0xd800 && code <= 0xdfff))
            return false;
    }
    return true;
}

#endif
