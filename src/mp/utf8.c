/* SPDX-License-Identifier: MIT */
#include "utf8.h"

enum { BLOCK = 64 }; /* bytes of ASCII that are skipped at once */

static bool continues(const unsigned char *at, size_t count)
{
    for (size_t i = 0; i < count; i++)
        if ((at[i] & 0xc0) != 0x80)
            return false;
    return true;
}

/* The length of the character at, 0 when it is none. left is at least 1. */
static size_t character(const unsigned char *at, size_t left)
{
    unsigned first = at[0];
    if (first < 0x80)
        return 1;
    if (first < 0xc2) /* a continuation byte, or two bytes for what fits in one */
        return 0;
    if (first < 0xe0)
        return left >= 2 && continues(at + 1, 1) ? 2 : 0;
    if (first < 0xf0) {
        if (left < 3 || !continues(at + 1, 2))
            return 0;
        if ((first == 0xe0 && at[1] < 0xa0) || (first == 0xed && at[1] >= 0xa0))
            return 0; /* fits in two bytes; a surrogate */
        return 3;
    }
    if (first > 0xf4 || left < 4 || !continues(at + 1, 3))
        return 0;
    if ((first == 0xf0 && at[1] < 0x90) || (first == 0xf4 && at[1] >= 0x90))
        return 0; /* fits in three bytes; above U+10FFFF */
    return 4;
}

bool cd_utf8_valid(const char *bytes, size_t length)
{
    const unsigned char *at = (const unsigned char *)bytes;
    const unsigned char *end = at + length;
    while (at < end) {
        while (end - at >= BLOCK && cd_utf8_ascii((const char *)at, BLOCK))
            at += BLOCK;
        /* where ASCII ended; some more, before looking for it again */
        for (int i = 0; i < BLOCK && at < end; i++) {
            size_t step = character(at, (size_t)(end - at));
            if (step == 0)
                return false;
            at += step;
        }
    }
    return true;
}
